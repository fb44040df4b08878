//! The AWS SDK: the operation of one call to a service, and what each service adds to it.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/>.

mod client;
mod details;
mod dynamodb;
mod operation;
mod origin;
mod s3;
#[cfg(test)]
mod tests;

pub use client::{AttemptRecording, AwsClient, AwsOptions, AwsRequest};
pub use details::{AwsDetails, MessagingRequest};
pub use dynamodb::{DynamoDbRequest, DynamoDbResponse};
pub use operation::{AwsAttempt, AwsOperation, AwsResponse};
pub use origin::ReceiveOrigin;
pub use s3::S3Request;
