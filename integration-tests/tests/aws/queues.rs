//! From the producer through a queue to the consumer.

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use futures_util::future::join_all;
use otelier::aws::sqs::scoped;
use otelier_testing::{Span, any, assert_tree, event, link_to, span};

use crate::support::{Aws, answered, on_both_runtimes, only, traced, work};

on_both_runtimes!(
    one_message,
    a_batch_of_ten,
    two_consumers_in_parallel,
    ten_attributes_of_the_users,
    all_attributes_asked_for,
    an_empty_poll,
    messages_are_settled,
    a_queue_that_keeps_the_order,
    a_batch_of_which_a_part_is_refused,
);

async fn one_message(aws: &Aws) {
    let ((), sent) = traced(aws.send("hello")).await;
    assert_tree(&sent, span("test").child(aws.send_span()));
    let producer = only(&sent, "send ");

    let (attributes, received) = traced(async {
        let output =
            aws.sqs().receive_message().queue_url(&aws.queue_url).send().await.expect("a poll");
        let message = scoped(&output).get(0).expect("a message");
        message.process(|message| async { work(message.clone()) }).await.message_attributes
    })
    .await;

    let link = || link_to(&producer).attr("messaging.message.id", any());
    let process = aws.process_span().link(link_to(&producer)).child(span("work"));
    assert_tree(&received, span("test").child(aws.receive_span(1).link(link()).child(process)));
    let attributes = attributes.expect("what carries the context");
    assert_eq!(attributes.keys().collect::<Vec<_>>(), ["traceparent"]);
}

async fn a_batch_of_ten(aws: &Aws) {
    let entries = (0..10).map(|n| {
        let entry = SendMessageBatchRequestEntry::builder().id(n.to_string());
        entry.message_body(format!("hello {n}")).build().expect("an entry")
    });
    let call = aws
        .sqs()
        .send_message_batch()
        .queue_url(&aws.queue_url)
        .set_entries(Some(entries.collect()));
    let (output, sent) = traced(call.send()).await;
    assert_eq!(output.expect("a batch").successful.len(), 10);
    let batch = answered(aws.on_queue("send", "send", "SendMessageBatch"), 200).producer();
    assert_tree(&sent, span("test").child(batch.attr("messaging.batch.message_count", 10)));
    let producer = only(&sent, "send ");

    let (ids, received) = traced(async {
        let call = aws.sqs().receive_message().queue_url(&aws.queue_url).max_number_of_messages(10);
        let output = call.send().await.expect("a poll");
        let ids: Vec<_> = output
            .messages()
            .iter()
            .map(|message| message.message_id.clone().expect("an id"))
            .collect();
        scoped(output).for_each_concurrent(4, |message| async { drop(work(message)) }).await;
        ids
    })
    .await;
    assert_eq!(ids.len(), 10);
    let link = |id: &String| link_to(&producer).attr("messaging.message.id", id.as_str());
    let poll = ids.iter().fold(aws.receive_span(10), |span, id| span.link(link(id)));
    let process = |id: &String| {
        let process = aws.process_span().attr("messaging.message.id", id.as_str());
        process.link(link_to(&producer)).child(span("work"))
    };
    assert_tree(&received, span("test").child(poll.children(ids.iter().map(process))));
}

