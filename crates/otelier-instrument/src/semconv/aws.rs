//! The AWS SDK: the operation of one call to a service, and what each service adds to it.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/>.

mod attributes;
mod client;
mod dynamodb;
mod instruments;
mod operation;
mod request;
mod s3;
mod span;
#[cfg(test)]
mod tests;

pub use client::{AttemptRecording, AwsClient, AwsOptions};
pub use dynamodb::{DynamoDbBatch, DynamoDbRequest, DynamoDbResponse};
pub use operation::{AwsAttempt, AwsOperation, AwsResponse};
pub use request::{AwsDetails, AwsRequest, EachBody, MessageBodies, MessagingRequest};
pub use s3::S3Request;
