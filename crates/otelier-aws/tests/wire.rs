//! What goes over the wire differs from an uninstrumented client's in what carries context only, and its signature verifies.
#![cfg(all(feature = "sqs", feature = "sns"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_types::SdkConfig;
use otelier_testing::Capture;
use serde_json::{Value, json};

use support::{QUEUE_URL, Seen, Service, TOPIC_ARN, interceptor};

/// Headers that differ from one request to the next, whoever sends it.
const VOLATILE: [&str; 4] = ["x-amz-date", "authorization", "amz-sdk-invocation-id", "content-length"];

/// The requests that a client makes with and without telemetry.
async fn both<C, F: Future>(
    make: impl Fn(&SdkConfig, bool, &Capture) -> C,
    call: impl Fn(C) -> F,
) -> (Seen, Seen) {
    let capture = Capture::new();
    let mut seen = Vec::new();
    for traced in [true, false] {
        let service = Service::new(|_, _| support::json("{}"));
        call(make(&service.config(), traced, &capture)).await;
        seen.push(service.only_request());
    }
    assert_eq!(capture.open_spans(), 0);
    seen.iter().for_each(verify);
    let [traced, bare] = seen.try_into().unwrap();
    let stable = |seen: &Seen| -> BTreeMap<String, String> {
        let headers = seen.headers.iter().cloned();
        headers.filter(|(name, _)| !VOLATILE.contains(&name.as_str())).collect()
    };
    assert_eq!(stable(&traced), stable(&bare));
    assert_eq!((&traced.method, &traced.uri), (&bare.method, &bare.uri));
    (traced, bare)
}

fn sqs(config: &SdkConfig, traced: bool, capture: &Capture) -> aws_sdk_sqs::Client {
    match traced {
        true => otelier_aws::client!(aws_sdk_sqs, config, interceptor(capture)),
        false => aws_sdk_sqs::Client::new(config),
    }
}

fn sns(config: &SdkConfig, traced: bool, capture: &Capture) -> aws_sdk_sns::Client {
    match traced {
        true => otelier_aws::client!(aws_sdk_sns, config, interceptor(capture)),
        false => aws_sdk_sns::Client::new(config),
    }
}

/// Signs the request again, as the service would, and compares.
#[track_caller]
fn verify(request: &Seen) {
    let authorization = request.header("authorization").unwrap();
    let signed = authorization.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap();
    let signed: Vec<&str> = signed.split(';').collect();
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    // The signer writes these itself.
    let own = |name: &str| ["x-amz-date", "x-amz-security-token"].contains(&name);
    let headers = headers.filter(|(name, _)| signed.contains(name) && !own(name));

    let date = request.header("x-amz-date").unwrap();
    let (day, time) = (&date[..8], &date[9..15]);
    let iso =
        format!("{}-{}-{}T{}:{}:{}Z", &day[..4], &day[4..6], &day[6..], &time[..2], &time[2..4], &time[4..]);
    let time = SystemTime::try_from(DateTime::from_str(&iso, Format::DateTime).unwrap()).unwrap();
    let service = if request.uri.contains("sns") { "sns" } else { "sqs" };
    let identity = Credentials::new("AKID", "a secret", Some("a token".to_owned()), None, "test").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name(service)
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let body = SignableBody::Bytes(request.body.as_bytes());
    let signable = SignableRequest::new(&request.method, &request.uri, headers, body).unwrap();
    let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
    let (headers, _) = instructions.into_parts();
    let again = headers.iter().find(|header| header.name() == "authorization").unwrap();
    assert_eq!(authorization, again.value());
}

/// Takes the context away from where it is allowed to be.
fn without_context(mut message: Value) -> Value {
    let attributes = message["MessageAttributes"].as_object_mut().unwrap();
    attributes.remove("traceparent").unwrap();
    if attributes.is_empty() {
        message.as_object_mut().unwrap().remove("MessageAttributes");
    }
    message
}

#[tokio::test]
async fn a_message() {
    let (traced, bare) = both(sqs, |sqs| async move {
        sqs.send_message().queue_url(QUEUE_URL).message_body("x").delay_seconds(1).send().await.unwrap();
    })
    .await;
    assert_eq!(without_context(traced.json()), bare.json());
}

#[tokio::test]
async fn a_batch() {
    let (traced, bare) = both(sqs, |sqs| async move {
        let entry =
            |id: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(id).build().unwrap();
        let call = sqs.send_message_batch().queue_url(QUEUE_URL).entries(entry("a")).entries(entry("b"));
        // The answer has no entries, which is none of this test's business.
        let _ = call.send().await;
    })
    .await;
    let mut traced = traced.json();
    for entry in traced["Entries"].as_array_mut().unwrap() {
        *entry = without_context(entry.take());
    }
    assert_eq!(traced, bare.json());
}

#[tokio::test]
async fn a_poll() {
    let (traced, bare) = both(sqs, |sqs| async move {
        let call =
            sqs.receive_message().queue_url(QUEUE_URL).message_attribute_names("own").wait_time_seconds(3);
        call.send().await.unwrap();
    })
    .await;
    let mut traced = traced.json();
    let names = traced["MessageAttributeNames"].as_array_mut().unwrap();
    assert_eq!(names.len(), 4, "{names:?}");
    names.retain(|name| *name == "own");
    assert_eq!(traced, bare.json());
}

#[tokio::test]
async fn a_poll_for_all() {
    let (traced, bare) = both(sqs, |sqs| async move {
        sqs.receive_message().queue_url(QUEUE_URL).message_attribute_names("All").send().await.unwrap();
    })
    .await;
    assert_eq!(traced.json(), bare.json());
}

#[tokio::test]
async fn a_call_that_moves_no_message() {
    let (traced, bare) = both(sqs, |sqs| async move {
        sqs.delete_message().queue_url(QUEUE_URL).receipt_handle("r").send().await.unwrap();
    })
    .await;
    assert_eq!(traced.json(), bare.json());
    assert_eq!(traced.json(), json!({"QueueUrl": QUEUE_URL, "ReceiptHandle": "r"}));
}

#[tokio::test]
async fn a_publication() {
    let (traced, bare) = both(sns, |sns| async move {
        // The answer is no XML, which is none of this test's business.
        let _ = sns.publish().topic_arn(TOPIC_ARN).message("x").send().await;
    })
    .await;
    let added: Vec<_> =
        traced.body.split('&').filter(|part| !bare.body.split('&').any(|it| it == *part)).collect();
    assert_eq!(added.len(), 3, "{added:?}");
    assert!(added.iter().all(|part| part.starts_with("MessageAttributes.entry.1.")), "{added:?}");
    assert_eq!(added[0], "MessageAttributes.entry.1.Name=traceparent");
    assert!(bare.body.split('&').all(|part| traced.body.split('&').any(|it| it == part)));
}
