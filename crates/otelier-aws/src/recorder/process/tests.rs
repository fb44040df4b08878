//! The parent, the span link and the baggage of the work on a message.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use otelier_instrument::semconv::aws::{
    AwsDetails, AwsOptions, AwsRequest, AwsResponse, MessagingRequest,
};
use otelier_instrument::semconv::messaging::MessagingOperation;
use otelier_testing::{Capture, ExpectedSpan, assert_tree, assert_trees, link_to, span};

use crate::recorder::{Attempt, AwsRecorder};

use super::*;

/// A message of a test.
#[derive(Debug, Default)]
struct Message {
    attributes: Vec<(&'static str, String)>,
    trace_header: Option<String>,
    body: Option<String>,
    receipt_handle: &'static str,
}

impl ReceivedMessage for Message {
    fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (*name, value.as_str()))
    }

    fn trace_header(&self) -> Option<&str> {
        self.trace_header.as_deref()
    }

    fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }

    fn message_id(&self) -> Option<&str> {
        Some("m-1")
    }

    fn receipt_handle(&self) -> Option<&str> {
        Some(self.receipt_handle)
    }
}

fn remote(n: u64) -> SpanContext {
    let (trace, span) = (TraceId::from(u128::from(n)), SpanId::from(n));
    SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE)
}

fn traceparent(n: u64) -> String {
    format!("00-{}-{}-01", remote(n).trace_id(), remote(n).span_id())
}

fn recorder(capture: &Capture) -> AwsRecorder {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    providers.set_propagator(capture.propagator());
    AwsRecorder::new(providers, AwsOptions::default())
}

/// Receives `message`, by a call that is recorded in `capture`.
fn receive(capture: &Capture, message: &Message) {
    receive_by(&recorder(capture), message);
}

fn receive_by(recorder: &AwsRecorder, message: &Message) {
    let mut poll = MessagingRequest::new(MessagingSystem::AWS_SQS, MessagingOperation::RECEIVE);
    poll.destination = Some("orders");
    poll.destination_id = Some("https://sqs.example/1/orders");
    let mut request = AwsRequest::new("SQS", "ReceiveMessage");
    request.details = AwsDetails::Messaging(poll);
    let mut call = recorder.start(&request).expect("it is recorded");
    call.start_attempt(&Attempt { number: 1, method: "POST", url: "https://sqs.example" });
    let mut response = AwsResponse::new(200);
    response.request_id = Some("req-1");
    call.set_response(&response);
    call.end_received(std::slice::from_ref(message));
}

fn common(span: ExpectedSpan, operation: &str) -> ExpectedSpan {
    span.scope("otelier-aws")
        .attr("messaging.system", "aws_sqs")
        .attr("messaging.operation.name", operation)
        .attr("messaging.operation.type", operation)
        .attr("messaging.destination.name", "orders")
        .attr("aws.sqs.queue.url", "https://sqs.example/1/orders")
        .attr("aws.request_id", "req-1")
        .attr("server.address", "sqs.example")
        .attr("server.port", 443)
}

fn received() -> ExpectedSpan {
    common(span("receive orders").client(), "receive")
        .attr("rpc.system", "aws-api")
        .attr("rpc.service", "SQS")
        .attr("rpc.method", "ReceiveMessage")
        .attr("http.response.status_code", 200)
        .attr("messaging.batch.message_count", 1)
}

fn processed() -> ExpectedSpan {
    common(span("process orders").consumer(), "process").attr("messaging.message.id", "m-1")
}

fn producer_link(n: u64) -> otelier_testing::ExpectedLink {
    link_to(&remote(n)).attr("messaging.message.id", "m-1")
}

#[test]
fn parent_and_link_are_receive_and_producer() {
    let message = |receipt_handle| Message {
        attributes: vec![("traceparent", traceparent(7))],
        receipt_handle,
        ..Message::default()
    };
    let capture = Capture::new();
    let by_receive = message("by receive");
    receive(&capture, &by_receive);
    process(&by_receive, Some(ProcessParent::Receive)).end();
    let process_span = processed().link(link_to(&remote(7)));
    assert_tree(&capture.spans(), received().link(producer_link(7)).child(process_span));

    let capture = Capture::new();
    let by_producer = message("by producer");
    receive(&capture, &by_producer);
    process(&by_producer, Some(ProcessParent::Producer)).end();
    let receive_span = capture.span("receive orders").context();
    let process_span = processed().remote_parent(remote(7)).link(link_to(&receive_span));
    assert_trees(&capture.spans(), [received().link(producer_link(7)), process_span]);
}

