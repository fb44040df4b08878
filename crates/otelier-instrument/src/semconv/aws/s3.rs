//! What S3 adds to a call.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/object-stores/s3/>.

use opentelemetry::KeyValue;

use crate::kit::value::{shared, truncate};
use crate::semconv::attribute;

/// What is known of a request to S3. What is `None` is not emitted.
///
/// ```
/// use otelier_instrument::semconv::aws::{AwsDetails, AwsRequest, S3Request};
///
/// let mut object = S3Request::default();
/// object.bucket = Some("invoices");
/// object.key = Some("2026/11/28.pdf");
/// let mut request = AwsRequest::new("S3", "GetObject");
/// request.details = AwsDetails::S3(object);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct S3Request<'a> {
    /// `aws.s3.bucket`: the bucket, as the user named it.
    pub bucket: Option<&'a str>,
    /// `aws.s3.key`: the object's key.
    pub key: Option<&'a str>,
    /// `aws.s3.copy_source`: the bucket and key that are copied from.
    pub copy_source: Option<&'a str>,
    /// `aws.s3.delete`: the objects that are deleted together.
    pub delete: Option<String>,
    /// `aws.s3.upload_id`: the multipart upload.
    pub upload_id: Option<&'a str>,
    /// `aws.s3.part_number`: the number of the part.
    pub part_number: Option<i32>,
}

impl S3Request<'_> {
    pub(crate) fn attributes(&self) -> impl Iterator<Item = KeyValue> {
        let text = |key: &'static str, value: Option<&str>| {
            value.map(|value| KeyValue::new(key, truncate(value).to_owned()))
        };
        [
            self.bucket.map(|bucket| KeyValue::new(attribute::AWS_S3_BUCKET, shared(bucket))),
            text(attribute::AWS_S3_KEY, self.key),
            text(attribute::AWS_S3_COPY_SOURCE, self.copy_source),
            text(attribute::AWS_S3_DELETE, self.delete.as_deref()),
            text(attribute::AWS_S3_UPLOAD_ID, self.upload_id),
            self.part_number
                .map(|number| KeyValue::new(attribute::AWS_S3_PART_NUMBER, i64::from(number))),
        ]
        .into_iter()
        .flatten()
    }
}
