//! A client that is instrumented twice records each call once.

use aws_sdk_sqs::{Client, Config};
use aws_smithy_types::retry::RetryConfig;
use opentelemetry::trace::noop::NoopTracerProvider;
use otelier_aws::{AttemptRecording, OtelInterceptor};
use otelier_testing::{Capture, Span};

use crate::support::{QUEUE_URL, Service, builder, failure, interceptor, json};

/// A service that fails at first.
fn service() -> Service {
    Service::new(|n, _| match n {
        0 => failure(500, "InternalFailure"),
        _ => json(r#"{"MessageId":"m-1","MD5OfMessageBody":"x"}"#),
    })
}

/// The spans of one call by the client that `instrument` makes of a configuration.
async fn spans_of_a_call(
    capture: &Capture,
    instrument: impl FnOnce(Config) -> Config,
) -> Vec<Span> {
    let service = service();
    let retries = RetryConfig::standard().with_initial_backoff(std::time::Duration::from_millis(1));
    let config = service.config().into_builder().retry_config(retries).build();
    let sqs = Client::from_conf(instrument(Config::new(&config)));

    sqs.send_message().queue_url(QUEUE_URL).message_body("x").send().await.unwrap();

    let spans = capture.take_spans();
    let sent = service.seen().pop().unwrap();
    let send = spans.iter().find(|span| span.name == "send orders").unwrap();
    let traceparent = format!("00-{}-{}-01", send.trace_id, send.span_id);
    assert_eq!(sent.json()["MessageAttributes"]["traceparent"]["StringValue"], traceparent);
    assert_eq!(capture.open_spans(), 0);
    spans
}

#[track_caller]
fn assert_traced_once(spans: &[Span]) {
    let [span] = spans else { panic!("{spans:#?}") };
    assert_eq!(span.attribute("error.type"), None);
    assert_eq!(span.attribute("http.request.resend_count"), Some(&1.into()));
    assert_eq!(span.events.len(), 1, "{span:?}");
}

#[tokio::test]
async fn by_two_interceptors() {
    let capture = Capture::new();
    let twice = |config: Config| {
        let once = otelier_aws::instrument!(config.to_builder(), interceptor(&capture)).build();
        otelier_aws::instrument!(once.to_builder(), interceptor(&capture)).build()
    };
    assert_traced_once(&spans_of_a_call(&capture, twice).await);
    assert_eq!(capture.metrics().len(), 2, "{:?}", capture.metrics());
}

#[tokio::test]
async fn by_the_same_interceptor() {
    let capture = Capture::new();
    let same = builder(&capture).with_attempts(AttemptRecording::Spans).build();
    let twice = |config: Config| {
        let once = otelier_aws::instrument!(config.to_builder(), same.clone()).build();
        otelier_aws::instrument!(once.to_builder(), same.clone()).build()
    };
    let names: Vec<_> =
        spans_of_a_call(&capture, twice).await.into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["POST", "POST", "send orders"]);
}

#[tokio::test]
async fn by_the_configuration_of_a_client_that_was() {
    let capture = Capture::new();
    let again = |config: Config| {
        let first = otelier_aws::instrument!(config.to_builder(), interceptor(&capture)).build();
        Client::from_conf(first).config().to_builder().build()
    };
    assert_traced_once(&spans_of_a_call(&capture, again).await);
}

#[tokio::test]
async fn after_an_interceptor_that_records_nothing() {
    let capture = Capture::new();
    let silent = OtelInterceptor::builder().with_tracer_provider(NoopTracerProvider::new()).build();
    let twice = |config: Config| {
        let once = otelier_aws::instrument!(config.to_builder(), silent).build();
        otelier_aws::instrument!(once.to_builder(), interceptor(&capture)).build()
    };
    assert_traced_once(&spans_of_a_call(&capture, twice).await);
}
