//! What can be iterated as messages, by reference or by value.
//!
//! `scoped` takes all of them, so that a program writes the same whether it has the whole output or
//! one message. By reference nothing is copied but the references; by value the messages are moved.

use std::borrow::Borrow;

use aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput;
use aws_sdk_sqs::types::Message;

/// Messages for [`scoped`](super::scoped): those of a `ReceiveMessageOutput`, a slice, a `Vec` or a
/// single one, by reference or by value.
///
/// By value is for what must not borrow, such as a future for `tokio::spawn`. This trait is sealed.
pub trait Messages: sealed::Sealed {
    /// `&Message` or `Message`.
    type Message: Borrow<Message>;

    #[doc(hidden)]
    fn into_vec(self) -> Vec<Self::Message>;
}

impl<'a> Messages for &'a ReceiveMessageOutput {
    type Message = &'a Message;

    fn into_vec(self) -> Vec<&'a Message> {
        self.messages().iter().collect()
    }
}

impl Messages for ReceiveMessageOutput {
    type Message = Message;

    fn into_vec(self) -> Vec<Message> {
        self.messages.unwrap_or_default()
    }
}

impl<'a> Messages for &'a [Message] {
    type Message = &'a Message;

    fn into_vec(self) -> Vec<&'a Message> {
        self.iter().collect()
    }
}

impl<'a> Messages for &'a Vec<Message> {
    type Message = &'a Message;

    fn into_vec(self) -> Vec<&'a Message> {
        self.iter().collect()
    }
}

impl Messages for Vec<Message> {
    type Message = Message;

    fn into_vec(self) -> Vec<Message> {
        self
    }
}

impl<'a> Messages for &'a Message {
    type Message = &'a Message;

    fn into_vec(self) -> Vec<&'a Message> {
        vec![self]
    }
}

impl Messages for Message {
    type Message = Message;

    fn into_vec(self) -> Vec<Message> {
        vec![self]
    }
}

/// Keeps the trait closed, so that a method may be added to it.
mod sealed {
    use super::{Message, ReceiveMessageOutput};

    pub trait Sealed {}

    impl Sealed for &ReceiveMessageOutput {}
    impl Sealed for ReceiveMessageOutput {}
    impl Sealed for &[Message] {}
    impl Sealed for &Vec<Message> {}
    impl Sealed for Vec<Message> {}
    impl Sealed for &Message {}
    impl Sealed for Message {}
}
