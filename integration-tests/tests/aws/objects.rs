//! S3.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use otelier_testing::{ExpectedSpan, assert_tree, span};

use crate::support::{Aws, on_both_runtimes, traced};

on_both_runtimes!(an_object, many_calls, a_presigned_request);

fn s3(aws: &Aws) -> aws_sdk_s3::Client {
    // A bucket is a part of the path: its name is no host that can be resolved here.
    let builder = aws_sdk_s3::config::Builder::from(&aws.config()).force_path_style(true);
    aws_sdk_s3::Client::from_conf(otelier::aws::instrument!(builder).build())
}

async fn an_object(aws: &Aws) {
    let (client, bucket) = (s3(aws), aws.name.as_str());
    let (text, spans) = traced(async {
        client.create_bucket().bucket(bucket).send().await.expect("a bucket");
        let body = ByteStream::from_static(b"hello");
        client.put_object().bucket(bucket).key("a/b").body(body).send().await.expect("an object");
        let object =
            client.get_object().bucket(bucket).key("a/b").send().await.expect("the object");
        client.get_object().bucket(bucket).key("not there").send().await.expect_err("no such key");
        client.delete_object().bucket(bucket).key("a/b").send().await.expect("no object any more");
        client.delete_bucket().bucket(bucket).send().await.expect("no bucket any more");
        object.body.collect().await.expect("the object's body").to_vec()
    })
    .await;
    assert_eq!(text, b"hello");

    let call = |method: &str, status: i64| -> ExpectedSpan {
        aws.call(&format!("S3.{method}"), "S3", method)
            .attr("aws.s3.bucket", bucket)
            .attr("http.response.status_code", status)
            .attr_any("aws.request_id")
    };
    let on_key = |method: &str, status: i64| call(method, status).attr("aws.s3.key", "a/b");
    assert_tree(
        &spans,
        span("test")
            .child(call("CreateBucket", 200))
            .child(on_key("PutObject", 200))
            .child(on_key("GetObject", 200))
            .child(call("GetObject", 404).attr("aws.s3.key", "not there").error("NoSuchKey"))
            .child(on_key("DeleteObject", 204))
            .child(call("DeleteBucket", 204)),
    );
}

/// An upload in parts, a copy, and a list that is asked for page by page.
async fn many_calls(aws: &Aws) {
    let (client, bucket) = (s3(aws), aws.name.as_str());
    let bare = aws_sdk_s3::Client::from_conf(
        aws_sdk_s3::config::Builder::from(&aws.config()).force_path_style(true).build(),
    );
    bare.create_bucket().bucket(bucket).send().await.expect("a bucket");

    let body = ByteStream::from_static(b"hello");
    bare.put_object().bucket(bucket).key("a").body(body).send().await.expect("an object");

    let (upload_id, spans) = traced(async {
        let upload = client
            .create_multipart_upload()
            .bucket(bucket)
            .key("a")
            .send()
            .await
            .expect("an upload");
        let id = upload.upload_id.expect("an id");
        let part = client.upload_part().bucket(bucket).key("a").upload_id(&id).part_number(1);
        part.body(ByteStream::from_static(b"hello")).send().await.expect("a part");
        let call = client.abort_multipart_upload().bucket(bucket).key("a").upload_id(&id);
        call.send().await.expect("no upload any more");
        let source = format!("{bucket}/a");
        client
            .copy_object()
            .bucket(bucket)
            .key("b")
            .copy_source(source)
            .send()
            .await
            .expect("a copy");
        let mut pages = client.list_objects_v2().bucket(bucket).max_keys(1).into_paginator().send();
        while let Some(page) = pages.next().await {
            assert_eq!(page.expect("a page").contents().len(), 1);
        }
        id
    })
    .await;
    for key in ["a", "b"] {
        bare.delete_object().bucket(bucket).key(key).send().await.expect("no object any more");
    }
    bare.delete_bucket().bucket(bucket).send().await.expect("no bucket any more");

    let call = |method: &str| -> ExpectedSpan {
        aws.call(&format!("S3.{method}"), "S3", method)
            .attr("aws.s3.bucket", bucket)
            .attr("http.response.status_code", 200)
            .attr_any("aws.request_id")
    };
    let of_upload =
        |method: &str| call(method).attr("aws.s3.key", "a").attr("aws.s3.upload_id", &*upload_id);
    assert_tree(
        &spans,
        span("test")
            .child(call("CreateMultipartUpload").attr("aws.s3.key", "a"))
            .child(of_upload("UploadPart").attr("aws.s3.part_number", 1))
            .child(of_upload("AbortMultipartUpload").attr("http.response.status_code", 204))
            .child(
                call("CopyObject")
                    .attr("aws.s3.key", "b")
                    .attr("aws.s3.copy_source", format!("{bucket}/a")),
            )
            .child(call("ListObjectsV2"))
            .child(call("ListObjectsV2")),
    );
}

async fn a_presigned_request(aws: &Aws) {
    let expires = PresigningConfig::expires_in(Duration::from_secs(60)).expect("a duration");
    let call = s3(aws).get_object().bucket(&aws.name).key("a").presigned(expires);
    let (request, spans) = traced(call).await;
    assert_eq!(request.expect("a request").headers().count(), 0);
    assert_tree(&spans, span("test"));
}
