//! Messages that go through a queue of their own.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
    MessageAttributeValue, MessageSystemAttributeName, SendMessageBatchRequestEntry,
};

use super::{Result, calls, config, failed, succeeded, tell};
use crate::libraries;

calls! { Queue:
    sent_and_received processed batch batch_refused_in_part all_attributes_asked_for
    own_context ten_attributes large_message system_attributes_asked_for
    nothing_received poll_dropped deleted deleted_in_a_batch kept_longer kept_longer_in_a_batch
    no_such_queue other_operation
}

/// A queue, and a client.
struct Queue {
    client: Client,
    url: String,
}

pub(super) async fn run(name: &str) -> Result {
    let client = libraries::sqs(&config::of_server()?);
    let queue = config::name();
    tell("NAME", &queue);
    let made = succeeded(client.create_queue().queue_name(&queue).send().await)?;
    let queue = Queue { client, url: made.queue_url.ok_or("a URL")? };
    let done = call(name, &queue).await;
    succeeded(queue.client.delete_queue().queue_url(&queue.url).send().await)?;
    done
}

impl Queue {
    async fn send(&self, body: &str) -> Result {
        let send = self.client.send_message().queue_url(&self.url).message_body(body);
        let sent = succeeded(send.send().await)?;
        tell("MESSAGE", sent.message_id().ok_or("an identifier")?);
        Ok(())
    }

    async fn receive(&self) -> Result<Vec<Message>> {
        let poll = self.client.receive_message().queue_url(&self.url).max_number_of_messages(10);
        Ok(succeeded(poll.send().await)?.messages.unwrap_or_default())
    }

    async fn received_one(&self) -> Result<Message> {
        Ok(self.receive().await?.pop().ok_or("a message")?)
    }
}

fn text(value: &str) -> Result<MessageAttributeValue> {
    Ok(MessageAttributeValue::builder().data_type("String").string_value(value).build()?)
}

fn entry(id: usize, body: String) -> Result<SendMessageBatchRequestEntry> {
    let entry = SendMessageBatchRequestEntry::builder();
    Ok(entry.id(id.to_string()).message_body(body).build()?)
}

/// A handle as a message has it.
fn handle(message: &Message) -> &str {
    message.receipt_handle().expect("a handle")
}

async fn sent_and_received(it: &Queue) -> Result {
    it.send("hello").await?;
    it.received_one().await?;
    Ok(())
}

async fn processed(it: &Queue) -> Result {
    it.send("hello").await?;
    let message = it.received_one().await?;
    libraries::process(&message, it.send("thanks")).await
}

async fn batch(it: &Queue) -> Result {
    let entries: Result<Vec<_>> = (0..10).map(|n| entry(n, format!("hello {n}"))).collect();
    let batch = it.client.send_message_batch().queue_url(&it.url).set_entries(Some(entries?));
    for sent in succeeded(batch.send().await)?.successful() {
        tell("MESSAGE", sent.message_id());
    }
    assert_eq!(it.receive().await?.len(), 10);
    Ok(())
}

async fn batch_refused_in_part(it: &Queue) -> Result {
    it.send("hello").await?;
    let message = it.received_one().await?;
    let entry = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build()
    };
    let batch = it.client.delete_message_batch().queue_url(&it.url);
    let batch = batch.entries(entry("0", handle(&message))?).entries(entry("1", "wrong")?);
    let _ = succeeded(batch.send().await)?;
    Ok(())
}

async fn all_attributes_asked_for(it: &Queue) -> Result {
    it.send("hello").await?;
    let poll = it.client.receive_message().queue_url(&it.url).message_attribute_names("All");
    assert_eq!(succeeded(poll.send().await)?.messages().len(), 1);
    Ok(())
}

async fn own_context(it: &Queue) -> Result {
    let own = text("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")?;
    let send = it.client.send_message().queue_url(&it.url).message_body("hello");
    let sent = succeeded(send.message_attributes("traceparent", own).send().await)?;
    tell("MESSAGE", sent.message_id().ok_or("an identifier")?);
    it.received_one().await?;
    Ok(())
}

async fn ten_attributes(it: &Queue) -> Result {
    let mut send = it.client.send_message().queue_url(&it.url).message_body("hello");
    for n in 0..10 {
        send = send.message_attributes(format!("attribute{n}"), text("value")?);
    }
    let sent = succeeded(send.send().await)?;
    tell("MESSAGE", sent.message_id().ok_or("an identifier")?);
    it.received_one().await?;
    Ok(())
}

async fn large_message(it: &Queue) -> Result {
    it.send(&"x".repeat(256 * 1024 - 10)).await?;
    it.received_one().await?;
    Ok(())
}

async fn system_attributes_asked_for(it: &Queue) -> Result {
    it.send("hello").await?;
    let poll = it.client.receive_message().queue_url(&it.url);
    let poll = poll.message_system_attribute_names(MessageSystemAttributeName::SenderId);
    assert_eq!(succeeded(poll.send().await)?.messages().len(), 1);
    Ok(())
}

async fn nothing_received(it: &Queue) -> Result {
    assert!(it.receive().await?.is_empty());
    Ok(())
}

async fn poll_dropped(it: &Queue) -> Result {
    let poll = it.client.receive_message().queue_url(&it.url).wait_time_seconds(2).send();
    tokio::time::timeout(Duration::from_millis(100), poll).await.expect_err("a timeout");
    Ok(())
}

async fn deleted(it: &Queue) -> Result {
    it.send("hello").await?;
    let message = it.received_one().await?;
    let delete = it.client.delete_message().queue_url(&it.url).receipt_handle(handle(&message));
    succeeded(delete.send().await)?;
    Ok(())
}

async fn deleted_in_a_batch(it: &Queue) -> Result {
    it.send("hello").await?;
    let message = it.received_one().await?;
    let entry = DeleteMessageBatchRequestEntry::builder().id("0").receipt_handle(handle(&message));
    let batch = it.client.delete_message_batch().queue_url(&it.url).entries(entry.build()?);
    succeeded(batch.send().await)?;
    Ok(())
}

async fn kept_longer(it: &Queue) -> Result {
    it.send("hello").await?;
    let message = it.received_one().await?;
    let keep = it.client.change_message_visibility().queue_url(&it.url);
    let keep = keep.receipt_handle(handle(&message)).visibility_timeout(60);
    succeeded(keep.send().await)?;
    Ok(())
}

async fn kept_longer_in_a_batch(it: &Queue) -> Result {
    it.send("hello").await?;
    let message = it.received_one().await?;
    let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id("0").visibility_timeout(60);
    let entry = entry.receipt_handle(handle(&message)).build()?;
    let batch = it.client.change_message_visibility_batch().queue_url(&it.url).entries(entry);
    succeeded(batch.send().await)?;
    Ok(())
}

async fn no_such_queue(it: &Queue) -> Result {
    let url = it.url.replace("calls-aws", "no-calls-aws");
    let send = it.client.send_message().queue_url(url).message_body("hello");
    failed(send.send().await);
    Ok(())
}

async fn other_operation(it: &Queue) -> Result {
    succeeded(it.client.list_queues().max_results(1).send().await)?;
    Ok(())
}
