//! How calls end, and how long they took, against captured telemetry.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use otelier_instrument::semconv::aws::{AwsDetails, AwsOptions, AwsRequest, MessagingRequest};
use otelier_instrument::semconv::messaging::{MessagingOperation, MessagingSystem};
use otelier_testing::{
    Capture, ExpectedPoint, ExpectedSpan, MetricPoint, assert_metric, assert_tree, assert_trees,
    event, metric, point, span,
};
use tracing_subscriber::filter::LevelFilter;

use crate::recorder::AwsRecorder;

use super::*;

const URL: &str = "https://sqs.example/";

fn providers(capture: &Capture) -> Providers {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    providers.set_propagator(capture.propagator());
    providers
}

fn recorder(capture: &Capture, attempts: AttemptRecording) -> AwsRecorder {
    let mut options = AwsOptions::default();
    (options.attempts, options.filter_empty_polls) = (attempts, Some(true));
    AwsRecorder::new(providers(capture), options)
}

fn list_queues(recorder: &AwsRecorder) -> RecordedCall {
    recorder.start(&AwsRequest::new("SQS", "ListQueues")).expect("it is recorded")
}

fn on_orders(recorder: &AwsRecorder, operation: MessagingOperation) -> RecordedCall {
    let mut details = MessagingRequest::new(MessagingSystem::AWS_SQS, operation);
    details.destination = Some("orders");
    let mut request = AwsRequest::new("SQS", "Method");
    request.details = AwsDetails::Messaging(details);
    recorder.start(&request).expect("it is recorded")
}

fn attempt(number: u32) -> Attempt<'static> {
    Attempt { number, method: "POST", url: URL }
}

fn response(status: u16) -> AwsResponse<'static> {
    let mut response = AwsResponse::new(status);
    response.request_id = Some("req-1");
    response
}

fn expected() -> ExpectedSpan {
    span("SQS.ListQueues")
        .client()
        .scope("otelier-aws")
        .attr("rpc.system", "aws-api")
        .attr("rpc.service", "SQS")
        .attr("rpc.method", "ListQueues")
        .attr("server.address", "sqs.example")
        .attr("server.port", 443)
}

struct NoMessage;

impl ReceivedMessage for NoMessage {
    fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        [].into_iter()
    }
}

#[test]
fn a_retried_call_is_one_span() {
    for (attempts, events, spans) in [
        (AttemptRecording::None, 0, 0),
        (AttemptRecording::Events, 1, 0),
        (AttemptRecording::Spans, 0, 2),
    ] {
        let capture = Capture::new();
        let mut call = list_queues(&recorder(&capture, attempts));
        for (number, status) in [(1, 500), (2, 200)] {
            let cx = call.start_attempt(&attempt(number)).expect("a context");
            let is_call = cx.span().span_context()
                == call.context().expect("a context").span().span_context();
            assert_eq!(is_call, attempts != AttemptRecording::Spans);
            call.set_response(&response(status));
            let error = (status == 500).then(|| ErrorType::from_static("InternalFailure"));
            call.end_attempt(number, error, Some(&response(status)));
        }
        call.end();

        let failed = event("otelier.aws.attempt_failed")
            .attr("error.type", "InternalFailure")
            .attr("http.response.status_code", 500)
            .attr("aws.request_id", "req-1");
        let all = capture.spans();
        let of_call: Vec<_> = all.iter().filter(|it| it.name != "POST").cloned().collect();
        assert_eq!(all.len() - of_call.len(), spans, "{attempts:?}");
        let expected = expected()
            .attr("http.response.status_code", 200)
            .attr("aws.request_id", "req-1")
            .attr("http.request.resend_count", 1);
        assert_tree(&of_call, (0..events).fold(expected, |span, _| span.event(failed.clone())));
    }
}

