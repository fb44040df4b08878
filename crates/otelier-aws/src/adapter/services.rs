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

/// The message attribute of a service: the SDK's crates have it under the same name.
#[cfg(any(feature = "sqs", feature = "sns"))]
macro_rules! attribute_value {
    ($type:ty) => {
        impl $crate::recorder::AttributeValue for $type {
            fn text(data_type: &str, value: String) -> Option<Self> {
                Self::builder().data_type(data_type).string_value(value).build().ok()
            }

            fn size(&self) -> usize {
                let text = self.string_value.as_ref().map_or(0, String::len);
                let binary = self.binary_value.as_ref().map_or(0, |value| value.as_ref().len());
                self.data_type.len() + text + binary
            }
        }
    };
}
#[cfg(any(feature = "sqs", feature = "sns"))]
use attribute_value;
