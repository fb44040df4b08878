//! Messages that are sent to a queue carry context, and are otherwise unchanged.

use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
    SendMessageBatchRequestEntry,
};
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use opentelemetry::Context;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry::trace::SpanKind;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use otelier_testing::{
    Capture, ExpectedSpan, Span, assert_metric, assert_tree, metric, point, span,
};
use serde_json::Value;

use crate::support::xray::Xray;
use crate::support::{QUEUE_URL, Reply, Service, builder, failure, interceptor, json};

/// The span of an operation on the queue, without what a response adds.
fn on_queue(operation: &str, kind: &str, method: &str) -> ExpectedSpan {
    span(format!("{operation} orders"))
        .scope("otelier-aws")
        .attr("rpc.system", "aws-api")
        .attr("rpc.service", "SQS")
        .attr("rpc.method", method)
        .attr("cloud.region", "eu-west-1")
        .attr("server.address", "sqs.eu-west-1.amazonaws.com")
        .attr("server.port", 443)
        .attr("messaging.system", "aws_sqs")
        .attr("messaging.operation.name", operation)
        .attr("messaging.operation.type", kind)
        .attr("messaging.destination.name", "orders")
        .attr("aws.sqs.queue.url", QUEUE_URL)
}

fn answered(span: ExpectedSpan, status: i64) -> ExpectedSpan {
    span.attr("http.response.status_code", status).attr("aws.request_id", "req-1")
}

