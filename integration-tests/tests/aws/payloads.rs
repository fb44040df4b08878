//! Bodies of messages as attributes, where they are asked for: masked, cut, passed on unchanged.

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use otelier::aws::OtelInterceptor;
use otelier::aws::sqs::scoped;
use otelier_testing::{Expected, any, assert_tree, link_to, matching, span};

use crate::support::{Aws, answered, on_both_runtimes, only, traced, work};
use crate::topics::Topic;

on_both_runtimes!(one_message, a_batch, a_long_message, a_notification);

const BODY: &str = "messaging.message.body";

fn capturing() -> OtelInterceptor {
    OtelInterceptor::builder().with_payload_capture(true).build()
}

fn sqs(aws: &Aws) -> aws_sdk_sqs::Client {
    otelier::aws::client!(aws_sdk_sqs, &aws.config(), capturing())
}

/// Sends `body`, and processes it. Both spans have the body as `expected`.
async fn assert_captured(aws: &Aws, body: &str, expected: impl Fn() -> Expected) {
    let sqs = sqs(aws);
    let (output, sent) =
        traced(sqs.send_message().queue_url(&aws.queue_url).message_body(body).send()).await;
    output.expect("the queue takes messages");
    assert_tree(&sent, span("test").child(aws.send_span().attr(BODY, expected())));
    let producer = only(&sent, "send ");

    let (processed, received) = traced(async {
        let poll = sqs.receive_message().queue_url(&aws.queue_url).wait_time_seconds(5);
        let output = poll.send().await.expect("a poll");
        let message = scoped(&output).get(0).expect("a message");
        message.process(|message| async { work(message.body.clone()) }).await
    })
    .await;
    assert_eq!(processed.as_deref(), Some(body), "the message is what was sent");
    let link = || link_to(&producer).attr("messaging.message.id", any());
    let process = aws.process_span().attr(BODY, expected());
    let process = process.link(link_to(&producer)).child(span("work"));
    assert_tree(&received, span("test").child(aws.receive_span(1).link(link()).child(process)));
}

async fn one_message(aws: &Aws) {
    assert_captured(
        aws,
        r#"{"user": "joe", "token": "S3CRET", "note": "login password=S3CRET"}"#,
        || r#"{"user": "joe", "token": "****", "note": "login password=****"}"#.into(),
    )
    .await;
}

async fn a_long_message(aws: &Aws) {
    let (secret, text) = ("S3CRET".repeat(1000), "é".repeat(5000));
    let sent = format!(r#"{{"token": "{secret}", "text": "{text}"}}"#);
    let start = r#"{"token": "****", "text": ""#;
    let suffix = "...[too long]";
    let text = "é".repeat(2048 - start.len() - suffix.len());
    let expected = format!("{start}{text}{suffix}");
    assert_captured(aws, &sent, || expected.as_str().into()).await;
}

async fn a_batch(aws: &Aws) {
    let entry = |id: &str, body: &str| {
        let entry = SendMessageBatchRequestEntry::builder().id(id).message_body(body);
        entry.build().expect("an entry")
    };
    let batch = sqs(aws).send_message_batch().queue_url(&aws.queue_url);
    let batch = batch.entries(entry("a", r#"{"token": "S3CRET"}"#)).entries(entry("b", "hello"));
    let (output, sent) = traced(batch.send()).await;
    assert_eq!(output.expect("a batch").successful().len(), 2);
    let expected = answered(aws.on_queue("send", "send", "SendMessageBatch"), 200).producer();
    let expected = expected
        .attr("messaging.batch.message_count", 2)
        .attr(BODY, r#"["{\"token\": \"****\"}","hello"]"#);
    assert_tree(&sent, span("test").child(expected));
}

async fn a_notification(aws: &Aws) {
    let topic = Topic::create(aws, false).await;
    let sns = otelier::aws::client!(aws_sdk_sns, &aws.config(), capturing());
    let publish = sns.publish().topic_arn(topic.arn()).message(r#"{"token": "S3CRET", "a": 1}"#);
    let (output, published) = traced(publish.send()).await;
    output.expect("a publication");
    let expected = topic.published("Publish").attr_any("messaging.message.id");
    let expected = expected.attr(BODY, r#"{"token": "****", "a": 1}"#);
    assert_tree(&published, span("test").child(expected));
    let producer = only(&published, "publish ");

    let (body, received) = traced(async {
        let poll = sqs(aws).receive_message().queue_url(&aws.queue_url).wait_time_seconds(5);
        let output = poll.send().await.expect("a poll");
        let message = scoped(&output).get(0).expect("a message");
        message.process(|message| async { work(message.body.clone()) }).await
    })
    .await;
    assert!(body.expect("a body").contains("S3CRET"), "the consumer gets what was published");
    // The envelope has the message in a string of its JSON.
    let envelope = matching("a masked envelope", |body| {
        let body = body.as_str().unwrap_or_default();
        body.contains(r#"{\"token\": \"****\", \"a\": 1}"#) && !body.contains("S3CRET")
    });
    let link = || link_to(&producer).attr("messaging.message.id", any());
    let process = aws.process_span().attr(BODY, envelope);
    let process = process.link(link_to(&producer)).child(span("work"));
    assert_tree(&received, span("test").child(aws.receive_span(1).link(link()).child(process)));
    topic.delete().await;
}