/// The span link of a received message, as the producer's number; 0 for none.
fn linked(message: &Message) -> u64 {
    let capture = Capture::new();
    receive(&capture, message);
    let links = capture.span("receive orders").links;
    match &links[..] {
        [] => 0,
        [link] => u64::from_be_bytes(link.span_id.to_bytes()),
        more => panic!("one link: {more:?}"),
    }
}

fn notification(attributes: &str) -> Option<String> {
    Some(format!(r#"{{"Type":"Notification","Message":"x","MessageAttributes":{attributes}}}"#))
}

fn notified(n: u64) -> Option<String> {
    notification(&format!(r#"{{"traceparent":{{"Type":"String","Value":"{}"}}}}"#, traceparent(n)))
}

#[test]
fn context_is_found_wherever_the_producer_put_it() {
    let attributes = |values: &[(&'static str, String)]| values.to_vec();
    for (attributes, body, expected) in [
        (attributes(&[]), None, 0),
        (attributes(&[("traceparent", traceparent(1))]), None, 1),
        (attributes(&[("TraceParent", traceparent(1))]), None, 1),
        (attributes(&[]), notified(2), 2),
        // Unrelated attributes hide nothing.
        (attributes(&[("own", "v".to_owned())]), notified(2), 2),
        // Neither do fields without a context, or with an invalid one.
        (attributes(&[("baggage", "a=1".to_owned())]), notified(2), 2),
        (attributes(&[("traceparent", "00-zz".to_owned())]), notified(2), 2),
        // The attributes are nearer to the message.
        (attributes(&[("traceparent", traceparent(1))]), notified(2), 1),
        (attributes(&[("traceparent", "00-zz".to_owned())]), Some("hello".to_owned()), 0),
    ] {
        let message = Message { attributes, body, receipt_handle: "found", ..Message::default() };
        assert_eq!(linked(&message), expected, "{message:?}");
    }
}

#[test]
fn a_current_span_hides_no_context_of_the_body() {
    let message = Message {
        attributes: vec![("traceparent", "00-zz".to_owned())],
        body: notified(2),
        receipt_handle: "current",
        ..Message::default()
    };
    receive(&Capture::new(), &message);
    let _attached = Context::new().with_remote_span_context(remote(9)).attach();
    let cx = process_parent_context(&message, Some(ProcessParent::Producer));
    assert_eq!(*cx.span().span_context(), remote(2));
}

#[test]
fn fields_of_two_places_are_not_mixed() {
    let body = notification(&format!(
        r#"{{"traceparent":{{"Value":"{}"}},"baggage":{{"Value":"from=body"}}}}"#,
        traceparent(2)
    ));
    let message = Message {
        attributes: vec![("traceparent", traceparent(1))],
        body,
        receipt_handle: "not mixed",
        ..Message::default()
    };
    let capture = Capture::new();
    receive(&capture, &message);
    let cx = process_parent_context(&message, Some(ProcessParent::Producer));
    assert_eq!(*cx.span().span_context(), remote(1));
    assert_eq!(cx.baggage().get("from"), None);
}

#[test]
fn baggage_is_kept_with_and_without_a_receive_span() {
    let attributes = || vec![("traceparent", traceparent(7)), ("baggage", "tenant=7".to_owned())];
    let message = Message {
        attributes: attributes(),
        receipt_handle: "baggage, received",
        ..Message::default()
    };
    // What is received without a span is still read with the client's propagator.
    let untraced = Message {
        attributes: attributes(),
        receipt_handle: "baggage, without a span",
        ..Message::default()
    };
    receive(&Capture::new(), &message);
    receive(&Capture::builder().without_traces().build(), &untraced);
    for message in [&message, &untraced] {
        for parent in [ProcessParent::Receive, ProcessParent::Producer] {
            let mut state = process(message, Some(parent));
            let current = state.enter(Context::current);
            state.end();
            assert_eq!(
                current.baggage().get("tenant"),
                Some(&"7".into()),
                "{message:?} {parent:?}"
            );
        }
    }
    let cx = process_parent_context(&untraced, Some(ProcessParent::Receive));
    assert!(!cx.span().span_context().is_valid(), "no receive span, and no current one");
}

#[test]
fn parent_without_receive_span_is_current() {
    let current = Context::new()
        .with_remote_span_context(remote(9))
        .with_baggage([KeyValue::new("own", "1")]);
    let extracted = Context::new()
        .with_remote_span_context(remote(7))
        .with_baggage([KeyValue::new("tenant", "7")]);
    let decide = |parent, receive: Option<&SpanContext>| {
        let Ancestry { parent, link } =
            Ancestry::decide(parent, current.clone(), Some(extracted.clone()), receive);
        assert_eq!(parent.baggage().get("tenant"), Some(&"7".into()));
        (parent.span().span_context().clone(), link)
    };
    let receive = remote(8);
    for (parent, receive, expected) in [
        (ProcessParent::Receive, None, (remote(9), Some(remote(7)))),
        (ProcessParent::Producer, None, (remote(7), None)),
        (ProcessParent::Receive, Some(&receive), (remote(8), Some(remote(7)))),
        (ProcessParent::Producer, Some(&receive), (remote(7), Some(remote(8)))),
    ] {
        assert_eq!(decide(parent, receive), expected, "{parent:?} {receive:?}");
    }
    let nothing = Ancestry::decide(ProcessParent::Producer, current.clone(), None, None);
    assert_eq!((nothing.parent.span().span_context(), nothing.link), (&remote(9), None));
    assert_eq!(nothing.parent.baggage().get("own"), Some(&"1".into()));
    // The current span sent nothing.
    let received = Ancestry::decide(ProcessParent::Receive, current, None, Some(&receive));
    assert_eq!((received.parent.span().span_context(), received.link), (&remote(8), None));
}

#[test]
fn process_duration_is_in_seconds() {
    let capture = Capture::new();
    let message = Message { receipt_handle: "duration", ..Message::default() };
    receive(&capture, &message);
    let outer = Instant::now();
    let mut state = process(&message, None);
    let least = state.enter(|| {
        let inner = Instant::now();
        while inner.elapsed().is_zero() {
            std::hint::spin_loop();
        }
        inner.elapsed().as_secs_f64()
    });
    state.end();
    let most = outer.elapsed().as_secs_f64();
    let points = capture.metrics();
    let point = points.iter().find(|point| point.name == "messaging.process.duration");
    let point = point.expect("the metric");
    let sum = point.sum().expect("a histogram");
    assert!((least..=most).contains(&sum), "{least} <= {sum} <= {most}");
    assert_eq!((point.count(), point.unit.as_str()), (Some(1), "s"));
}

#[test]
fn work_ends_as_the_work_did() {
    let ends: [(fn(ProcessState), ExpectedSpan); 4] = [
        (|state| state.end_with(&Ok::<_, std::fmt::Error>(())), processed()),
        (
            |state| state.end_with(&Err::<(), _>(std::fmt::Error)),
            processed().error("core::fmt::Error"),
        ),
        (|state| state.fail(ErrorType::TIMEOUT), processed().error("timeout")),
        (drop, processed().error("cancelled")),
    ];
    let message = Message { receipt_handle: "ends", ..Message::default() };
    for (end, expected) in ends {
        let capture = Capture::new();
        receive(&capture, &message);
        end(process(&message, None));
        assert_tree(&capture.spans(), received().child(expected));
    }
}

/// Panics when the work on a message ends, and counts.
#[derive(Clone, Debug, Default)]
struct Panics(Arc<AtomicUsize>);

impl SpanProcessor for Panics {
    fn on_start(&self, _span: &mut Span, _cx: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.name.starts_with("process") {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("telemetry panics");
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn a_panic_of_telemetry_does_not_reach_the_work() {
    let ends: [fn(ProcessState); 4] = [
        drop,
        ProcessState::end,
        |state| state.fail(ErrorType::TIMEOUT),
        |state| state.end_with(&Ok::<_, std::fmt::Error>(())),
    ];
    let panics = Panics::default();
    let mut providers = Providers::default();
    let provider = SdkTracerProvider::builder().with_span_processor(panics.clone()).build();
    providers.set_tracer_provider(provider);
    let recorder = AwsRecorder::new(providers, AwsOptions::default());
    let message = Message { receipt_handle: "panics", ..Message::default() };
    for (end, reached) in ends.into_iter().zip(1..) {
        receive_by(&recorder, &message);
        end(process(&message, None));
        assert_eq!(panics.0.load(Ordering::Relaxed), reached);
    }
}
