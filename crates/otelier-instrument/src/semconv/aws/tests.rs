//! How calls end, against captured telemetry. What the calls of a service emit is tested with the
//! SDK.

use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
    TracerProvider,
};
use otelier_testing::{
    Capture, ExpectedPoint, ExpectedSpan, assert_points, assert_tree, assert_trees, event, link_to,
    point, span,
};

use crate::semconv::messaging::{MessagingOperation, MessagingOperationType, MessagingSystem};
use crate::{ErrorType, Operation, Providers, scope};

use super::*;

const URL: &str = "https://sqs.example/1/orders";

fn client(capture: &Capture, filter_empty_polls: bool) -> AwsClient {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    let options =
        AwsOptions { filter_empty_polls: Some(filter_empty_polls), ..AwsOptions::default() };
    AwsClient::new(scope!(), providers, options)
}

fn on_queue(
    client: &AwsClient,
    operation: MessagingOperation,
    batch_size: Option<usize>,
) -> AwsOperation {
    let details = AwsDetails::Messaging(MessagingRequest {
        system: MessagingSystem::AWS_SQS,
        operation,
        destination: Some("orders"),
        destination_id: Some(URL),
        batch_size,
        injects: operation.operation_type() == MessagingOperationType::Send,
        bodies: MessageBodies::None,
    });
    client.start(&AwsRequest { service: "SQS", operation: "Method", region: None, details })
}

fn poll(client: &AwsClient) -> AwsOperation {
    on_queue(client, MessagingOperation::RECEIVE, None)
}

fn expected(operation: &str, kind: &str) -> ExpectedSpan {
    span(format!("{operation} orders"))
        .scope("otelier-instrument")
        .attr("rpc.system", "aws-api")
        .attr("rpc.service", "SQS")
        .attr("rpc.method", "Method")
        .attr("messaging.system", "aws_sqs")
        .attr("messaging.operation.name", operation)
        .attr("messaging.operation.type", kind)
        .attr("messaging.destination.name", "orders")
        .attr("aws.sqs.queue.url", URL)
}

fn received() -> ExpectedSpan {
    expected("receive", "receive").client()
}

fn head(status: u16) -> AwsResponse<'static> {
    AwsResponse { status, request_id: None, extended_request_id: None }
}

fn sent_point() -> ExpectedPoint {
    point()
        .attr("messaging.system", "aws_sqs")
        .attr("messaging.operation.name", "send")
        .attr("messaging.destination.name", "orders")
}

/// A poll that receives no message, and one that is dropped before.
fn idle_polls(client: &AwsClient) {
    let mut empty = poll(client);
    empty.set_attempts(1);
    empty.set_response(&head(200));
    empty.set_received(0);
    empty.end();
    let mut dropped = poll(client);
    dropped.set_attempts(1);
    drop(dropped);
}

#[test]
fn an_idle_poll_makes_no_span() {
    let capture = Capture::new();
    idle_polls(&client(&capture, true));
    assert_trees(&capture.spans(), []);
    assert_eq!(capture.open_spans(), 0);
}

#[test]
fn an_idle_poll_makes_a_span_by_option() {
    let capture = Capture::new();
    idle_polls(&client(&capture, false));
    let empty =
        received().attr("http.response.status_code", 200).attr("messaging.batch.message_count", 0);
    assert_trees(&capture.spans(), [empty, received().attr("otelier.cancelled", true)]);
}

#[test]
fn a_poll_with_trouble_makes_a_span() {
    let troubles: [(fn(AwsOperation), ExpectedSpan); 4] = [
        (|poll| poll.fail(ErrorType::TIMEOUT), received().error("timeout")),
        (
            |mut poll| {
                poll.set_attempts(2);
                drop(poll);
            },
            received().attr("http.request.resend_count", 1).attr("otelier.cancelled", true),
        ),
        (
            |mut poll| {
                poll.set_response(&head(200));
                drop(poll);
            },
            received().attr("http.response.status_code", 200).attr("otelier.cancelled", true),
        ),
        (
            |mut poll| {
                let error = ErrorType::from_static("io");
                let at = SystemTime::now();
                poll.add_failed_attempt(&AwsAttempt {
                    number: 1,
                    error: &error,
                    response: None,
                    at,
                });
                drop(poll);
            },
            received()
                .attr("otelier.cancelled", true)
                .event(event("otelier.aws.attempt_failed").attr("error.type", "io")),
        ),
    ];
    for (trouble, expected) in troubles {
        let capture = Capture::new();
        trouble(poll(&client(&capture, true)));
        assert_tree(&capture.spans(), expected);
    }
}

