//! A bucket is recorded as the user names it, whatever host the request is sent to.

use otelier_testing::{Capture, assert_tree, span};

use crate::support::{Service, interceptor, xml};

const ACCESS_POINT: &str = "arn:aws:s3:eu-west-1:123456789012:accesspoint/mine";

#[tokio::test]
async fn a_bucket_has_the_users_name_for_it() {
    for (bucket, path_style, host) in [
        ("mine", false, "mine.s3.eu-west-1.amazonaws.com"),
        ("mine", true, "s3.eu-west-1.amazonaws.com"),
        (ACCESS_POINT, false, "mine-123456789012.s3-accesspoint.eu-west-1.amazonaws.com"),
    ] {
        let capture = Capture::new();
        let service = Service::new(|_, _| xml(""));
        let builder =
            aws_sdk_s3::config::Builder::from(&service.config()).force_path_style(path_style);
        let config = otelier_aws::instrument!(builder, interceptor(&capture)).build();
        let s3 = aws_sdk_s3::Client::from_conf(config);

        s3.delete_object().bucket(bucket).key("a/b c").send().await.unwrap();

        assert_tree(
            &capture.spans(),
            span("S3.DeleteObject")
                .client()
                .scope("otelier-aws")
                .attr("rpc.system", "aws-api")
                .attr("rpc.service", "S3")
                .attr("rpc.method", "DeleteObject")
                .attr("cloud.region", "eu-west-1")
                .attr("server.address", host)
                .attr("server.port", 443)
                .attr("http.response.status_code", 200)
                .attr("aws.request_id", "req-1")
                .attr("aws.s3.bucket", bucket)
                .attr("aws.s3.key", "a/b c"),
        );
    }
}
