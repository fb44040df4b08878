//! What a service adds to the call of one of its operations.

use crate::semconv::messaging::{MessagingOperation, MessagingSystem};

use super::{DynamoDbRequest, S3Request};

/// What a service adds to a call.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub enum AwsDetails<'a> {
    /// Nothing.
    #[default]
    None,
    /// It is an operation on messages: it takes the name, kind, attributes and metrics of messaging.
    Messaging(MessagingRequest<'a>),
    /// It is an operation of DynamoDB.
    DynamoDb(DynamoDbRequest<'a>),
    /// It is an operation of S3.
    S3(S3Request<'a>),
}

/// What is known of an operation on messages.
#[derive(Clone, Copy, Debug)]
pub struct MessagingRequest<'a> {
    /// The messaging system.
    pub system: MessagingSystem,
    /// What is done.
    pub operation: MessagingOperation,
    /// The short name of the queue or topic.
    pub destination: Option<&'a str>,
    /// Its full name: the queue's URL, the topic's ARN.
    pub destination_id: Option<&'a str>,
    /// How many messages it is about, where it is an operation on a batch and that is known already.
    pub batch_size: Option<usize>,
    /// Whether the messages will carry the operation's context.
    pub injects: bool,
}
