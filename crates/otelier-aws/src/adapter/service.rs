//! What a service's file tells the interceptor.
//!
//! The interceptor knows no service. It asks `services` for the one that a call goes to, and leaves
//! everything that depends on an operation's types to it. A service that is not listed there is
//! recorded too, without attributes of its own. To add a service, implement this trait in a file of
//! its own and add it to the list in `services`.

#![allow(unreachable_pub, reason = "`cargo otelier` adds this file to a crate that others use")]
#![allow(dead_code, reason = "only SQS receives messages")]

use std::fmt;

use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};

use super::names::{AwsDetails, FieldList, PropagationFields, RecordedCall};

/// A service that adds something to its calls: it describes them, puts context into what they send,
/// and reads what comes back.
///
/// The input and output are the SDK's types behind an `Any`. Which type it is follows from the
/// operation's name.
pub trait Service: fmt::Debug + Sync {
    /// The service's name in the SDK's metadata.
    fn name(&self) -> &'static str;

    /// What is known of the call before its request is made.
    ///
    /// `operation` is the name in the SDK's metadata, such as `SendMessage`. `fields` are those of
    /// the propagator: whether a message can carry context depends on them. The result borrows from
    /// `input`, which is not changed.
    fn describe<'a>(
        &self,
        operation: &str,
        input: &'a Input,
        fields: PropagationFields<'_>,
    ) -> AwsDetails<'a>;

    /// Whether the operation sends or receives messages.
    fn direction(&self, _operation: &str) -> Option<Direction> {
        None
    }

    /// Puts context into the messages that are sent.
    ///
    /// What does not fit into a message is left out.
    fn inject(&self, _input: &mut Input, _fields: &FieldList) {}

    /// Requests the fields in which context travels, when messages are received.
    fn request_fields(&self, _input: &mut Input, _fields: PropagationFields<'_>) {}

    /// Ends a call that succeeded.
    ///
    /// It must end the call in every case. An output of an unknown type has nothing to add.
    fn end(&self, call: &mut RecordedCall, _output: &Output) {
        call.end();
    }
}

/// Which way messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Messages are sent: they get context.
    Out,
    /// Messages are received: the request must ask for the attributes that hold context.
    In,
}