#[test]
fn an_attempt_has_the_server_of_its_url() {
    for (url, port) in [("http://sqs.example:4566/", 4566), ("http://sqs.example/", 80)] {
        let capture = Capture::new();
        let mut call = list_queues(&recorder(&capture, AttemptRecording::Spans));
        call.start_attempt(&Attempt { number: 1, method: "POST", url });
        call.end_attempt(1, None, Some(&response(200)));
        call.end();
        let attempt = span("POST")
            .client()
            .scope("otelier-aws")
            .attr("http.request.method", "POST")
            .attr("http.response.status_code", 200)
            .attr("server.address", "sqs.example")
            .attr("server.port", port)
            .attr("url.full", url);
        let call = expected().attr("server.port", port);
        assert_tree(&capture.spans(), call.child(attempt));
    }
}

#[test]
fn a_call_ends_once() {
    let capture = Capture::new();
    let recorder = recorder(&capture, AttemptRecording::Events);
    let mut call = list_queues(&recorder);
    assert!(recorder.has_recorded_calls());
    call.start_attempt(&attempt(1));
    call.fail(ErrorType::TIMEOUT);
    assert!(!recorder.has_recorded_calls());
    assert!(call.context().is_none());
    call.end();
    drop(call);
    assert!(!recorder.has_recorded_calls());
    assert_tree(&capture.spans(), expected().error("timeout"));
}

#[test]
fn nothing_is_started_without_a_signal() {
    let mut none = Providers::default();
    none.set_tracer_provider(opentelemetry::trace::noop::NoopTracerProvider::new());
    none.set_meter_provider(opentelemetry::metrics::noop::NoopMeterProvider::new());
    let recorder = AwsRecorder::new(none, AwsOptions::default());
    assert!(!recorder.enabled());
    assert!(recorder.start(&AwsRequest::new("SQS", "ListQueues")).is_none());
}

/// The only point of the metric `name`, for its sum.
fn only<'a>(points: &'a [MetricPoint], name: &str) -> &'a MetricPoint {
    let mut named = points.iter().filter(|point| point.name == name);
    match (named.next(), named.next()) {
        (Some(point), None) => point,
        _ => panic!("expected one point of {name}: {points:?}"),
    }
}

/// Measures `call` from within and from without: the recorded duration is between the two.
#[track_caller]
fn assert_duration(
    name: &str,
    bounds: &[f64],
    start: impl FnOnce(&AwsRecorder) -> RecordedCall,
    end: impl FnOnce(RecordedCall),
) {
    let capture = Capture::new();
    let recorder = recorder(&capture, AttemptRecording::Events);
    // The first call resolves the instruments, which takes time.
    drop(capture.metrics());
    let outer = Instant::now();
    let call = start(&recorder);
    let in_progress = SystemTime::now();
    let inner = Instant::now();
    // Long enough to differ from a duration of zero, on any clock.
    while inner.elapsed().is_zero() {
        std::hint::spin_loop();
    }
    let least = inner.elapsed().as_secs_f64();
    end(call);
    let most = outer.elapsed().as_secs_f64();

    let points = capture.metrics();
    let captured = only(&points, name);
    let sum = captured.sum().expect("a histogram");
    assert!((least..=most).contains(&sum), "{name}: {least} <= {sum} <= {most}");
    assert_eq!((captured.count(), captured.unit.as_str()), (Some(1), "s"));
    assert_eq!(captured.bounds(), Some(bounds));
    let span = capture.spans().pop();
    if let Some(span) = span {
        assert!(span.start <= in_progress && in_progress <= span.end, "{span:?}");
        let duration = span.duration().as_secs_f64();
        assert!((least..=most).contains(&duration), "span: {least} <= {duration} <= {most}");
    }
}

const SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
const DATABASE_SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

#[test]
fn a_calls_duration_is_in_seconds() {
    assert_duration("rpc.client.call.duration", &SECONDS, list_queues, |mut call| call.end());
}

#[test]
fn a_sends_duration_is_in_seconds() {
    let start = |recorder: &AwsRecorder| on_orders(recorder, MessagingOperation::SEND);
    let name = "messaging.client.operation.duration";
    assert_duration(name, &SECONDS, start, |mut call| call.end());
}

