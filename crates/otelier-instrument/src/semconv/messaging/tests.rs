//! Messages that are processed, with their span links, and messages that are sent, against captured
//! telemetry.

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use otelier_testing::{
    Capture, ExpectedPoint, ExpectedSpan, assert_metric, assert_points, assert_tree, assert_trees,
    link_to, metric, point, span,
};

use crate::kit::FieldList;
use crate::{ErrorType, Operation, Providers, enter, scope};

use super::*;

fn processor(capture: &Capture) -> MessageProcessor {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    MessageProcessor::new(scope!(), providers)
}

fn remote(n: u64) -> SpanContext {
    let (trace, span) = (TraceId::from(u128::from(n)), SpanId::from(n));
    SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE)
}

static UNKNOWN: LazyLock<MessageSource> =
    LazyLock::new(|| MessageSource::new(MessagingSystem::AWS_SQS));

fn request(parent: &SpanContext, link: Option<SpanContext>) -> ProcessRequest<'static> {
    ProcessRequest {
        source: &UNKNOWN,
        message_id: Some("m-1"),
        body: None,
        parent: Context::new().with_remote_span_context(parent.clone()),
        link,
    }
}

/// The span of a message from an unknown source.
fn processed(parent: &SpanContext) -> ExpectedSpan {
    span("process")
        .consumer()
        .scope("otelier-instrument")
        .remote_parent(parent.clone())
        .attr("messaging.system", "aws_sqs")
        .attr("messaging.operation.name", "process")
        .attr("messaging.operation.type", "process")
        .attr("messaging.message.id", "m-1")
}

#[test]
fn a_link_without_meaning_is_left_out() {
    let parent = remote(1);
    for (link, expected) in [
        (Some(remote(2)), processed(&parent).link(link_to(&remote(2)))),
        (Some(parent.clone()), processed(&parent)),
        (Some(SpanContext::NONE), processed(&parent)),
        (None, processed(&parent)),
    ] {
        let capture = Capture::new();
        processor(&capture).start(request(&parent, link)).end();
        assert_trees(&capture.spans(), [expected]);
    }
}

#[test]
fn dropped_or_failed_work_is_an_error() {
    for error in ["cancelled", "Broken"] {
        let capture = Capture::new();
        let work = processor(&capture).start(request(&remote(1), None));
        match error {
            "cancelled" => drop(work),
            error => work.fail(ErrorType::from_static(error)),
        }
        assert_tree(&capture.spans(), processed(&remote(1)).error(error));
        let point = point()
            .attr("messaging.system", "aws_sqs")
            .attr("messaging.operation.name", "process")
            .attr("error.type", error)
            .count(1);
        assert_metric(
            &capture.metrics(),
            metric("messaging.process.duration").unit("s").point(point),
        );
    }
}

#[test]
fn the_span_is_current_in_the_work() {
    let capture = Capture::new();
    let mut slot = Some(processor(&capture).start(request(&remote(1), None)));
    let current = enter(&mut slot, || Context::map_current(|cx| cx.span().span_context().clone()));
    drop(slot);
    assert_eq!(current.span_id(), capture.span("process").span_id);
}

#[test]
fn a_noop_passes_the_parent_context_on() {
    let capture = Capture::builder().without_traces().without_metrics().build();
    let work = processor(&capture).start(request(&remote(1), Some(remote(2))));
    assert_eq!(work.context().span().span_context().trace_id(), remote(1).trace_id());
    work.end();
    assert_trees(&capture.spans(), []);
}

#[test]
fn a_source_gives_its_messages_attributes() {
    let capture = Capture::new();
    let source = MessageSource::new(MessagingSystem::new("nats"))
        .with_destination("orders")
        .with_destination_id("nats://example/orders")
        .with_server("nats.example", 4222)
        .with_attribute(opentelemetry::KeyValue::new("own.key", "own"));
    processor(&capture).start(ProcessRequest::new(&source, Context::new())).end();
    let expected = span("process orders")
        .consumer()
        .scope("otelier-instrument")
        .attr("messaging.system", "nats")
        .attr("messaging.operation.name", "process")
        .attr("messaging.operation.type", "process")
        .attr("messaging.destination.name", "orders")
        .attr("server.address", "nats.example")
        .attr("server.port", 4222)
        .attr("own.key", "own");
    // The system has no key for the full name of a destination.
    assert_tree(&capture.spans(), expected);
}

