//! What S3 adds to a call.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/object-stores/s3/>.

use opentelemetry::KeyValue;

use crate::kit::value::shared;
use crate::semconv::attribute;

/// What is known of a request to S3. What is `None` is not emitted.
#[derive(Clone, Copy, Debug, Default)]
pub struct S3Request<'a> {
    /// The bucket.
    pub bucket: Option<&'a str>,
    /// The object's key.
    pub key: Option<&'a str>,
    /// The bucket and key that are copied from.
    pub copy_source: Option<&'a str>,
    /// The multipart upload.
    pub upload_id: Option<&'a str>,
    /// The part of it.
    pub part_number: Option<i32>,
}

impl S3Request<'_> {
    pub(crate) fn attributes(&self) -> impl Iterator<Item = KeyValue> {
        let text = |key: &'static str, value: Option<&str>| {
            value.map(|value| KeyValue::new(key, value.to_owned()))
        };
        [
            self.bucket.map(|bucket| KeyValue::new(attribute::AWS_S3_BUCKET, shared(bucket))),
            text(attribute::AWS_S3_KEY, self.key),
            text(attribute::AWS_S3_COPY_SOURCE, self.copy_source),
            text(attribute::AWS_S3_UPLOAD_ID, self.upload_id),
            self.part_number
                .map(|number| KeyValue::new(attribute::AWS_S3_PART_NUMBER, i64::from(number))),
        ]
        .into_iter()
        .flatten()
    }
}