async fn two_consumers_in_parallel(aws: &Aws) {
    let mut producers = Vec::new();
    for n in 0..2 {
        let ((), sent) = traced(aws.send(&format!("{n}"))).await;
        producers.push(only(&sent, "send "));
    }
    let consumers = (0..2).map(|_| {
        let (sqs, url) = (aws.sqs(), aws.queue_url.clone());
        tokio::spawn(traced(async move {
            let call =
                sqs.receive_message().queue_url(url).max_number_of_messages(1).wait_time_seconds(5);
            let output = call.send().await.expect("a poll");
            let message = scoped(output).into_iter().next().expect("a message");
            let processed = tokio::spawn(message.process(|message| async move {
                tokio::task::yield_now().await;
                work(message).body.expect("a body")
            }));
            processed.await.expect("no panic")
        }))
    });
    let mut bodies = Vec::new();
    for consumer in join_all(consumers).await {
        let (body, received): (String, Vec<Span>) = consumer.expect("no panic");
        let producer = &producers[body.parse::<usize>().expect("a number")];
        let mut poll =
            aws.receive_span(1).link(link_to(producer).attr("messaging.message.id", any()));
        // moto now and then answers one of two polls that come at once with 500, and the SDK tries
        // again.
        if received.iter().any(|span| !span.events.is_empty()) {
            let failed = event("otelier.aws.attempt_failed")
                .attr("error.type", "500")
                .attr("http.response.status_code", 500);
            poll = poll.attr("http.request.resend_count", 1).event(failed);
        }
        let process = aws.process_span().link(link_to(producer)).child(span("work"));
        assert_tree(&received, span("test").child(poll.child(process)));
        bodies.push(body);
    }
    bodies.sort();
    assert_eq!(bodies, ["0", "1"]);
}

fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
        .expect("an attribute")
}

async fn ten_attributes_of_the_users(aws: &Aws) {
    let mut call = aws.sqs().send_message().queue_url(&aws.queue_url).message_body("hello");
    for n in 0..10 {
        call = call.message_attributes(format!("own-{n}"), text("v"));
    }
    let (output, sent) = traced(call.send()).await;
    output.expect("a message");
    assert_tree(&sent, span("test").child(aws.send_span().client()));

    let (count, received) = traced(async {
        let call =
            aws.sqs().receive_message().queue_url(&aws.queue_url).message_attribute_names("own-*");
        let output = call.send().await.expect("a poll");
        scoped(&output).for_each(|message| async { drop(work(message.clone())) }).await;
        output.messages()[0].message_attributes().map_or(0, std::collections::HashMap::len)
    })
    .await;
    assert!(count <= 10, "{count}");
    let process = aws.process_span().child(span("work"));
    assert_tree(&received, span("test").child(aws.receive_span(1).child(process)));
}

async fn all_attributes_asked_for(aws: &Aws) {
    let call = aws.sqs().send_message().queue_url(&aws.queue_url).message_body("hello");
    let (output, sent) = traced(call.message_attributes("own", text("v")).send()).await;
    output.expect("a message");
    let producer = only(&sent, "send ");
    let (names, received) = traced(async {
        let call =
            aws.sqs().receive_message().queue_url(&aws.queue_url).message_attribute_names("All");
        let call = call.message_system_attribute_names(MessageSystemAttributeName::All);
        let output = call.send().await.expect("a poll");
        let attributes = output.messages()[0].message_attributes().expect("attributes");
        let mut names: Vec<_> = attributes.keys().cloned().collect();
        names.sort();
        names
    })
    .await;
    assert_eq!(names, ["own", "traceparent"]);
    let poll = aws.receive_span(1).link(link_to(&producer).attr("messaging.message.id", any()));
    assert_tree(&received, span("test").child(poll));
}

async fn an_empty_poll(aws: &Aws) {
    let (output, received) =
        traced(aws.sqs().receive_message().queue_url(&aws.queue_url).send()).await;
    assert_eq!(output.expect("a poll").messages(), []);
    assert_tree(&received, span("test"));
}

