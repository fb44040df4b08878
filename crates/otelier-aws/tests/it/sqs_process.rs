//! The `process` span of a received message.

use std::time::Duration;

use aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput;
use futures_util::FutureExt;
use futures_util::future::join_all;
use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use otelier_aws::sqs::{ProcessParent, ScopedMessage, scoped};
use otelier_testing::{
    Capture, assert_metric, assert_points, assert_tree, assert_trees, link_to, metric, point, span,
};

use crate::support::messages::{
    linked, poll, process, producer, receive, received, traceparent, with_messages, work,
};
use crate::support::{QUEUE_URL, Service, in_caller, json};

#[tokio::test]
async fn process_is_a_child_of_the_receive_span() {
    let capture = Capture::new();
    let output = receive(&with_messages("descends", 2), &capture).await;

    for message in scoped(&output) {
        let body = message
            .process(|message| async {
                work(&capture);
                tokio::task::yield_now().await;
                work(&capture);
                message.body().unwrap()
            })
            .await;
        assert!(body.starts_with("body "));
    }

    let done = |n| linked(n).child(span("work")).child(span("work"));
    assert_tree(&capture.spans(), received(2).child(done(0)).child(done(1)));
    let queue = || {
        point()
            .attr("messaging.system", "aws_sqs")
            .attr("messaging.destination.name", "orders")
            .attr("server.address", "sqs.eu-west-1.amazonaws.com")
            .attr("server.port", 443)
    };
    let metrics = capture.metrics();
    assert_metric(
        &metrics,
        metric("messaging.process.duration")
            .unit("s")
            .point(queue().attr("messaging.operation.name", "process").count(2)),
    );
    assert_metric(
        &metrics,
        metric("messaging.client.consumed.messages")
            .counter()
            .unit("{message}")
            .point(queue().attr("messaging.operation.name", "receive").value(2)),
    );
    let polled = queue()
        .attr("messaging.operation.name", "receive")
        .attr("messaging.operation.type", "receive");
    assert_points(&metrics, "messaging.client.operation.duration", [polled.count(1)]);
    assert_eq!(metrics.len(), 3, "{metrics:?}");
}

#[tokio::test]
async fn the_producer_is_the_parent_by_option() {
    let capture = Capture::new();
    let output = receive(&with_messages("producer", 1), &capture).await;

    for message in scoped(&output).with_parent(ProcessParent::Producer) {
        message.process(|_| async { work(&capture) }).await;
    }

    let poll = capture.span("receive orders").context();
    assert_trees(
        &capture.spans(),
        [
            received(1),
            process(0).remote_parent(producer(0)).link(link_to(&poll)).child(span("work")),
        ],
    );
}

#[tokio::test]
async fn the_current_span_is_not_the_parent() {
    let capture = Capture::new();
    let output = receive(&with_messages("current", 1), &capture).await;
    let message = scoped(&output).get(0).unwrap();

    in_caller(&capture, message.process(|_| async {})).await;

    assert_trees(&capture.spans(), [received(1).child(linked(0)), span("caller")]);
}

#[tokio::test]
async fn messages_are_those_of_the_sdk() {
    let capture = Capture::new();
    let service = with_messages("given", 3);
    let traced = receive(&service, &capture).await;
    let bare = aws_sdk_sqs::Client::new(&service.config());
    let untraced = bare.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
    assert_eq!(traced, untraced);
    let seen: Vec<_> =
        scoped(&traced).into_iter().map(|message| message.message().clone()).collect();
    assert_eq!(seen, traced.messages());
    assert!(
        scoped(&traced)
            .into_iter()
            .zip(traced.messages())
            .all(|(a, b)| std::ptr::eq(a.message(), b))
    );
}

