//! From the producer through a topic and a queue to the consumer.

use aws_sdk_sns::types::PublishBatchRequestEntry;
use otelier::aws::sqs::scoped;
use otelier_testing::{ExpectedSpan, any, assert_tree, link_to, span};

use crate::support::{Aws, answered, on_both_runtimes, only, traced, work};

on_both_runtimes!(in_an_envelope, delivered_raw, a_batch);

/// A topic that delivers to the test's queue.
pub(crate) struct Topic<'a> {
    aws: &'a Aws,
    arn: String,
}

impl<'a> Topic<'a> {
    pub(crate) async fn create(aws: &'a Aws, raw: bool) -> Self {
        let sns = aws_sdk_sns::Client::new(&aws.config());
        let topic = sns.create_topic().name(&aws.name).send().await.expect("a topic");
        let arn = topic.topic_arn.expect("a topic has an ARN");
        let queue = arn.replace(":sns:", ":sqs:");
        let call = sns.subscribe().topic_arn(&arn).protocol("sqs").endpoint(queue);
        let call = call.attributes("RawMessageDelivery", raw.to_string());
        call.send().await.expect("a subscription");
        Self { aws, arn }
    }

    pub(crate) fn arn(&self) -> &str {
        &self.arn
    }

    fn sns(&self) -> aws_sdk_sns::Client {
        otelier::aws::client!(aws_sdk_sns, &self.aws.config())
    }

    pub(crate) fn published(&self, method: &str) -> ExpectedSpan {
        let call = self.aws.call(&format!("publish {}", self.aws.name), "SNS", method);
        answered(call, 200)
            .producer()
            .attr("messaging.system", "aws.sns")
            .attr("messaging.operation.name", "publish")
            .attr("messaging.operation.type", "send")
            .attr("messaging.destination.name", self.aws.name.as_str())
            .attr("aws.sns.topic.arn", self.arn.as_str())
    }

    pub(crate) async fn delete(self) {
        let sns = aws_sdk_sns::Client::new(&self.aws.config());
        let call = sns.list_subscriptions_by_topic().topic_arn(&self.arn).send().await;
        for subscription in call.expect("subscriptions").subscriptions() {
            let arn = subscription.subscription_arn().expect("an ARN");
            sns.unsubscribe().subscription_arn(arn).send().await.expect("no subscription any more");
        }
        sns.delete_topic().topic_arn(&self.arn).send().await.expect("no topic any more");
    }
}

async fn one_message(aws: &Aws, raw: bool) {
    let topic = Topic::create(aws, raw).await;
    let (output, published) =
        traced(topic.sns().publish().topic_arn(&topic.arn).message("hello").send()).await;
    output.expect("a publication");
    let expected = topic.published("Publish").attr_any("messaging.message.id");
    assert_tree(&published, span("test").child(expected));
    let producer = only(&published, "publish ");

    let (body, received) = traced(async {
        let call = aws.sqs().receive_message().queue_url(&aws.queue_url).wait_time_seconds(5);
        let output = call.send().await.expect("a poll");
        scoped(&output)
            .get(0)
            .expect("a message")
            .process(|it| async { work(it.body.clone()) })
            .await
    })
    .await;
    let body = body.expect("a body");
    assert_eq!(body.contains("\"Type\""), !raw, "{body}");
    let poll = aws.receive_span(1).link(link_to(&producer).attr("messaging.message.id", any()));
    let process = aws.process_span().link(link_to(&producer)).child(span("work"));
    assert_tree(&received, span("test").child(poll.child(process)));
    topic.delete().await;
}

async fn in_an_envelope(aws: &Aws) {
    one_message(aws, false).await;
}

async fn delivered_raw(aws: &Aws) {
    one_message(aws, true).await;
}

async fn a_batch(aws: &Aws) {
    let topic = Topic::create(aws, false).await;
    let entry = |id: &str| {
        PublishBatchRequestEntry::builder().id(id).message(id).build().expect("an entry")
    };
    let call = topic.sns().publish_batch().topic_arn(&topic.arn);
    let call =
        call.publish_batch_request_entries(entry("a")).publish_batch_request_entries(entry("b"));
    let (output, published) = traced(call.send()).await;
    assert_eq!(output.expect("a publication").successful().len(), 2);
    let expected = topic.published("PublishBatch").attr("messaging.batch.message_count", 2);
    assert_tree(&published, span("test").child(expected));
    let producer = only(&published, "publish ");

    let (count, received) = traced(async {
        let call = aws.sqs().receive_message().queue_url(&aws.queue_url);
        call.max_number_of_messages(10).send().await.expect("a poll").messages().len()
    })
    .await;
    assert_eq!(count, 2);
    let link = || link_to(&producer).attr("messaging.message.id", any());
    assert_tree(&received, span("test").child(aws.receive_span(2).link(link()).link(link())));
    topic.delete().await;
}