async fn messages_are_settled(aws: &Aws) {
    aws.send("hello").await;
    let output =
        aws.bare_sqs().receive_message().queue_url(&aws.queue_url).send().await.expect("a poll");
    let handle = output.messages()[0].receipt_handle().expect("a handle");

    let ((), settled) = traced(async {
        let (sqs, url) = (aws.sqs(), &aws.queue_url);
        let call = sqs
            .change_message_visibility()
            .queue_url(url)
            .receipt_handle(handle)
            .visibility_timeout(30);
        call.send().await.expect("a change");
        let entry =
            ChangeMessageVisibilityBatchRequestEntry::builder().id("a").receipt_handle(handle);
        let entry = entry.visibility_timeout(30).build().expect("an entry");
        let call = sqs.change_message_visibility_batch().queue_url(url).entries(entry);
        call.send().await.expect("a batch of changes");
        sqs.delete_message()
            .queue_url(url)
            .receipt_handle(handle)
            .send()
            .await
            .expect("a deletion");
        let entry = DeleteMessageBatchRequestEntry::builder().id("a").receipt_handle(handle);
        let call =
            sqs.delete_message_batch().queue_url(url).entries(entry.build().expect("an entry"));
        call.send().await.expect("a batch of deletions");
    })
    .await;

    let settle =
        |operation: &str, method: &str| answered(aws.on_queue(operation, "settle", method), 200);
    assert_tree(
        &settled,
        span("test")
            .child(settle("change_visibility", "ChangeMessageVisibility"))
            .child(
                settle("change_visibility", "ChangeMessageVisibilityBatch")
                    .attr("messaging.batch.message_count", 1),
            )
            .child(settle("delete", "DeleteMessage"))
            .child(settle("delete", "DeleteMessageBatch").attr("messaging.batch.message_count", 1)),
    );
}

async fn a_queue_that_keeps_the_order(aws: &Aws) {
    let bare = aws.bare_sqs();
    let name = format!("{}.fifo", aws.name);
    let call =
        bare.create_queue().queue_name(&name).attributes(QueueAttributeName::FifoQueue, "true");
    let queue = call.attributes(QueueAttributeName::ContentBasedDeduplication, "true").send().await;
    let url = queue.expect("a queue").queue_url.expect("a queue has a URL");

    let on_queue = |operation: &str, method: &str| {
        let span = answered(aws.on_queue_at(&url, operation, operation, method), 200);
        span.attr("messaging.destination.name", name.as_str())
    };
    let call =
        aws.sqs().send_message().queue_url(&url).message_group_id("group").message_body("hello");
    let (output, sent) = traced(call.send()).await;
    let id = output.expect("the queue takes messages").message_id.expect("an id");
    let expected =
        on_queue("send", "SendMessage").producer().attr("messaging.message.id", id.as_str());
    assert_tree(&sent, span("test").child(expected));
    let producer = only(&sent, "send ");

    let (output, received) = traced(aws.sqs().receive_message().queue_url(&url).send()).await;
    assert_eq!(output.expect("a poll").messages().len(), 1);
    let poll = on_queue("receive", "ReceiveMessage").attr("messaging.batch.message_count", 1);
    let link = link_to(&producer).attr("messaging.message.id", id.as_str());
    assert_tree(&received, span("test").child(poll.link(link)));
    bare.delete_queue().queue_url(&url).send().await.expect("no queue any more");
}

async fn a_batch_of_which_a_part_is_refused(aws: &Aws) {
    let entry = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder()
            .id(id)
            .receipt_handle(handle)
            .build()
            .expect("an entry")
    };
    aws.send("hello").await;
    let output =
        aws.bare_sqs().receive_message().queue_url(&aws.queue_url).send().await.expect("a poll");
    let handle = output.messages()[0].receipt_handle().expect("a handle");
    let call = aws.sqs().delete_message_batch().queue_url(&aws.queue_url);
    let call = call.entries(entry("a", handle)).entries(entry("b", "no handle"));
    let (output, settled) = traced(call.send()).await;
    let output = output.expect("a part is done");
    assert_eq!((output.successful().len(), output.failed().len()), (1, 1));
    let batch = answered(aws.on_queue("delete", "settle", "DeleteMessageBatch"), 200);
    assert_tree(&settled, span("test").child(batch.attr("messaging.batch.message_count", 2)));
}
