//! S3: the bucket and the objects of a call.
//!
//! Which attributes an operation has is the table in `describe`: a line names the operation, its
//! input, and the fields that are recorded beside the bucket. Operations that are not in the table
//! are recorded without attributes of S3. Nothing is read from responses.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/object-stores/s3/>.

use std::fmt::Write;

use aws_sdk_s3::operation as op;
use aws_sdk_s3::operation::delete_objects::DeleteObjectsInput;
use aws_smithy_runtime_api::client::interceptors::context::Input;

use super::names::{AwsDetails, PropagationFields, S3Request, truncate};
use super::service::Service;

/// The service as the interceptor knows it; it has no state.
#[derive(Debug)]
pub(super) struct S3;

/// The named fields of an input, if the input has the named type.
macro_rules! describe {
    (
        $operation:ident, $input:ident;
        $($name:literal => $module:ident :: $type:ident { $($field:ident),* },)*
    ) => {
        match $operation {
            $($name => $input.downcast_ref::<op::$module::$type>().map(|input| {
                let mut request = S3Request::default();
                request.bucket = input.bucket();
                $(request.$field = input.$field();)*
                request
            }),)*
            _ => None,
        }
    };
}

impl Service for S3 {
    fn name(&self) -> &'static str {
        "S3"
    }

    fn describe<'a>(
        &self,
        operation: &str,
        input: &'a Input,
        _fields: PropagationFields<'_>,
    ) -> AwsDetails<'a> {
        if operation == "DeleteObjects" {
            return input.downcast_ref().map_or(AwsDetails::None, delete_objects);
        }
        let request = describe!(operation, input;
            "AbortMultipartUpload" =>
                abort_multipart_upload::AbortMultipartUploadInput { key, upload_id },
            "CompleteMultipartUpload" =>
                complete_multipart_upload::CompleteMultipartUploadInput { key, upload_id },
            "CopyObject" => copy_object::CopyObjectInput { key, copy_source },
            "CreateBucket" => create_bucket::CreateBucketInput {},
            "CreateMultipartUpload" => create_multipart_upload::CreateMultipartUploadInput { key },
            "DeleteBucket" => delete_bucket::DeleteBucketInput {},
            "DeleteObject" => delete_object::DeleteObjectInput { key },
            "DeleteObjectTagging" => delete_object_tagging::DeleteObjectTaggingInput { key },
            "GetBucketLocation" => get_bucket_location::GetBucketLocationInput {},
            "GetObject" => get_object::GetObjectInput { key, part_number },
            "GetObjectAcl" => get_object_acl::GetObjectAclInput { key },
            "GetObjectAttributes" => get_object_attributes::GetObjectAttributesInput { key },
            "GetObjectTagging" => get_object_tagging::GetObjectTaggingInput { key },
            "HeadBucket" => head_bucket::HeadBucketInput {},
            "HeadObject" => head_object::HeadObjectInput { key, part_number },
            "ListMultipartUploads" => list_multipart_uploads::ListMultipartUploadsInput {},
            "ListObjectVersions" => list_object_versions::ListObjectVersionsInput {},
            "ListObjects" => list_objects::ListObjectsInput {},
            "ListObjectsV2" => list_objects_v2::ListObjectsV2Input {},
            "ListParts" => list_parts::ListPartsInput { key, upload_id },
            "PutObject" => put_object::PutObjectInput { key },
            "PutObjectAcl" => put_object_acl::PutObjectAclInput { key },
            "PutObjectTagging" => put_object_tagging::PutObjectTaggingInput { key },
            "RestoreObject" => restore_object::RestoreObjectInput { key },
            "SelectObjectContent" => select_object_content::SelectObjectContentInput { key },
            "UploadPart" => upload_part::UploadPartInput { key, upload_id, part_number },
            "UploadPartCopy" => upload_part_copy::UploadPartCopyInput {
                key, copy_source, upload_id, part_number
            },
        );
        request.map_or(AwsDetails::None, AwsDetails::S3)
    }
}

/// The attribute `aws.s3.delete` is written as the shorthand of the AWS command line. A request may
/// name a thousand objects, so writing stops once the text is longer than an attribute may be.
fn delete_objects(input: &DeleteObjectsInput) -> AwsDetails<'_> {
    let delete = input.delete().map(|delete| {
        let mut text = String::from("Objects=[");
        for (n, object) in delete.objects().iter().enumerate() {
            // What follows would be cut off.
            if truncate(&text).len() < text.len() {
                break;
            }
            let comma = if n > 0 { "," } else { "" };
            let _ = write!(text, "{comma}{{Key={}", object.key());
            if let Some(version) = object.version_id() {
                let _ = write!(text, ",VersionId={version}");
            }
            text.push('}');
        }
        let _ = write!(text, "],Quiet={}", delete.quiet().unwrap_or_default());
        text
    });
    let mut request = S3Request::default();
    request.bucket = input.bucket();
    request.delete = delete;
    AwsDetails::S3(request)
}
