//! Messages as a service answers a poll with them, and the spans that they lead to.

use aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use otelier_testing::{Capture, ExpectedSpan, link_to, span};

use super::{QUEUE_URL, Service, interceptor, json};

pub(crate) fn producer(n: u64) -> SpanContext {
    let (trace, span) = (TraceId::from(u128::from(n) + 1), SpanId::from(n + 1));
    SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE)
}

pub(crate) fn traceparent(n: u64) -> String {
    let producer = producer(n);
    format!("00-{}-{}-01", producer.trace_id(), producer.span_id())
}

/// A service with one response of `count` messages. The receipt handles are unique to the test, as
/// SQS's are.
pub(crate) fn with_messages(test: &'static str, count: u64) -> Service {
    Service::new(move |_, _| {
        let message = |n| {
            serde_json::json!({
                "MessageId": format!("m-{n}"),
                "ReceiptHandle": format!("{test}-{n}"),
                "Body": format!("body {n}"),
                "MessageAttributes": {"traceparent": {"DataType": "String", "StringValue": traceparent(n)}},
            })
        };
        json(
            serde_json::json!({"Messages": (0..count).map(message).collect::<Vec<_>>()})
                .to_string(),
        )
    })
}

pub(crate) async fn receive(service: &Service, capture: &Capture) -> ReceiveMessageOutput {
    let sqs = otelier_aws::client!(aws_sdk_sqs, &service.config(), interceptor(capture));
    sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap()
}

pub(crate) fn on_queue(span: ExpectedSpan, operation: &str) -> ExpectedSpan {
    span.scope("otelier-aws")
        .attr("server.address", "sqs.eu-west-1.amazonaws.com")
        .attr("server.port", 443)
        .attr("messaging.system", "aws_sqs")
        .attr("messaging.operation.name", operation)
        .attr("messaging.operation.type", operation)
        .attr("messaging.destination.name", "orders")
        .attr("aws.sqs.queue.url", QUEUE_URL)
}

/// The span of a poll, without what a response adds.
pub(crate) fn poll() -> ExpectedSpan {
    on_queue(span("receive orders").client(), "receive")
        .attr("rpc.system", "aws-api")
        .attr("rpc.service", "SQS")
        .attr("rpc.method", "ReceiveMessage")
        .attr("cloud.region", "eu-west-1")
}

pub(crate) fn received(count: u64) -> ExpectedSpan {
    let span = poll()
        .attr("http.response.status_code", 200)
        .attr("aws.request_id", "req-1")
        .attr("messaging.batch.message_count", i64::try_from(count).unwrap());
    let link = |n| link_to(&producer(n)).attr("messaging.message.id", format!("m-{n}"));
    (0..count).fold(span, |span, n| span.link(link(n)))
}

pub(crate) fn process(n: u64) -> ExpectedSpan {
    on_queue(span("process orders").consumer(), "process")
        .attr("aws.request_id", "req-1")
        .attr("messaging.message.id", format!("m-{n}"))
}

/// A `process` span with a span link to the producer.
pub(crate) fn linked(n: u64) -> ExpectedSpan {
    process(n).link(link_to(&producer(n)))
}

pub(crate) fn work(capture: &Capture) {
    capture.tracer_provider().tracer("test").in_span("work", |_| ());
}
