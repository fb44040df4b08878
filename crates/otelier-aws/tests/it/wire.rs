//! Requests differ from those of an uninstrumented client only in context, and their signature is
//! valid.
//!
//! Read from a socket, behind the SDK's own HTTP client.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_sns::types::PublishBatchRequestEntry;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_types::SdkConfig;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use otelier_testing::Capture;
use serde_json::{Value, json};

use crate::support::xray::Xray;
use crate::support::{QUEUE_URL, Seen, Service, TOPIC_ARN, builder};

/// A moment at which every request is signed.
#[derive(Clone, Copy, Debug)]
struct Moment;

impl TimeSource for Moment {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }
}

/// The requests that a client makes with and without telemetry, at the same moment.
async fn both<C, F: Future>(
    make: impl Fn(&SdkConfig, Option<&Capture>) -> C,
    call: impl Fn(C) -> F,
) -> (Seen, Seen) {
    let capture = Capture::new();
    let service = Service::new(|_, _| crate::support::json("{}"));
    let config =
        service.listen().await.into_builder().time_source(SharedTimeSource::new(Moment)).build();
    for traced in [Some(&capture), None] {
        call(make(&config, traced)).await;
    }
    assert_eq!(capture.open_spans(), 0);
    let [traced, bare] = service.seen().try_into().unwrap();
    for request in [&traced, &bare] {
        verify(request);
    }
    assert_eq!((&traced.method, &traced.uri), (&bare.method, &bare.uri));
    // The identifier is random. Where the body is the same, the signature is.
    let varying: &[&str] = match traced.body == bare.body {
        true => &["amz-sdk-invocation-id"],
        false => &["amz-sdk-invocation-id", "authorization", "content-length"],
    };
    let stable = |seen: &Seen| -> Vec<(String, String)> {
        let headers = seen.headers.iter().cloned();
        headers.filter(|(name, _)| !varying.contains(&&*name.to_ascii_lowercase())).collect()
    };
    assert_eq!(stable(&traced), stable(&bare));
    (traced, bare)
}

fn sqs(config: &SdkConfig, traced: Option<&Capture>) -> aws_sdk_sqs::Client {
    match traced {
        Some(capture) => otelier_aws::client!(aws_sdk_sqs, config, builder(capture).build()),
        None => aws_sdk_sqs::Client::new(config),
    }
}

fn sns(config: &SdkConfig, traced: Option<&Capture>) -> aws_sdk_sns::Client {
    match traced {
        Some(capture) => otelier_aws::client!(aws_sdk_sns, config, builder(capture).build()),
        None => aws_sdk_sns::Client::new(config),
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

    assert_eq!(request.header("x-amz-date"), Some("20270115T080000Z"));
    let service = if request.header("x-amz-target").is_some() { "sqs" } else { "sns" };
    let identity =
        Credentials::new("AKID", "a secret", Some("a token".to_owned()), None, "test").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name(service)
        .time(Moment.now())
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
        sqs.send_message()
            .queue_url(QUEUE_URL)
            .message_body("x")
            .delay_seconds(1)
            .send()
            .await
            .unwrap();
    })
    .await;
    assert_eq!(without_context(traced.json()), bare.json());
}

#[tokio::test]
async fn a_batch() {
    let (traced, bare) = both(sqs, |sqs| async move {
        let entry = |id: &str| {
            SendMessageBatchRequestEntry::builder().id(id).message_body(id).build().unwrap()
        };
        let call =
            sqs.send_message_batch().queue_url(QUEUE_URL).entries(entry("a")).entries(entry("b"));
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
        let call = sqs
            .receive_message()
            .queue_url(QUEUE_URL)
            .message_attribute_names("own")
            .wait_time_seconds(3);
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
        sqs.receive_message()
            .queue_url(QUEUE_URL)
            .message_attribute_names("All")
            .send()
            .await
            .unwrap();
    })
    .await;
    assert_eq!(traced.json(), bare.json());
}

