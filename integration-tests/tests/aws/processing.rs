//! The parent and the span link of the `process` span.

use otelier::aws::sqs::{ProcessParent, scoped};
use otelier_testing::{any, assert_tree, link_to, span};

use crate::support::{Aws, on_both_runtimes, only, trace_of, traced, work};

on_both_runtimes!(the_producer_is_the_parent, work_that_fails, dropped_work);

async fn the_producer_is_the_parent(aws: &Aws) {
    let ((), sent) = traced(aws.send("hello")).await;
    let producer = only(&sent, "send ");
    let ((), received) = traced(async {
        let output =
            aws.sqs().receive_message().queue_url(&aws.queue_url).send().await.expect("a poll");
        for message in scoped(&output).with_parent(ProcessParent::Producer) {
            message.process(|_| async { work(()) }).await;
        }
    })
    .await;
    let poll = aws.receive_span(1).link(link_to(&producer).attr("messaging.message.id", any()));
    assert_tree(&received, span("test").child(poll));

    let poll = only(&received, "receive ");
    let process =
        aws.process_span().remote_parent(producer.clone()).link(link_to(&poll)).child(span("work"));
    assert_tree(&trace_of(producer.trace_id()), span("test").child(aws.send_span().child(process)));
}

async fn work_that_fails(aws: &Aws) {
    let ((), sent) = traced(aws.send("hello")).await;
    let producer = only(&sent, "send ");
    let (result, received) = traced(async {
        let output =
            aws.sqs().receive_message().queue_url(&aws.queue_url).send().await.expect("a poll");
        scoped(&output)
            .try_for_each(|message| async {
                message.body().expect("a body").parse().map(|_: u8| ())
            })
            .await
    })
    .await;
    result.expect_err("hello is no number");
    let poll = aws.receive_span(1).link(link_to(&producer).attr("messaging.message.id", any()));
    let process =
        aws.process_span().link(link_to(&producer)).error("core::num::error::ParseIntError");
    assert_tree(&received, span("test").child(poll.child(process)));
}

async fn dropped_work(aws: &Aws) {
    let ((), sent) = traced(aws.send("hello")).await;
    let producer = only(&sent, "send ");
    let ((), received) = traced(async {
        let output =
            aws.sqs().receive_message().queue_url(&aws.queue_url).send().await.expect("a poll");
        let message = scoped(&output).get(0).expect("a message");
        let mut forever = Box::pin(message.process(|_| std::future::pending::<()>()));
        assert!(futures_util::poll!(&mut forever).is_pending());
    })
    .await;
    let poll = aws.receive_span(1).link(link_to(&producer).attr("messaging.message.id", any()));
    let process = aws.process_span().link(link_to(&producer)).error("cancelled");
    assert_tree(&received, span("test").child(poll.child(process)));
}