fn sent() -> Reply {
    json(r#"{"MessageId":"m-1","MD5OfMessageBody":"x"}"#)
}

fn sqs(service: &Service, capture: &Capture) -> aws_sdk_sqs::Client {
    otelier_aws::client!(aws_sdk_sqs, &service.config(), interceptor(capture))
}

fn traceparent(span: &Span) -> String {
    format!("00-{}-{}-01", span.trace_id, span.span_id)
}

fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

fn attribute_names(message: &Value) -> Vec<&str> {
    let mut names: Vec<_> =
        message["MessageAttributes"].as_object().map_or(vec![], |it| it.keys().collect());
    names.sort();
    names.into_iter().map(String::as_str).collect()
}

#[tokio::test]
async fn a_message() {
    let capture = Capture::new();
    let service = Service::new(|_, _| sent());

    sqs(&service, &capture)
        .send_message()
        .queue_url(QUEUE_URL)
        .message_body("x")
        .send()
        .await
        .unwrap();

    assert_tree(
        &capture.spans(),
        answered(on_queue("send", "send", "SendMessage"), 200)
            .producer()
            .attr("messaging.message.id", "m-1"),
    );
    let request = service.only_request().json();
    assert_eq!(
        attribute_names(&request),
        ["traceparent"],
        "an empty tracestate or baggage is left out"
    );
    let carried = &request["MessageAttributes"]["traceparent"];
    assert_eq!(carried["StringValue"], traceparent(&capture.spans()[0]));
    assert_eq!(carried["DataType"], "String");

    let destination = || {
        point()
            .attr("messaging.system", "aws_sqs")
            .attr("messaging.operation.name", "send")
            .attr("messaging.destination.name", "orders")
            .attr("server.address", "sqs.eu-west-1.amazonaws.com")
            .attr("server.port", 443)
    };
    let metrics = capture.metrics();
    assert_metric(
        &metrics,
        metric("messaging.client.operation.duration")
            .unit("s")
            .point(destination().attr("messaging.operation.type", "send").count(1)),
    );
    assert_metric(
        &metrics,
        metric("messaging.client.sent.messages")
            .counter()
            .unit("{message}")
            .point(destination().value(1)),
    );
    assert_eq!(metrics.len(), 2, "{metrics:?}");
}

#[tokio::test]
async fn baggage_goes_along() {
    use opentelemetry::baggage::BaggageExt;
    use opentelemetry::context::FutureExt;

    let capture = Capture::new();
    let service = Service::new(|_, _| sent());
    let cx = Context::new().with_baggage([opentelemetry::KeyValue::new("tenant", "7")]);

    let call = sqs(&service, &capture).send_message().queue_url(QUEUE_URL).message_body("x").send();
    call.with_context(cx).await.unwrap();

    let request = service.only_request().json();
    assert_eq!(attribute_names(&request), ["baggage", "traceparent"]);
    assert_eq!(request["MessageAttributes"]["baggage"]["StringValue"], "tenant=7");
}

#[tokio::test]
async fn a_message_with_ten_attributes_is_unchanged() {
    let capture = Capture::new();
    let service = Service::new(|_, _| sent());
    let mut call = sqs(&service, &capture).send_message().queue_url(QUEUE_URL).message_body("x");
    for n in 0..10 {
        call = call.message_attributes(format!("own-{n}"), text("v"));
    }

    call.send().await.unwrap();

    let own: Vec<_> = (0..10).map(|n| format!("own-{n}")).collect();
    assert_eq!(attribute_names(&service.only_request().json()), own);
    assert_tree(
        &capture.spans(),
        answered(on_queue("send", "send", "SendMessage"), 200)
            .client()
            .attr("messaging.message.id", "m-1"),
    );
}

#[tokio::test]
async fn context_of_the_user_is_kept() {
    let capture = Capture::new();
    let service = Service::new(|_, _| sent());
    let chosen = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    let call = sqs(&service, &capture).send_message().queue_url(QUEUE_URL).message_body("x");
    call.message_attributes("traceparent", text(chosen)).send().await.unwrap();

    let request = service.only_request().json();
    assert_eq!(attribute_names(&request), ["traceparent"]);
    assert_eq!(request["MessageAttributes"]["traceparent"]["StringValue"], chosen);
    assert_eq!(capture.spans()[0].kind, SpanKind::Client);
}

#[tokio::test]
async fn context_of_the_user_is_not_mixed() {
    let capture = Capture::new();
    let service = Service::new(|_, _| sent());
    let both = TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()) as Box<dyn TextMapPropagator + Send + Sync>,
        Box::new(Xray::new()),
    ]);
    let interceptor = builder(&capture).with_propagator(both).build();
    let sqs = otelier_aws::client!(aws_sdk_sqs, &service.config(), interceptor);
    let call = || sqs.send_message().queue_url(QUEUE_URL).message_body("x");
    let own = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value("own")
        .build()
        .unwrap();

    call().message_attributes("traceparent", text("own")).send().await.unwrap();
    call()
        .message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, own)
        .send()
        .await
        .unwrap();
    call().send().await.unwrap();

    let [attribute, system, neither] = &service.seen()[..] else { panic!("three requests") };
    assert_eq!(attribute.json()["MessageAttributes"]["traceparent"]["StringValue"], "own");
    assert_eq!(attribute.json()["MessageSystemAttributes"], Value::Null);
    assert_eq!(system.json()["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"], "own");
    assert_eq!(attribute_names(&system.json()), [""; 0]);
    assert_eq!(attribute_names(&neither.json()), ["traceparent"]);
    assert!(neither.json()["MessageSystemAttributes"]["AWSTraceHeader"].is_object());
    let kinds: Vec<_> = capture.spans().into_iter().map(|span| span.kind).collect();
    assert_eq!(kinds, [SpanKind::Client, SpanKind::Client, SpanKind::Producer]);
}

#[tokio::test]
async fn a_message_is_not_made_too_large() {
    let capture = Capture::new();
    let service = Service::new(|_, _| sent());
    let sqs = sqs(&service, &capture);
    // A `traceparent` takes 11 bytes of name, 6 of type and 55 of value.
    for (size, fits) in [(1024 * 1024 - 72, true), (1024 * 1024 - 71, false)] {
        sqs.send_message()
            .queue_url(QUEUE_URL)
            .message_body("x".repeat(size))
            .send()
            .await
            .unwrap();
        let request = service.seen().last().unwrap().json();
        assert_eq!(!attribute_names(&request).is_empty(), fits, "{size}");
    }
}