#[test]
fn each_known_system_has_the_conventions_name() {
    use MessagingSystem as System;
    let systems = [
        (System::ACTIVEMQ, "activemq"),
        (System::AWS_SNS, "aws.sns"),
        (System::AWS_SQS, "aws_sqs"),
        (System::EVENTGRID, "eventgrid"),
        (System::EVENTHUBS, "eventhubs"),
        (System::GCP_PUBSUB, "gcp_pubsub"),
        (System::JMS, "jms"),
        (System::KAFKA, "kafka"),
        (System::PULSAR, "pulsar"),
        (System::RABBITMQ, "rabbitmq"),
        (System::ROCKETMQ, "rocketmq"),
        (System::SERVICEBUS, "servicebus"),
    ];
    for (system, name) in systems {
        assert_eq!(system.name(), name);
    }
}

#[test]
fn body_of_a_message_is_recorded_when_asked_for() {
    for chosen in [None, Some(true)] {
        let (capture, parent) = (Capture::new(), remote(1));
        let request = ProcessRequest { body: Some("token=S3CRET"), ..request(&parent, None) };
        processor(&capture).with_payload_capture(chosen).start(request).end();
        let expected = match chosen {
            None => processed(&parent),
            Some(_) => processed(&parent).attr("messaging.message.body", "token****"),
        };
        assert_tree(&capture.spans(), expected);
    }
}

fn producer(capture: &Capture) -> MessageProducer {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    providers.set_propagator(capture.propagator());
    MessageProducer::new(scope!(), providers)
}

fn to_orders(batch_size: Option<usize>) -> SendRequest<'static> {
    SendRequest {
        operation: MessagingOperation::PUBLISH,
        destination: Some("orders"),
        server: Some(("mq.example", 5672)),
        batch_size,
        ..SendRequest::new(MessagingSystem::RABBITMQ)
    }
}

fn sent() -> ExpectedSpan {
    span("publish orders")
        .producer()
        .scope("otelier-instrument")
        .attr("messaging.system", "rabbitmq")
        .attr("messaging.operation.name", "publish")
        .attr("messaging.operation.type", "send")
        .attr("messaging.destination.name", "orders")
        .attr("server.address", "mq.example")
        .attr("server.port", 5672)
}

fn sent_point() -> ExpectedPoint {
    point()
        .attr("messaging.system", "rabbitmq")
        .attr("messaging.operation.name", "publish")
        .attr("messaging.destination.name", "orders")
        .attr("server.address", "mq.example")
        .attr("server.port", 5672)
}

fn assert_sent(capture: &Capture, messages: u64, point: impl Fn(ExpectedPoint) -> ExpectedPoint) {
    let metrics = capture.metrics();
    let counted = point(sent_point()).value(messages);
    assert_points(&metrics, "messaging.client.sent.messages", [counted]);
    let timed = point(sent_point()).attr("messaging.operation.type", "send").count(1);
    assert_points(&metrics, "messaging.client.operation.duration", [timed]);
}

#[test]
fn a_message_that_is_sent() {
    let capture = Capture::new();
    let mut operation = producer(&capture).start(&to_orders(None));
    operation.set_message_id("m-1");
    operation.end();
    assert_tree(&capture.spans(), sent().attr("messaging.message.id", "m-1"));
    assert_sent(&capture, 1, |point| point);
}

#[test]
fn a_batch_that_fails() {
    let capture = Capture::new();
    producer(&capture).start(&to_orders(Some(3))).fail(ErrorType::from_static("Refused"));
    assert_tree(&capture.spans(), sent().attr("messaging.batch.message_count", 3).error("Refused"));
    assert_sent(&capture, 3, |point| point.attr("error.type", "Refused"));
}

#[test]
fn a_send_that_is_dropped_is_cancelled() {
    let capture = Capture::new();
    drop(producer(&capture).start(&to_orders(None)));
    assert_tree(&capture.spans(), sent().attr("otelier.cancelled", true));
    assert_sent(&capture, 1, |point| point);
}

#[test]
fn a_message_carries_the_context() {
    let capture = Capture::new();
    let operation = producer(&capture).start(&to_orders(None));
    let mut fields = FieldList::default();
    operation.inject(&mut fields);
    operation.end();
    let span = capture.span("publish orders");
    let expected = format!("00-{}-{}-01", span.trace_id, span.span_id);
    assert!(fields.iter().eq([("traceparent", &*expected)]), "{fields:?}");
}