#[tokio::test]
async fn a_message_works_in_a_task_of_its_own() {
    let capture = Capture::new();
    let output = receive(&with_messages("spawned", 2), &capture).await;
    let tasks = scoped(output).into_iter().map(|message| {
        let capture = capture.clone();
        tokio::spawn(message.process(|message| async move {
            tokio::task::yield_now().await;
            work(&capture);
            message.body.unwrap()
        }))
    });
    let bodies: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(bodies, ["body 0", "body 1"]);
    assert_tree(
        &capture.spans(),
        received(2).child(linked(0).child(span("work"))).child(linked(1).child(span("work"))),
    );
}

#[tokio::test]
async fn messages_work_side_by_side() {
    let capture = Capture::new();
    let output = receive(&with_messages("joined", 10), &capture).await;
    join_all(scoped(&output).into_iter().map(|message| {
        message.process(|_| async {
            tokio::task::yield_now().await;
            work(&capture);
        })
    }))
    .await;
    let expected =
        (0..10).fold(received(10), |span_, n| span_.child(linked(n).child(span("work"))));
    assert_tree(&capture.spans(), expected);
}

#[tokio::test]
async fn all_messages_one_after_the_other() {
    let capture = Capture::new();
    let output = receive(&with_messages("each", 3), &capture).await;
    let mut order = Vec::new();
    scoped(&output)
        .for_each(|message| {
            order.push(message.message_id.clone().unwrap());
            let capture = capture.clone();
            async move { work(&capture) }
        })
        .await;
    assert_eq!(order, ["m-0", "m-1", "m-2"]);
    let expected = (0..3).fold(received(3), |span_, n| span_.child(linked(n).child(span("work"))));
    assert_tree(&capture.spans(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_few_messages_at_a_time() {
    let capture = Capture::new();
    let output = receive(&with_messages("few", 5), &capture).await;
    let (running, most) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    scoped(&output)
        .for_each_concurrent(2, |_| async {
            running.set(running.get() + 1);
            most.set(most.get().max(running.get()));
            tokio::time::sleep(Duration::from_millis(10)).await;
            running.set(running.get() - 1);
        })
        .await;
    assert_eq!(most.get(), 2);
    assert_tree(&capture.spans(), (0..5).fold(received(5), |span, n| span.child(linked(n))));
}

#[tokio::test]
async fn the_first_failure_ends_it_and_is_recorded() {
    let capture = Capture::new();
    let output = receive(&with_messages("failing", 3), &capture).await;
    let result = scoped(&output)
        .try_for_each(|message| async {
            match message.message_id() {
                Some("m-1") => Err(std::fmt::Error),
                _ => Ok(()),
            }
        })
        .await;
    assert_eq!(result, Err(std::fmt::Error));
    let failed = linked(1).error("core::fmt::Error");
    assert_tree(&capture.spans(), received(3).child(linked(0)).child(failed));
}

#[tokio::test(start_paused = true)]
async fn first_failure_ends_concurrent_work() {
    let capture = Capture::new();
    let output = receive(&with_messages("few failing", 4), &capture).await;
    let result = scoped(&output)
        .try_for_each_concurrent(2, |message| async {
            match message.message_id() {
                Some("m-0") => Ok(()),
                Some("m-1") => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    Err(std::fmt::Error)
                }
                _ => std::future::pending().await,
            }
        })
        .await;
    assert_eq!(result, Err(std::fmt::Error));
    assert_tree(
        &capture.spans(),
        received(4)
            .child(linked(0))
            .child(linked(1).error("core::fmt::Error"))
            .child(linked(2).error("cancelled")),
    );
}

#[tokio::test]
async fn an_early_return_ends_the_span() {
    async fn consume(output: &ReceiveMessageOutput) -> Result<usize, std::num::ParseIntError> {
        for message in scoped(output) {
            let parsed: Result<usize, _> =
                message.process(|it| async { it.body().unwrap().parse() }).await;
            if let Ok(number) = parsed {
                return Ok(number);
            }
            parsed?;
        }
        Ok(0)
    }
    let capture = Capture::new();
    let output = receive(&with_messages("question", 2), &capture).await;
    consume(&output).await.unwrap_err();
    assert_tree(&capture.spans(), received(2).child(linked(0)));

    let message = scoped(&output).get(1).unwrap();
    let result: Result<usize, _> =
        message.try_process(|it| async { it.body().unwrap().parse::<usize>() }).await;
    result.unwrap_err();
    let failed = linked(1).error("core::num::error::ParseIntError");
    assert_tree(&capture.spans(), received(2).child(linked(0)).child(failed));
}

#[tokio::test]
async fn dropped_work_is_cancelled() {
    let capture = Capture::new();
    let output = receive(&with_messages("dropped", 1), &capture).await;
    let mut work =
        Box::pin(scoped(&output).get(0).unwrap().process(|_| std::future::pending::<()>()));
    assert!(futures_util::poll!(&mut work).is_pending());
    drop(work);
    assert_tree(&capture.spans(), received(1).child(linked(0).error("cancelled")));
}

#[tokio::test]
async fn work_that_panics_is_recorded() {
    let capture = Capture::new();
    let output = receive(&with_messages("panics", 2), &capture).await;
    let [first, second] = [0, 1].map(|n| scoped(&output).get(n).unwrap());
    let future =
        std::panic::AssertUnwindSafe(first.process(|_| async { panic!("the work panics") }));
    let _: Box<dyn std::any::Any + Send> = future.catch_unwind().await.unwrap_err();
    let closure =
        std::panic::AssertUnwindSafe(|| second.process_sync(|_| panic!("the work panics")));
    std::panic::catch_unwind(closure).unwrap_err();
    assert_tree(
        &capture.spans(),
        received(2).child(linked(0).error("panic")).child(linked(1).error("panic")),
    );
}

#[tokio::test]
async fn work_that_is_no_future() {
    let capture = Capture::new();
    let output = receive(&with_messages("sync", 1), &capture).await;
    let length = scoped(&output).get(0).unwrap().process_sync(|message| {
        work(&capture);
        message.body().unwrap().len()
    });
    assert_eq!(length, 6);
    assert_tree(&capture.spans(), received(1).child(linked(0).child(span("work"))));
}

#[tokio::test]
async fn work_that_is_no_future_and_fails() {
    let capture = Capture::new();
    let output = receive(&with_messages("sync failing", 2), &capture).await;
    let parse = |n: usize| {
        let message = scoped(&output).get(n).unwrap();
        message.try_process_sync(|message| {
            message.message_id().unwrap()[2..].parse::<std::num::NonZeroU8>()
        })
    };
    parse(0).unwrap_err();
    assert_eq!(parse(1).unwrap().get(), 1);
    assert_tree(
        &capture.spans(),
        received(2).child(linked(0).error("core::num::error::ParseIntError")).child(linked(1)),
    );
}

#[tokio::test]
async fn a_span_of_your_own_takes_the_context() {
    let capture = Capture::new();
    let output = receive(&with_messages("parts", 1), &capture).await;
    let (cx, message) = scoped(&output).get(0).unwrap().into_parts();
    assert_eq!(message.message_id(), Some("m-0"));
    capture.tracer_provider().tracer("test").start_with_context("own", &cx);
    assert_tree(&capture.spans(), received(1).child(span("own")));

    let producer_first = scoped(&output).with_parent(ProcessParent::Producer).get(0).unwrap();
    let (cx, _) = producer_first.into_parts();
    assert_eq!(*cx.span().span_context(), producer(0));
}

/// What one message with this JSON beside its handle leads to.
async fn with_message(test: &str, message: serde_json::Value) -> Capture {
    let capture = Capture::new();
    let mut message = message;
    message["MessageId"] = "m-0".into();
    message["ReceiptHandle"] = test.into();
    let service =
        Service::new(move |_, _| json(serde_json::json!({ "Messages": [message] }).to_string()));
    let output = receive(&service, &capture).await;
    scoped(&output).for_each(|_| async { work(&capture) }).await;
    capture
}

#[tokio::test]
async fn a_message_in_a_notification_of_sns() {
    let envelope = serde_json::json!({
        "Type": "Notification", "MessageId": "x", "TopicArn": "arn", "Message": "hello",
        "MessageAttributes": {
            "odd": {"Type": "Number", "Value": 7},
            "traceparent": {"Type": "String", "Value": traceparent(0)},
        },
    });
    let unrelated = serde_json::json!({"own": {"DataType": "String", "StringValue": "v"}});
    for (test, message) in [
        ("notification", serde_json::json!({"Body": envelope.to_string()})),
        (
            "notification and attributes",
            serde_json::json!({"Body": envelope.to_string(), "MessageAttributes": unrelated}),
        ),
    ] {
        let capture = with_message(test, message).await;
        assert_tree(&capture.spans(), received(1).child(linked(0).child(span("work"))));
    }
}

#[tokio::test]
async fn a_message_with_no_context_or_a_broken_one() {
    let broken = |value: &str| serde_json::json!({"MessageAttributes": {"traceparent": {"DataType": "String", "StringValue": value}}});
    for (test, message) in [
        ("none", serde_json::json!({"Body": "hello"})),
        ("no body", serde_json::json!({})),
        ("broken", broken("00-zz")),
        ("zero", broken("00-00000000000000000000000000000000-0000000000000000-00")),
        (
            "binary",
            serde_json::json!({"MessageAttributes": {"traceparent": {"DataType": "Binary", "BinaryValue": "AAAA"}}}),
        ),
        (
            "broken envelope",
            serde_json::json!({"Body": r#"{"Type":"Notification","MessageAttributes":"#}),
        ),
    ] {
        let capture = with_message(test, message).await;
        let unlinked = poll()
            .attr("http.response.status_code", 200)
            .attr("aws.request_id", "req-1")
            .attr("messaging.batch.message_count", 1);
        assert_tree(&capture.spans(), unlinked.child(process(0).child(span("work"))));
    }
}

#[tokio::test]
async fn baggage_comes_from_the_producer() {
    let service = Service::new(|_, _| {
        let attribute =
            |value: String| serde_json::json!({"DataType": "String", "StringValue": value});
        let attributes = serde_json::json!({"traceparent": attribute(traceparent(0)), "baggage": attribute("tenant=7".to_owned())});
        let message =
            serde_json::json!({"ReceiptHandle": "baggage", "MessageAttributes": attributes});
        json(serde_json::json!({ "Messages": [message] }).to_string())
    });
    let capture = Capture::new();
    let output = receive(&service, &capture).await;
    for parent in [ProcessParent::Receive, ProcessParent::Producer] {
        let message = scoped(&output).with_parent(parent).get(0).unwrap();
        let tenant = message
            .process(|_| async { Context::current().baggage().get("tenant").cloned() })
            .await;
        assert_eq!(tenant, Some("7".into()), "{parent:?}");
    }
}

#[tokio::test]
async fn a_message_of_unknown_origin_passes_through() {
    let message = aws_sdk_sqs::types::Message::builder()
        .message_id("m-0")
        .receipt_handle("elsewhere")
        .build();
    let capture = Capture::new();
    let seen = in_caller(
        &capture,
        scoped(&message).get(0).unwrap().process(|message| async { message.clone() }),
    )
    .await;
    assert_eq!(seen, message);
    // There is no global provider in this test.
    assert_tree(&capture.spans(), span("caller"));
}

#[test]
fn the_future_is_send_if_the_work_is() {
    fn check<T: Send>(_: T) {}
    fn of(message: ScopedMessage<aws_sdk_sqs::types::Message>) {
        check(message.process(|_| async {}));
    }
    let _ = of;
}
