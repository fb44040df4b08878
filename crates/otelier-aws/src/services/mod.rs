//! What each service adds to the calls of its clients, a file of its own for each.

#[cfg(any(feature = "sqs", feature = "sns"))]
mod carrier;
#[cfg(feature = "dynamodb")]
mod dynamodb;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "sns")]
mod sns;
#[cfg(feature = "sqs")]
mod sqs;

use std::sync::Arc;

use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};
use otelier_instrument::kit::FieldList;
use otelier_instrument::semconv::aws::{AwsDetails, AwsOperation};

use crate::interceptor::Shared;

/// The field that AWS services carry themselves: in a header of the request, in a system attribute of the message.
pub(crate) const XRAY: &str = "X-Amzn-Trace-Id";

/// A service whose calls are more than a name: it may describe them, put context into what they send, and learn from
/// what comes back.
///
/// The input and output are the SDK's own types behind an `Any`; which type it is follows from the operation's name.
pub(crate) trait Service: Sync {
    /// The service's name in the SDK's metadata.
    fn name(&self) -> &'static str;

    /// What is known of the call before it is made. `fields` are the names in which context would travel.
    fn describe<'a>(&self, operation: &str, input: &'a Input, fields: &[String]) -> AwsDetails<'a>;

    /// Which way messages go in an operation, if it moves any.
    fn moves(&self, _operation: &str) -> Option<Direction> {
        None
    }

    /// Puts context into the messages that are sent.
    fn inject(&self, _input: &mut Input, _fields: &FieldList) {}

    /// Asks for the fields in which context travels, when messages are received.
    fn request_fields(&self, _input: &mut Input, _fields: &[String]) {}

    /// Ends the operation of a call that succeeded.
    fn end(&self, operation: AwsOperation, _output: &Output, _shared: &Arc<Shared>) {
        operation.end();
    }
}

/// Which way messages go.
#[cfg_attr(not(feature = "sqs"), expect(dead_code, reason = "only SQS has messages that come in"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Out,
    In,
}

const SERVICES: &[&dyn Service] = &[
    #[cfg(feature = "dynamodb")]
    &dynamodb::DynamoDb,
    #[cfg(feature = "s3")]
    &s3::S3,
    #[cfg(feature = "sns")]
    &sns::Sns,
    #[cfg(feature = "sqs")]
    &sqs::Sqs,
];

/// The service called `name`, if it adds anything.
pub(crate) fn find(name: &str) -> Option<&'static dyn Service> {
    SERVICES.iter().find(|service| service.name() == name).copied()
}