#[test]
fn a_polls_duration_is_in_seconds() {
    let start = |recorder: &AwsRecorder| on_orders(recorder, MessagingOperation::RECEIVE);
    let name = "messaging.client.operation.duration";
    assert_duration(name, &SECONDS, start, |mut call| call.end_received(&[NoMessage]));
    assert_duration(name, &SECONDS, start, |mut call| call.end_received::<NoMessage>(&[]));
    assert_duration(name, &SECONDS, start, drop);
}

#[test]
fn a_database_operations_duration_is_in_seconds() {
    let start = |recorder: &AwsRecorder| {
        let mut request = AwsRequest::new("DynamoDB", "GetItem");
        request.details = AwsDetails::DynamoDb(Default::default());
        recorder.start(&request).expect("it is recorded")
    };
    let name = "db.client.operation.duration";
    assert_duration(name, &DATABASE_SECONDS, start, |mut call| call.end());
}

fn polled() -> ExpectedPoint {
    point()
        .attr("messaging.system", "aws_sqs")
        .attr("messaging.operation.name", "receive")
        .attr("messaging.operation.type", "receive")
        .attr("messaging.destination.name", "orders")
        .count(1)
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What our crate logs while `work` runs.
fn logged(work: impl FnOnce()) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, work);
    let bytes = log.0.lock().expect("no panic").clone();
    let log = String::from_utf8(bytes).expect("text");
    log.lines().filter(|line| line.contains("otelier_aws")).collect()
}

#[test]
fn a_hidden_poll_is_logged_with_its_variable() {
    for (end, why) in [
        (
            (|mut poll| poll.end_received::<NoMessage>(&[])) as fn(RecordedCall),
            "received no message",
        ),
        (drop, "was dropped before the response came"),
    ] {
        let capture = Capture::new();
        let recorder = recorder(&capture, AttemptRecording::Events);
        let log = logged(|| end(on_orders(&recorder, MessagingOperation::RECEIVE)));
        assert_trees(&capture.spans(), []);
        assert!(log.contains("DEBUG"), "{log}");
        let line = format!("it {why}; set OTELIER_AUTO_FILTER_EMPTY_SQS=false");
        assert!(log.contains(&line), "{log}");
    }
}

#[test]
fn a_poll_with_a_span_is_not_logged() {
    let capture = Capture::new();
    let recorder = recorder(&capture, AttemptRecording::Events);
    let log = logged(|| {
        on_orders(&recorder, MessagingOperation::RECEIVE).end_received(&[NoMessage]);
        on_orders(&recorder, MessagingOperation::RECEIVE).fail(ErrorType::TIMEOUT);
        drop(on_orders(&recorder, MessagingOperation::SEND));
    });
    assert_eq!(log, "");
    assert_eq!(capture.spans().len(), 3);
}

#[test]
fn an_empty_poll_has_a_duration() {
    let capture = Capture::new();
    let recorder = recorder(&capture, AttemptRecording::Events);
    on_orders(&recorder, MessagingOperation::RECEIVE).end_received::<NoMessage>(&[]);
    assert_metric(
        &capture.metrics(),
        metric("messaging.client.operation.duration").unit("s").histogram(SECONDS).point(polled()),
    );
}

/// A propagator that writes an X-Ray header.
#[derive(Debug)]
struct Xray([String; 1]);

impl TextMapPropagator for Xray {
    fn inject_context(&self, _cx: &Context, injector: &mut dyn Injector) {
        injector.set(&self.0[0], "Root=1".to_owned());
    }

    fn extract_with_context(&self, cx: &Context, _extractor: &dyn Extractor) -> Context {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}

#[test]
fn the_users_trace_header_is_not_replaced() {
    let capture = Capture::new();
    let mut with_xray = providers(&capture);
    with_xray.set_propagator(Xray(["X-Amzn-Trace-Id".to_owned()]));
    let xray = AwsRecorder::new(with_xray, AwsOptions::default());
    let cx = Context::new();
    assert_eq!(xray.trace_header(&cx, false).as_deref(), Some("Root=1"));
    assert_eq!(xray.trace_header(&cx, true), None);
    let other = recorder(&capture, AttemptRecording::None);
    assert_eq!(other.trace_header(&cx, false), None, "the propagator does not write it");
}
