//! The services that add something to their calls, each in a file of its own.

#[cfg(feature = "dynamodb")]
mod dynamodb;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "sns")]
mod sns;
#[cfg(feature = "sqs")]
pub(crate) mod sqs;

use super::service::Service;
#[cfg(any(feature = "dynamodb", feature = "s3", feature = "sns", feature = "sqs"))]
use super::{names, service};

/// A list and not a map: it has at most four entries.
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

/// The service called `name`, if it adds anything. Older versions of the SDK write it in lower
/// case.
pub(super) fn find(name: &str) -> Option<&'static dyn Service> {
    SERVICES.iter().find(|service| service.name().eq_ignore_ascii_case(name)).copied()
}