#[test]
fn a_deferred_span_equals_a_started_one() {
    let (trace, span_id) = (TraceId::from(1), SpanId::from(2));
    let producer = SpanContext::new(trace, span_id, TraceFlags::SAMPLED, true, TraceState::NONE);
    for filter in [true, false] {
        let capture = Capture::new();
        let client = client(&capture, filter);
        let caller =
            Context::new().with_span(capture.tracer_provider().tracer("test").start("caller"));
        let mut poll = {
            let _attached = caller.attach();
            poll(&client)
        };
        assert_eq!(poll.has_deferred_span(), filter);
        poll.set_received(1);
        poll.add_message_link(producer.clone(), Some("m-1"));
        poll.add_message_link(SpanContext::NONE, Some("m-2"));
        let origin = poll.end_receive().expect("a poll that brought a message");

        assert_eq!(origin.span_context().span_id(), capture.span("receive orders").span_id);
        let link = link_to(&producer).attr("messaging.message.id", "m-1");
        let received = received().attr("messaging.batch.message_count", 1).link(link);
        assert_tree(&capture.spans(), span("caller").child(received));
    }
}

#[test]
fn the_response_to_an_earlier_attempt_is_forgotten() {
    let capture = Capture::new();
    let mut call = on_queue(&client(&capture, true), MessagingOperation::DELETE, None);
    call.set_attempts(1);
    call.set_response(&head(500));
    call.set_attempts(2);
    drop(call);
    let delete = expected("delete", "settle").client().attr("http.request.resend_count", 1);
    assert_tree(&capture.spans(), delete.attr("otelier.cancelled", true));
}

#[test]
fn a_batch_fails_when_all_of_it_is_refused() {
    for (refused, error) in [(0, None), (1, None), (2, Some("Refused"))] {
        let capture = Capture::new();
        let mut batch = on_queue(&client(&capture, true), MessagingOperation::SEND, Some(2));
        if refused > 0 {
            batch.set_refused(refused, "Refused");
        }
        batch.end();
        let send = expected("send", "send").producer().attr("messaging.batch.message_count", 2);
        assert_tree(&capture.spans(), error.into_iter().fold(send, ExpectedSpan::error));
        let accepted = (refused < 2).then(|| sent_point().value(2 - refused as u64));
        let failed =
            (refused > 0).then(|| sent_point().attr("error.type", "Refused").value(refused as u64));
        assert_points(
            &capture.metrics(),
            "messaging.client.sent.messages",
            accepted.into_iter().chain(failed),
        );
    }
}

#[test]
fn a_message_without_context_is_no_producer() {
    let capture = Capture::new();
    let details = AwsDetails::Messaging(MessagingRequest {
        system: MessagingSystem::AWS_SNS,
        operation: MessagingOperation::PUBLISH,
        destination: None,
        destination_id: None,
        batch_size: None,
        injects: false,
        bodies: MessageBodies::None,
    });
    client(&capture, true)
        .start(&AwsRequest { service: "SNS", operation: "Publish", region: None, details })
        .end();
    let [publish] = &capture.spans()[..] else { panic!("one span") };
    assert_eq!((&*publish.name, &publish.kind), ("publish", &SpanKind::Client));
}

/// The span of a call to DynamoDB, and what else it has.
fn on_dynamodb(request: DynamoDbRequest<'_>, error: Option<&'static str>) -> Capture {
    let capture = Capture::new();
    let mut call = client(&capture, true).start(&AwsRequest {
        service: "DynamoDB",
        operation: "BatchWriteItem",
        region: None,
        details: AwsDetails::DynamoDb(request),
    });
    call.set_server("dynamodb.example", 443);
    match error {
        None => call.end(),
        Some(error) => call.fail(ErrorType::from_static(error)),
    }
    capture
}