#[tokio::test]
async fn each_message_of_a_batch() {
    let capture = Capture::new();
    let service = Service::new(|_, _| {
        json(
            r#"{"Successful":[{"Id":"0","MessageId":"a","MD5OfMessageBody":"x"},{"Id":"2","MessageId":"b","MD5OfMessageBody":"x"}],
                "Failed":[{"Id":"1","Code":"InternalError","SenderFault":false}]}"#,
        )
    });
    let entry = |id: usize| {
        SendMessageBatchRequestEntry::builder()
            .id(id.to_string())
            .message_body("x")
            .build()
            .unwrap()
    };
    let call = sqs(&service, &capture).send_message_batch().queue_url(QUEUE_URL);
    call.set_entries(Some((0..3).map(entry).collect())).send().await.unwrap();

    assert_tree(
        &capture.spans(),
        answered(on_queue("send", "send", "SendMessageBatch"), 200)
            .producer()
            .attr("messaging.batch.message_count", 3),
    );
    let request = service.only_request().json();
    for entry in request["Entries"].as_array().unwrap() {
        let carried = &entry["MessageAttributes"]["traceparent"]["StringValue"];
        assert_eq!(*carried, traceparent(&capture.spans()[0]));
    }
    let sent = point()
        .attr("messaging.system", "aws_sqs")
        .attr("messaging.operation.name", "send")
        .attr("messaging.destination.name", "orders")
        .attr("server.address", "sqs.eu-west-1.amazonaws.com")
        .attr("server.port", 443);
    assert_metric(
        &capture.metrics(),
        metric("messaging.client.sent.messages")
            .point(sent.clone().value(2))
            .point(sent.attr("error.type", "InternalError").value(1)),
    );
}

#[tokio::test]
async fn a_batch_with_nothing_accepted_fails() {
    let capture = Capture::new();
    let service = Service::new(|_, _| {
        json(
            r#"{"Successful":[],"Failed":[{"Id":"0","Code":"InternalError","SenderFault":false}]}"#,
        )
    });
    let entry = SendMessageBatchRequestEntry::builder().id("0").message_body("x").build().unwrap();
    sqs(&service, &capture)
        .send_message_batch()
        .queue_url(QUEUE_URL)
        .entries(entry)
        .send()
        .await
        .unwrap();

    assert_tree(
        &capture.spans(),
        answered(on_queue("send", "send", "SendMessageBatch"), 200)
            .producer()
            .attr("messaging.batch.message_count", 1)
            .error("InternalError"),
    );
}

#[tokio::test]
async fn a_send_that_fails() {
    let capture = Capture::new();
    let service = Service::new(|_, _| failure(400, "QueueDoesNotExist"));

    let call = sqs(&service, &capture).send_message().queue_url(QUEUE_URL).message_body("x").send();
    call.await.unwrap_err();

    assert_tree(
        &capture.spans(),
        answered(on_queue("send", "send", "SendMessage"), 400)
            .producer()
            .error("QueueDoesNotExist"),
    );
}

