//! The process-wide settings apply to clients that were built before.

use opentelemetry::trace::SpanKind;
use otelier_aws::sqs::{ProcessParent, scoped};
use otelier_instrument::settings::{Settings, install};
use otelier_testing::{Capture, Span};

use crate::support::{QUEUE_URL, Service, builder, in_caller, interceptor, json};

const PRODUCER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn settings(change: impl FnOnce(&mut Settings)) {
    let mut settings = Settings::default();
    change(&mut settings);
    install(settings);
}

fn with_message() -> Service {
    let message = serde_json::json!({
        "ReceiptHandle": "settings",
        "MessageAttributes": {"traceparent": {"DataType": "String", "StringValue": PRODUCER}},
    });
    Service::new(move |_, _| json(serde_json::json!({ "Messages": [message] }).to_string()))
}

/// Receives a message and processes it.
async fn consume(parent: Option<ProcessParent>) -> Vec<Span> {
    let capture = Capture::new();
    let sqs = otelier_aws::client!(aws_sdk_sqs, &with_message().config(), interceptor(&capture));
    let received = sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
    let scoped = match parent {
        Some(parent) => scoped(&received).with_parent(parent),
        None => scoped(&received),
    };
    scoped.for_each(|_| async {}).await;
    capture.spans()
}

fn producer_is_parent(spans: &[Span]) -> bool {
    let process = spans.iter().find(|span| span.kind == SpanKind::Consumer).unwrap();
    process.trace_id.to_string() == PRODUCER[3..35]
}

#[tokio::test]
#[allow(clippy::await_holding_lock, reason = "the other test has a runtime of its own")]
async fn settings_apply_at_once_and_code_beats_them() {
    let _settings = crate::SETTINGS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    settings(|settings| settings.properties_mut("aws-sqs").set("parent", "producer"));
    assert!(producer_is_parent(&consume(None).await));
    assert!(!producer_is_parent(&consume(Some(ProcessParent::Receive)).await));
    settings(|_| ());
    assert!(!producer_is_parent(&consume(None).await));
    assert!(producer_is_parent(&consume(Some(ProcessParent::Producer)).await));

    let capture = Capture::new();
    let empty = Service::new(|_, _| json("{}"));
    let sqs = otelier_aws::client!(aws_sdk_sqs, &empty.config(), interceptor(&capture));
    let filtered = builder(&capture).with_filtered_empty_polls(true).build();
    let filtered = otelier_aws::client!(aws_sdk_sqs, &empty.config(), filtered);
    for (filter, expected) in [(true, 0), (false, 1)] {
        settings(|settings| settings.properties_mut("aws-sqs").set("filter_empty_polls", filter));
        sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
        filtered.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
        assert_eq!(capture.take_spans().len(), expected);
    }

    settings(|settings| settings.enabled = false);
    let (traced, bare) = (with_message(), with_message());
    let capture = Capture::new();
    let sqs = otelier_aws::client!(aws_sdk_sqs, &traced.config(), interceptor(&capture));
    in_caller(&capture, async {
        let received = sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
        scoped(&received).for_each(|_| async {}).await;
    })
    .await;
    let sqs = aws_sdk_sqs::Client::new(&bare.config());
    sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
    assert_eq!(capture.spans().len(), 1, "the caller's own");
    assert_eq!(capture.metrics(), []);
    assert_eq!(traced.only_request().json(), bare.only_request().json());
}