fn dynamodb_span() -> ExpectedSpan {
    span("DynamoDB.BatchWriteItem")
        .client()
        .scope("otelier-instrument")
        .attr("rpc.system", "aws-api")
        .attr("rpc.service", "DynamoDB")
        .attr("rpc.method", "BatchWriteItem")
        .attr("db.system.name", "aws.dynamodb")
        .attr("server.address", "dynamodb.example")
        .attr("server.port", 443)
}

fn on_server(point: ExpectedPoint) -> ExpectedPoint {
    point.attr("server.address", "dynamodb.example").attr("server.port", 443).count(1)
}

#[test]
fn a_batch_is_named_by_its_operations() {
    for (size, operation, name, batch_size) in [
        (2, Some("PutItem"), "BATCH PutItem", Some(2)),
        (3, None, "BATCH", Some(3)),
        (0, None, "BATCH", Some(0)),
        // A single operation is no batch.
        (1, Some("PutItem"), "PutItem", None),
    ] {
        let batch = Some(DynamoDbBatch { size, operation });
        let request = DynamoDbRequest { batch, ..DynamoDbRequest::default() };
        let capture = on_dynamodb(request, None);
        let expected = dynamodb_span().attr("db.operation.name", name);
        let expected = batch_size
            .into_iter()
            .fold(expected, |span, size: i64| span.attr("db.operation.batch.size", size));
        assert_tree(&capture.spans(), expected);
    }
}

#[test]
fn a_database_call_has_both_metrics() {
    for error in [None, Some("ThrottlingException")] {
        let request = DynamoDbRequest { tables: vec!["orders"], ..DynamoDbRequest::default() };
        let capture = on_dynamodb(request, error);
        let with_error = |point: ExpectedPoint| {
            error.into_iter().fold(point, |point, error| point.attr("error.type", error))
        };
        let database = on_server(point())
            .attr("db.system.name", "aws.dynamodb")
            .attr("db.operation.name", "BatchWriteItem")
            .attr("db.collection.name", "orders");
        assert_points(&capture.metrics(), "db.client.operation.duration", [with_error(database)]);
        let call = on_server(point())
            .attr("rpc.system.name", "aws-api")
            .attr("rpc.service", "DynamoDB")
            .attr("rpc.method", "BatchWriteItem");
        assert_points(&capture.metrics(), "rpc.client.call.duration", [with_error(call)]);
    }
}

#[test]
fn span_and_metric_have_the_same_method() {
    let capture = on_dynamodb(DynamoDbRequest::default(), None);
    let (spans, points) = (capture.spans(), capture.metrics());
    let calls = points.iter().filter(|point| point.name == "rpc.client.call.duration");
    for point in calls {
        for key in ["rpc.method", "rpc.service"] {
            assert_eq!(point.attribute(key), spans[0].attribute(key));
            assert!(point.attribute(key).is_some());
        }
    }
    assert_eq!(points.len(), 2);
}

#[test]
fn bodies_of_messages_are_recorded_when_asked_for() {
    fn two_bodies(batch: &dyn std::any::Any, take: &mut dyn FnMut(&str)) {
        batch.downcast_ref::<[&str; 2]>().expect("two bodies").iter().for_each(|body| take(body));
    }
    let one = r#"{"token":"S3CRET","a":1}"#;
    let two = ["token=S3CRET", "hello"];
    for (capture_payloads, bodies, expected) in [
        (Some(true), MessageBodies::One(one), Some(r#"{"token":"****","a":1}"#)),
        (
            Some(true),
            MessageBodies::Batch { batch: &two, each: two_bodies },
            Some(r#"["token****","hello"]"#),
        ),
        (Some(true), MessageBodies::None, None),
        (None, MessageBodies::One(one), None),
    ] {
        let capture = Capture::new();
        let mut providers = Providers::default();
        providers.set_tracer_provider(capture.tracer_provider());
        let options = AwsOptions { capture_payloads, ..AwsOptions::default() };
        let client = AwsClient::new(scope!(), providers, options);
        let mut send = MessagingRequest::new(MessagingSystem::AWS_SNS, MessagingOperation::PUBLISH);
        send.bodies = bodies;
        let details = AwsDetails::Messaging(send);
        client
            .start(&AwsRequest { service: "SNS", operation: "Publish", region: None, details })
            .end();
        let span = &capture.spans()[0];
        let body = span.attribute("messaging.message.body").and_then(|body| body.as_str());
        assert_eq!(body, expected, "{bodies:?}");
    }
}