#[tokio::test]
async fn messages_that_are_settled() {
    let capture = Capture::new();
    let service = Service::new(|_, request| {
        match request.header("x-amz-target").unwrap().ends_with("Batch") {
            true => json(r#"{"Successful":[{"Id":"a"},{"Id":"b"}],"Failed":[]}"#),
            false => json("{}"),
        }
    });
    let sqs = sqs(&service, &capture);

    sqs.delete_message().queue_url(QUEUE_URL).receipt_handle("r").send().await.unwrap();
    sqs.change_message_visibility()
        .queue_url(QUEUE_URL)
        .receipt_handle("r")
        .visibility_timeout(1)
        .send()
        .await
        .unwrap();
    let entry = |id: &str| {
        aws_sdk_sqs::types::DeleteMessageBatchRequestEntry::builder()
            .id(id)
            .receipt_handle("r")
            .build()
            .unwrap()
    };
    sqs.delete_message_batch()
        .queue_url(QUEUE_URL)
        .entries(entry("a"))
        .entries(entry("b"))
        .send()
        .await
        .unwrap();
    let entry = |id: &str| {
        aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry::builder()
            .id(id)
            .receipt_handle("r")
            .visibility_timeout(1)
            .build()
            .unwrap()
    };
    let call = sqs.change_message_visibility_batch().queue_url(QUEUE_URL);
    call.entries(entry("a")).entries(entry("b")).send().await.unwrap();

    let settle = |operation, method| answered(on_queue(operation, "settle", method), 200).client();
    otelier_testing::assert_trees(
        &capture.spans(),
        [
            settle("delete", "DeleteMessage"),
            settle("change_visibility", "ChangeMessageVisibility"),
            settle("delete", "DeleteMessageBatch").attr("messaging.batch.message_count", 2),
            settle("change_visibility", "ChangeMessageVisibilityBatch")
                .attr("messaging.batch.message_count", 2),
        ],
    );
}

#[tokio::test]
async fn xray_header_is_a_system_attribute() {
    let capture = Capture::new();
    let service = Service::new(|_, _| sent());
    let interceptor = builder(&capture).with_propagator(Xray::new()).build();
    let sqs = otelier_aws::client!(aws_sdk_sqs, &service.config(), interceptor);

    sqs.send_message().queue_url(QUEUE_URL).message_body("x").send().await.unwrap();
    let own = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value("own")
        .build()
        .unwrap();
    sqs.send_message()
        .queue_url(QUEUE_URL)
        .message_body("x")
        .message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, own)
        .send()
        .await
        .unwrap();

    let header = Xray::header(&capture.spans()[0].context());
    let [request, with_own] = &service.seen()[..] else { panic!("two requests") };
    assert_eq!(attribute_names(&request.json()), [""; 0]);
    assert_eq!(request.json()["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"], *header);
    assert_eq!(request.header("x-amzn-trace-id"), Some(&*header));
    let signed = request.header("authorization").unwrap();
    assert!(
        !signed.contains("x-amzn-trace-id"),
        "proxies may change the header, so the SDK does not sign it"
    );
    assert_eq!(with_own.json()["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"], "own");
    let kinds: Vec<_> = capture.spans().into_iter().map(|span| span.kind).collect();
    assert_eq!(kinds, [SpanKind::Producer, SpanKind::Client]);
}

#[tokio::test]
async fn no_secret_of_a_queue_url_is_recorded() {
    let capture = Capture::new();
    let service = Service::new(|_, _| sent());
    let url =
        "https://user:pa-ss@sqs.eu-west-1.amazonaws.com/123456789012/orders?X-Amz-Signature=si/gn";
    let masked = "https://REDACTED:REDACTED@sqs.eu-west-1.amazonaws.com/123456789012/orders?X-Amz-Signature=REDACTED";
    sqs(&service, &capture).send_message().queue_url(url).message_body("x").send().await.unwrap();

    assert_tree(
        &capture.spans(),
        answered(on_queue("send", "send", "SendMessage"), 200)
            .producer()
            .attr("aws.sqs.queue.url", masked)
            .attr("messaging.message.id", "m-1"),
    );
    let captured = format!("{:?} {:?}", capture.spans(), capture.metrics());
    for secret in ["user", "pa-ss", "gn\""] {
        assert!(!captured.contains(secret), "{secret}: {captured}");
    }
    assert_eq!(service.only_request().json()["QueueUrl"], url, "the user's request is unchanged");
}

/// Sets the header of X-Ray before the interceptor does.
#[derive(Debug)]
struct OwnTraceHeader;

impl aws_sdk_sqs::config::Intercept for OwnTraceHeader {
    fn name(&self) -> &'static str {
        "OwnTraceHeader"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &aws_sdk_sqs::config::RuntimeComponents,
        _cfg: &mut aws_sdk_sqs::config::ConfigBag,
    ) -> Result<(), aws_sdk_sqs::error::BoxError> {
        context.request_mut().headers_mut().insert("X-Amzn-Trace-Id", "Root=own");
        Ok(())
    }
}

#[tokio::test]
async fn the_users_xray_header_is_kept() {
    let capture = Capture::new();
    let service = Service::new(|_, _| sent());
    let config = aws_sdk_sqs::config::Builder::from(&service.config()).interceptor(OwnTraceHeader);
    let interceptor = builder(&capture).with_propagator(Xray::new()).build();
    let config = otelier_aws::instrument!(config, interceptor).build();
    let sqs = aws_sdk_sqs::Client::from_conf(config);

    sqs.send_message().queue_url(QUEUE_URL).message_body("x").send().await.unwrap();

    let request = service.only_request();
    let headers: Vec<_> = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("x-amzn-trace-id"))
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(headers, ["Root=own"]);
}
