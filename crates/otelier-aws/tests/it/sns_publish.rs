//! Messages that are published to a topic carry context, and are otherwise unchanged.

use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use otelier_testing::{
    Capture, ExpectedPoint, ExpectedSpan, assert_points, assert_tree, point, span,
};

use crate::support::{Reply, Service, TOPIC_ARN, interceptor, xml};

/// The span of a publication, without where it goes.
fn publish(name: &str, method: &str) -> ExpectedSpan {
    span(name)
        .scope("otelier-aws")
        .attr("rpc.system", "aws-api")
        .attr("rpc.service", "SNS")
        .attr("rpc.method", method)
        .attr("cloud.region", "eu-west-1")
        .attr("server.address", "sns.eu-west-1.amazonaws.com")
        .attr("server.port", 443)
        .attr("http.response.status_code", 200)
        .attr("aws.request_id", "req-1")
        .attr("messaging.system", "aws.sns")
        .attr("messaging.operation.name", "publish")
        .attr("messaging.operation.type", "send")
}

fn to_topic(method: &str) -> ExpectedSpan {
    publish("publish prices", method)
        .attr("messaging.destination.name", "prices")
        .attr("aws.sns.topic.arn", TOPIC_ARN)
}

fn sent_point() -> ExpectedPoint {
    point()
        .attr("messaging.system", "aws.sns")
        .attr("messaging.operation.name", "publish")
        .attr("messaging.destination.name", "prices")
        .attr("server.address", "sns.eu-west-1.amazonaws.com")
        .attr("server.port", 443)
}

fn published() -> Reply {
    xml(
        "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>",
    )
}

fn sns(service: &Service, capture: &Capture) -> aws_sdk_sns::Client {
    otelier_aws::client!(aws_sdk_sns, &service.config(), interceptor(capture))
}

#[tokio::test]
async fn a_message() {
    let capture = Capture::new();
    let service = Service::new(|_, _| published());
    sns(&service, &capture).publish().topic_arn(TOPIC_ARN).message("x").send().await.unwrap();

    assert_tree(
        &capture.spans(),
        to_topic("Publish").producer().attr("messaging.message.id", "m-1"),
    );
    let traceparent =
        format!("00-{}-{}-01", capture.spans()[0].trace_id, capture.spans()[0].span_id);
    assert!(service.only_request().body.contains(&traceparent));
    assert_points(&capture.metrics(), "messaging.client.sent.messages", [sent_point().value(1)]);
}

#[tokio::test]
async fn a_message_with_ten_attributes_is_unchanged() {
    let capture = Capture::new();
    let service = Service::new(|_, _| published());
    let mut call = sns(&service, &capture).publish().topic_arn(TOPIC_ARN).message("x");
    for n in 0..10 {
        let own =
            MessageAttributeValue::builder().data_type("String").string_value("v").build().unwrap();
        call = call.message_attributes(format!("own-{n}"), own);
    }
    call.send().await.unwrap();

    assert!(!service.only_request().body.contains("traceparent"));
    assert_tree(&capture.spans(), to_topic("Publish").client().attr("messaging.message.id", "m-1"));
}

#[tokio::test]
async fn a_phone_number_is_not_recorded() {
    let capture = Capture::new();
    let service = Service::new(|_, _| published());
    sns(&service, &capture).publish().phone_number("+15550100").message("x").send().await.unwrap();

    let expected = publish("publish", "Publish").producer().attr("messaging.message.id", "m-1");
    assert_tree(&capture.spans(), expected);
    assert!(!format!("{:?} {:?}", capture.spans(), capture.metrics()).contains("5550100"));
}

#[tokio::test]
async fn a_batch_that_is_partly_refused() {
    let capture = Capture::new();
    let service = Service::new(|_, _| {
        xml("<PublishBatchResponse><PublishBatchResult>
            <Successful><member><Id>a</Id><MessageId>m-1</MessageId></member></Successful>
            <Failed><member><Id>b</Id><Code>InternalError</Code><SenderFault>false</SenderFault>
            </member></Failed>
            </PublishBatchResult></PublishBatchResponse>")
    });
    let entry = |id: &str| PublishBatchRequestEntry::builder().id(id).message("x").build().unwrap();
    let call = sns(&service, &capture).publish_batch().topic_arn(TOPIC_ARN);
    let call =
        call.publish_batch_request_entries(entry("a")).publish_batch_request_entries(entry("b"));
    call.send().await.unwrap();

    let expected = to_topic("PublishBatch").producer().attr("messaging.batch.message_count", 2);
    assert_tree(&capture.spans(), expected);
    let refused = sent_point().attr("error.type", "InternalError").value(1);
    assert_points(
        &capture.metrics(),
        "messaging.client.sent.messages",
        [sent_point().value(1), refused],
    );
}
