//! What is known of a call before its request is made, and what a service adds to it.

use std::any::Any;
use std::fmt;

use crate::semconv::messaging::{MessagingOperation, MessagingSystem};

use super::dynamodb::DynamoDbRequest;
use super::s3::S3Request;

/// What is known of a call before its request is made.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct AwsRequest<'a> {
    /// `rpc.service`: the service's name as the SDK has it, such as `SQS`.
    pub service: &'a str,
    /// `rpc.method`: the operation's name, such as `SendMessage`.
    pub operation: &'a str,
    /// `cloud.region`.
    pub region: Option<&'a str>,
    /// What the service adds.
    pub details: AwsDetails<'a>,
}

impl<'a> AwsRequest<'a> {
    /// A call of `operation` on `service`, of which nothing else is known.
    ///
    /// ```
    /// use otelier_instrument::semconv::aws::AwsRequest;
    ///
    /// let mut request = AwsRequest::new("SQS", "ListQueues");
    /// request.region = Some("eu-central-1");
    /// ```
    #[must_use]
    pub fn new(service: &'a str, operation: &'a str) -> Self {
        Self { service, operation, region: None, details: AwsDetails::None }
    }
}

/// What a service adds to a call.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub enum AwsDetails<'a> {
    /// Nothing.
    #[default]
    None,
    /// An operation on messages: the call has the span name, kind, attributes and metrics of
    /// messaging.
    Messaging(MessagingRequest<'a>),
    /// An operation of DynamoDB.
    DynamoDb(DynamoDbRequest<'a>),
    /// An operation of S3.
    S3(S3Request<'a>),
}

/// What is known of an operation on messages.
#[non_exhaustive]
#[derive(Clone, Copy, Debug)]
pub struct MessagingRequest<'a> {
    /// The messaging system.
    pub system: MessagingSystem,
    /// What is done.
    pub operation: MessagingOperation,
    /// The short name of the queue or topic.
    pub destination: Option<&'a str>,
    /// Its full name: the queue's URL, which is masked, or the topic's ARN.
    pub destination_id: Option<&'a str>,
    /// The number of messages, if it is an operation on a batch and the number is known already.
    pub batch_size: Option<usize>,
    /// Whether the messages will carry the operation's context.
    pub injects: bool,
    /// The bodies of the messages that are sent.
    pub bodies: MessageBodies<'a>,
}

impl MessagingRequest<'_> {
    /// An `operation` of `system`, of which nothing else is known.
    ///
    /// ```
    /// use otelier_instrument::semconv::aws::{AwsDetails, AwsRequest, MessagingRequest};
    /// use otelier_instrument::semconv::messaging::{MessagingOperation, MessagingSystem};
    ///
    /// let mut send = MessagingRequest::new(MessagingSystem::AWS_SQS, MessagingOperation::SEND);
    /// send.destination = Some("orders");
    /// send.injects = true;
    /// let mut request = AwsRequest::new("SQS", "SendMessage");
    /// request.details = AwsDetails::Messaging(send);
    /// ```
    #[must_use]
    pub fn new(system: MessagingSystem, operation: MessagingOperation) -> Self {
        Self {
            system,
            operation,
            destination: None,
            destination_id: None,
            batch_size: None,
            injects: false,
            bodies: MessageBodies::None,
        }
    }
}

/// The bodies of the messages that a call sends.
#[non_exhaustive]
#[derive(Clone, Copy, Default)]
pub enum MessageBodies<'a> {
    /// None, or none that is known.
    #[default]
    None,
    /// That of one message.
    One(&'a str),
    /// Those of a batch.
    Batch {
        /// The batch.
        batch: &'a dyn Any,
        /// Calls its second argument with the body of each message of the first, in their order.
        each: EachBody,
    },
}

/// Calls its second argument with the body of each message of a batch.
pub type EachBody = fn(batch: &dyn Any, take: &mut dyn FnMut(&str));

// Bodies may hold secrets.
impl fmt::Debug for MessageBodies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::One(_) => "One(..)",
            Self::Batch { .. } => "Batch(..)",
        })
    }
}
