//! Messages that are published to a topic of their own.

use aws_sdk_sns::Client;
use aws_sdk_sns::types::PublishBatchRequestEntry;

use super::{Result, calls, config, failed, succeeded, tell};
use crate::libraries;

calls! { Topic: published published_in_a_batch delivered_to_a_queue no_such_topic }

/// A topic, and a client.
struct Topic {
    client: Client,
    arn: String,
}

pub(super) async fn run(name: &str) -> Result {
    let client = libraries::sns(&config::of_server()?);
    let topic = config::name();
    tell("NAME", &topic);
    let made = succeeded(client.create_topic().name(&topic).send().await)?;
    let topic = Topic { client, arn: made.topic_arn.ok_or("an ARN")? };
    let done = call(name, &topic).await;
    succeeded(topic.client.delete_topic().topic_arn(&topic.arn).send().await)?;
    done
}

async fn published(it: &Topic) -> Result {
    let publish = it.client.publish().topic_arn(&it.arn).subject("news").message("hello");
    let published = succeeded(publish.send().await)?;
    tell("MESSAGE", published.message_id().ok_or("an identifier")?);
    Ok(())
}

async fn published_in_a_batch(it: &Topic) -> Result {
    let mut batch = it.client.publish_batch().topic_arn(&it.arn);
    for n in 0..3 {
        let entry = PublishBatchRequestEntry::builder().id(n.to_string()).message("hello");
        batch = batch.publish_batch_request_entries(entry.build()?);
    }
    let published = succeeded(batch.send().await)?;
    assert_eq!(published.successful().len(), 3);
    Ok(())
}

async fn delivered_to_a_queue(it: &Topic) -> Result {
    let sqs = libraries::sqs(&config::of_server()?);
    let queue = succeeded(sqs.create_queue().queue_name(config::name()).send().await)?;
    let url = queue.queue_url().ok_or("a URL")?;
    let queue_arn = it.arn.replace(":sns:", ":sqs:");
    let subscribe = it.client.subscribe().topic_arn(&it.arn).protocol("sqs").endpoint(queue_arn);
    succeeded(subscribe.send().await)?;
    published(it).await?;
    let received = succeeded(sqs.receive_message().queue_url(url).send().await)?;
    let message = received.messages().first().ok_or("a message")?;
    tell("RECEIVED", message.message_id().ok_or("an identifier")?);
    succeeded(sqs.delete_queue().queue_url(url).send().await)?;
    Ok(())
}

async fn no_such_topic(it: &Topic) -> Result {
    let arn = it.arn.replace("calls-aws", "no-calls-aws");
    failed(it.client.publish().topic_arn(arn).message("hello").send().await);
    Ok(())
}
