//! A field that does not fit into a message is logged at debug level: its name and the reason, not
//! its value.

use std::io;
use std::sync::{Arc, Mutex};

use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use opentelemetry::baggage::BaggageExt;
use opentelemetry::context::FutureExt;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Injector, TextMapPropagator};
use opentelemetry::{Context, KeyValue};
use otelier_testing::Capture;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::filter::LevelFilter;

use crate::support::{QUEUE_URL, Service, TOPIC_ARN, builder, interceptor, json, xml};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What our crate logs of `work`, under a baggage that must not be logged.
async fn logged(level: LevelFilter, work: impl Future) -> Vec<String> {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    let cx = Context::new().with_baggage([KeyValue::new("tenant", "a-secret")]);
    work.with_context(cx).with_subscriber(subscriber).await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // The SDK logs the whole request, and the user with it.
    let ours =
        log.lines().filter_map(|line| line.split_once(" otelier_aws::")).map(|(_, line)| line);
    let mut lines = Vec::new();
    for line in ours {
        assert!(!line.contains("a-secret") && !line.contains("00-"), "{line}");
        lines.push(line.split_once(": ").unwrap().1.to_owned());
    }
    lines
}

fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

fn sqs(capture: &Capture) -> aws_sdk_sqs::Client {
    let service = Service::new(|_, _| json(r#"{"MessageId":"m","MD5OfMessageBody":"x"}"#));
    otelier_aws::client!(aws_sdk_sqs, &service.config(), interceptor(capture))
}

/// Sends a message with `count` attributes and a body of `size`.
async fn send(level: LevelFilter, count: usize, size: usize) -> Vec<String> {
    let capture = Capture::new();
    let mut call = sqs(&capture).send_message().queue_url(QUEUE_URL).message_body("x".repeat(size));
    for n in 0..count {
        call = call.message_attributes(format!("own-{n}"), text("a-secret"));
    }
    logged(level, async { call.send().await.unwrap() }).await
}

const FULL: &str = "context left out of a message: it has 10 attributes";
const LARGE: &str = "context left out of a message: the request would become too large";

#[tokio::test]
async fn nothing_is_logged_if_all_fits() {
    assert_eq!(send(LevelFilter::DEBUG, 8, 1).await, [""; 0]);
}

#[tokio::test]
async fn nothing_is_logged_above_debug() {
    assert_eq!(send(LevelFilter::INFO, 10, 1).await, [""; 0]);
}

#[tokio::test]
async fn a_message_that_is_full() {
    let skipped = |field: &str| format!("{FULL} field=\"{field}\"");
    assert_eq!(send(LevelFilter::DEBUG, 9, 1).await, [skipped("baggage")]);
    assert_eq!(send(LevelFilter::DEBUG, 10, 1).await, [skipped("traceparent"), skipped("baggage")]);
}

#[tokio::test]
async fn a_request_that_is_large() {
    let skipped = |field: &str| format!("{LARGE} field=\"{field}\"");
    // The baggage would fit, but is worth nothing without what comes first.
    assert_eq!(
        send(LevelFilter::DEBUG, 0, 1024 * 1024 - 71).await,
        [skipped("traceparent"), skipped("baggage")]
    );
    assert_eq!(send(LevelFilter::DEBUG, 0, 1024 * 1024 - 72).await, [skipped("baggage")]);
}

#[tokio::test]
async fn a_batch_message_by_message() {
    let capture = Capture::new();
    let entry = |id: &str, size: usize| {
        SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body("x".repeat(size))
            .build()
            .unwrap()
    };
    let call = sqs(&capture).send_message_batch().queue_url(QUEUE_URL);
    let call = call.entries(entry("a", 1)).entries(entry("b", 1024 * 1024 - 1 - 72 - 28));
    // The answer has no entries, which is none of this test's business.
    let lines = logged(LevelFilter::DEBUG, async { drop(call.send().await) }).await;
    let skipped = |field: &str| format!("{LARGE} field=\"{field}\"");
    assert_eq!(lines, [skipped("traceparent"), skipped("baggage")]);
}

#[tokio::test]
async fn a_context_of_the_users_own() {
    let capture = Capture::new();
    let call = sqs(&capture).send_message().queue_url(QUEUE_URL).message_body("x");
    let call = call.message_attributes("traceparent", text("a-secret"));
    let lines = logged(LevelFilter::DEBUG, async { call.send().await.unwrap() }).await;
    assert_eq!(lines, ["context left out of a message: it has one already"]);
}

/// A propagator of the user's that writes what no message can have.
#[derive(Debug)]
struct Odd([String; 1]);

impl TextMapPropagator for Odd {
    fn inject_context(&self, _cx: &Context, injector: &mut dyn Injector) {
        injector.set(&self.0[0], "a-secret".to_owned());
    }

    fn extract_with_context(
        &self,
        cx: &Context,
        _: &dyn opentelemetry::propagation::Extractor,
    ) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}

#[tokio::test]
async fn a_field_that_the_service_does_not_take() {
    let capture = Capture::new();
    let published = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
    let service = Service::new(move |_, _| xml(published));
    let interceptor = builder(&capture).with_propagator(Odd(["not legal".to_owned()])).build();
    let sns = otelier_aws::client!(aws_sdk_sns, &service.config(), interceptor);
    let call = sns.publish().topic_arn(TOPIC_ARN).message("x");
    let lines = logged(LevelFilter::DEBUG, async { call.send().await.unwrap() }).await;
    let skipped =
        "context left out of a message: the service takes no such attribute field=\"not legal\"";
    assert_eq!(lines, [skipped]);
    assert!(!service.only_request().body.contains("MessageAttributes"));
}