#[tokio::test]
async fn a_call_without_messages() {
    let (traced, bare) = both(sqs, |sqs| async move {
        sqs.delete_message().queue_url(QUEUE_URL).receipt_handle("r").send().await.unwrap();
    })
    .await;
    assert_eq!(traced.json(), bare.json());
    assert_eq!(traced.json(), json!({"QueueUrl": QUEUE_URL, "ReceiptHandle": "r"}));
}

/// What the traced request of SNS has more than the bare one, which must be a part of it.
fn added(traced: &Seen, bare: &Seen) -> Vec<String> {
    let (traced, mut bare): (Vec<_>, Vec<_>) =
        (traced.body.split('&').collect(), bare.body.split('&').collect());
    let mut added = traced;
    added.retain(|part| match bare.iter().position(|it| it == part) {
        Some(at) => {
            bare.remove(at);
            false
        }
        None => true,
    });
    assert_eq!(bare, [""; 0]);
    added.into_iter().map(|part| part.split_once('=').unwrap().0.to_owned()).collect()
}

#[tokio::test]
async fn a_publication() {
    let (traced, bare) = both(sns, |sns| async move {
        // The answer is no XML, which is none of this test's business.
        let _ = sns.publish().topic_arn(TOPIC_ARN).message("x").send().await;
    })
    .await;
    let attribute = "MessageAttributes.entry.1";
    let expected =
        ["Name", "Value.DataType", "Value.StringValue"].map(|it| format!("{attribute}.{it}"));
    assert_eq!(added(&traced, &bare), expected);
    assert!(traced.body.contains("entry.1.Name=traceparent&"), "{}", traced.body);
}

#[tokio::test]
async fn a_batch_of_publications() {
    let (traced, bare) = both(sns, |sns| async move {
        let entry =
            |id: &str| PublishBatchRequestEntry::builder().id(id).message("x").build().unwrap();
        let call = sns.publish_batch().topic_arn(TOPIC_ARN);
        let call = call
            .publish_batch_request_entries(entry("a"))
            .publish_batch_request_entries(entry("b"));
        let _ = call.send().await;
    })
    .await;
    let attribute = |n: u8| {
        let attribute = format!("PublishBatchRequestEntries.member.{n}.MessageAttributes.entry.1");
        ["Name", "Value.DataType", "Value.StringValue"].map(|it| format!("{attribute}.{it}"))
    };
    assert_eq!(added(&traced, &bare), [attribute(1), attribute(2)].concat());
}

#[tokio::test]
async fn the_header_of_xray() {
    let capture = Capture::new();
    let service = Service::new(|_, _| crate::support::json("{}"));
    let config =
        service.listen().await.into_builder().time_source(SharedTimeSource::new(Moment)).build();
    let propagator = TextMapCompositePropagator::new(vec![
        Box::new(Xray::new()) as Box<dyn TextMapPropagator + Send + Sync>,
        Box::new(capture.propagator()),
    ]);
    let traced = builder(&capture).with_propagator(propagator).build();
    let traced = otelier_aws::client!(aws_sdk_sqs, &config, traced);
    for sqs in [traced, aws_sdk_sqs::Client::new(&config)] {
        sqs.delete_message().queue_url(QUEUE_URL).receipt_handle("r").send().await.unwrap();
    }
    let [traced, bare] = &service.seen()[..] else { panic!("two requests") };
    verify(traced);
    let added: Vec<_> =
        traced.headers.iter().filter(|(name, _)| bare.header(name).is_none()).collect();
    let span = capture.span("delete orders");
    assert_eq!(added, [&("x-amzn-trace-id".to_owned(), Xray::header(&span.context()))]);
    // Proxies may change it, so the SDK does not sign it.
    assert_eq!(traced.header("authorization"), bare.header("authorization"));
    assert_eq!(traced.body, bare.body);
}
