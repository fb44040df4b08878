//! Polls of a queue: what they request, and which of them make a span.

use std::pin::pin;
use std::time::Duration;

use aws_sdk_sqs::types::MessageSystemAttributeName;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use otelier_aws::sqs::scoped;
use otelier_aws::{AttemptRecording, OtelInterceptor};
use otelier_testing::{
    Capture, ExpectedPoint, assert_points, assert_tree, assert_trees, event, point, span,
};

use crate::support::messages::{linked, poll, producer, receive, received, with_messages};
use crate::support::xray::Xray;
use crate::support::{QUEUE_URL, Reply, Service, builder, failure, in_caller, interceptor, json};

#[tokio::test]
async fn a_poll_has_the_time_of_its_start() {
    let capture = Capture::new();
    in_caller(&capture, async {
        let before = std::time::SystemTime::now();
        let output = receive(&with_messages("caller", 1), &capture).await;
        assert_eq!(output.messages().len(), 1);
        let poll = capture.span("receive orders");
        assert!(poll.start >= before && poll.end > poll.start);
    })
    .await;
    assert_tree(&capture.spans(), span("caller").child(received(1)));
}

#[tokio::test]
async fn an_empty_poll_makes_no_span() {
    let capture = Capture::new();
    for body in ["{}", r#"{"Messages":[]}"#] {
        receive(&Service::new(move |_, _| json(body)), &capture).await;
    }
    assert_trees(&capture.spans(), []);
    assert_eq!(capture.open_spans(), 0);
    assert_points(&capture.metrics(), "messaging.client.consumed.messages", []);
}

#[tokio::test]
async fn an_empty_poll_makes_a_span_by_option() {
    let capture = Capture::new();
    let service = Service::new(|_, _| json("{}"));
    let interceptor = builder(&capture).with_filtered_empty_polls(false).build();
    let sqs = otelier_aws::client!(aws_sdk_sqs, &service.config(), interceptor);

    sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();

    assert_tree(&capture.spans(), received(0));
    assert_eq!(service.only_request().current.span_id(), capture.spans()[0].span_id);
}

#[tokio::test]
async fn links_are_the_same_without_the_filter() {
    let capture = Capture::new();
    let interceptor = builder(&capture).with_filtered_empty_polls(false).build();
    let sqs =
        otelier_aws::client!(aws_sdk_sqs, &with_messages("unfiltered", 3).config(), interceptor);
    let output = sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
    scoped(&output).get(2).unwrap().process(|_| async {}).await;
    assert_tree(&capture.spans(), received(3).child(linked(2)));
}

#[tokio::test]
async fn a_failed_poll_makes_a_span() {
    let capture = Capture::new();
    let service = Service::new(|_, _| failure(400, "QueueDoesNotExist"));
    let sqs = otelier_aws::client!(aws_sdk_sqs, &service.config(), interceptor(&capture));

    sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap_err();

    let failed = poll().attr("http.response.status_code", 400).attr("aws.request_id", "req-1");
    assert_tree(&capture.spans(), failed.error("QueueDoesNotExist"));
}

/// Drops a poll once this many requests were seen.
async fn drop_poll(
    service: &Service,
    config: &SdkConfig,
    interceptor: OtelInterceptor,
    requests: usize,
) {
    let sqs = otelier_aws::client!(aws_sdk_sqs, config, interceptor);
    let mut call = pin!(sqs.receive_message().queue_url(QUEUE_URL).send());
    while service.seen().len() < requests {
        assert!(futures_util::poll!(&mut call).is_pending());
        tokio::task::yield_now().await;
    }
}

fn polled() -> ExpectedPoint {
    point()
        .attr("messaging.system", "aws_sqs")
        .attr("messaging.operation.name", "receive")
        .attr("messaging.operation.type", "receive")
        .attr("messaging.destination.name", "orders")
        .attr("server.address", "sqs.eu-west-1.amazonaws.com")
        .attr("server.port", 443)
        .count(1)
}

#[tokio::test]
async fn a_dropped_poll_makes_no_span() {
    let capture = Capture::new();
    let service = Service::new(|_, _| Reply::Never);
    drop_poll(&service, &service.config(), interceptor(&capture), 1).await;

    assert_trees(&capture.spans(), []);
    assert_eq!(capture.open_spans(), 0);
    assert_points(&capture.metrics(), "messaging.client.operation.duration", [polled()]);
}

#[tokio::test]
async fn a_dropped_poll_makes_a_span_by_option() {
    let capture = Capture::new();
    let service = Service::new(|_, _| Reply::Never);
    let interceptor = builder(&capture).with_filtered_empty_polls(false).build();
    drop_poll(&service, &service.config(), interceptor, 1).await;

    assert_tree(&capture.spans(), poll().attr("otelier.cancelled", true));
}

#[tokio::test]
async fn a_retried_and_dropped_poll_makes_a_span() {
    let capture = Capture::new();
    let service =
        Service::new(|n, _| if n == 0 { failure(500, "InternalFailure") } else { Reply::Never });
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = service.config().into_builder().retry_config(retries).build();
    drop_poll(&service, &config, interceptor(&capture), 2).await;

    let failed = event("otelier.aws.attempt_failed")
        .attr("error.type", "InternalFailure")
        .attr("http.response.status_code", 500)
        .attr("aws.request_id", "req-1");
    let poll = poll().attr("http.request.resend_count", 1).attr("otelier.cancelled", true);
    assert_tree(&capture.spans(), poll.event(failed));
}

#[tokio::test(start_paused = true)]
async fn a_poll_dropped_before_its_retry_makes_a_span() {
    let capture = Capture::new();
    let service = Service::new(|_, _| Reply::Io);
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_secs(3600));
    let retries = retries.with_max_backoff(Duration::from_secs(3600));
    let config = service.config().into_builder().retry_config(retries).build();
    let sqs = otelier_aws::client!(aws_sdk_sqs, &config, interceptor(&capture));
    let call = sqs.receive_message().queue_url(QUEUE_URL).send();
    tokio::time::timeout(Duration::from_millis(1), call).await.unwrap_err();

    let failed = event("otelier.aws.attempt_failed").attr("error.type", "io");
    assert_tree(&capture.spans(), poll().attr("otelier.cancelled", true).event(failed));
}

#[tokio::test]
async fn a_poll_dropped_after_its_response_makes_a_span() {
    let capture = Capture::new();
    let service = Service::new(|_, _| Reply::Head);
    let config = service.listen().await;
    let sqs = otelier_aws::client!(aws_sdk_sqs, &config, interceptor(&capture));
    let call = sqs.receive_message().queue_url(QUEUE_URL).send();
    let outcome = tokio::time::timeout(Duration::from_millis(300), call).await;
    outcome.expect_err("the response has no end");

    let span = capture.span("receive orders");
    assert_eq!(span.attribute("http.response.status_code"), Some(&200.into()));
    assert_eq!(span.attribute("otelier.cancelled"), Some(&true.into()));
    assert_eq!(span.attribute("error.type"), None);
}

#[tokio::test(start_paused = true)]
async fn a_timed_out_poll_makes_a_span() {
    let capture = Capture::new();
    let service = Service::new(|_, _| Reply::Never);
    let timeout = TimeoutConfig::builder().operation_timeout(Duration::from_millis(300)).build();
    let config = service.config().into_builder().timeout_config(timeout).build();
    let sqs = otelier_aws::client!(aws_sdk_sqs, &config, interceptor(&capture));

    sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap_err();

    assert_tree(&capture.spans(), poll().error("timeout"));
}

#[tokio::test]
async fn attempts_of_a_filtered_poll_are_events() {
    let capture = Capture::new();
    let interceptor = || builder(&capture).with_attempts(AttemptRecording::Spans).build();
    let empty = Service::new(|_, _| json("{}"));
    let sqs = otelier_aws::client!(aws_sdk_sqs, &empty.config(), interceptor());
    sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
    assert_trees(&capture.take_spans(), []);

    let unfiltered =
        builder(&capture).with_attempts(AttemptRecording::Spans).with_filtered_empty_polls(false);
    let sqs = otelier_aws::client!(aws_sdk_sqs, &empty.config(), unfiltered.build());
    sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
    let names: Vec<_> = capture.take_spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["POST", "receive orders"]);

    let recovering = Service::new(|n, _| match n {
        0 => failure(500, "InternalFailure"),
        _ => json(r#"{"Messages":[{"ReceiptHandle":"recovering"}]}"#),
    });
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = recovering.config().into_builder().retry_config(retries).build();
    let sqs = otelier_aws::client!(aws_sdk_sqs, &config, interceptor());
    sqs.receive_message().queue_url(QUEUE_URL).send().await.unwrap();
    let [poll] = &capture.take_spans()[..] else { panic!("one span") };
    assert_eq!(poll.events.len(), 1, "{poll:?}");
}

/// The names that a poll requests, given those that the user requests.
async fn asked(own: &[&str]) -> Vec<String> {
    let capture = Capture::new();
    let service = Service::new(|_, _| json("{}"));
    let sqs = otelier_aws::client!(aws_sdk_sqs, &service.config(), interceptor(&capture));
    let mut call = sqs.receive_message().queue_url(QUEUE_URL);
    for name in own {
        call = call.message_attribute_names(*name);
    }
    call.send().await.unwrap();
    let request = service.only_request().json();
    assert_eq!(request["MessageSystemAttributeNames"], serde_json::Value::Null);
    let mut names: Vec<String> =
        serde_json::from_value(request["MessageAttributeNames"].clone()).unwrap();
    names.sort();
    names
}

#[tokio::test]
async fn a_poll_requests_the_propagators_fields() {
    assert_eq!(asked(&[]).await, ["baggage", "traceparent", "tracestate"]);
    assert_eq!(
        asked(&["own", "tracestate"]).await,
        ["baggage", "own", "traceparent", "tracestate"]
    );
    assert_eq!(asked(&["trace.*"]).await, ["baggage", "trace.*", "traceparent", "tracestate"]);
    assert_eq!(asked(&["All"]).await, ["All"]);
    assert_eq!(asked(&["own", "All"]).await, ["All", "own"]);
    assert_eq!(asked(&[".*"]).await, [".*"]);
}

#[tokio::test]
async fn xray_context_is_in_a_system_attribute() {
    let capture = Capture::new();
    let service = Service::new(|_, _| {
        let attributes = serde_json::json!({"AWSTraceHeader": Xray::header(&producer(0))});
        let message = serde_json::json!({"MessageId": "m-0", "ReceiptHandle": "xray", "Attributes": attributes});
        json(serde_json::json!({ "Messages": [message] }).to_string())
    });
    let interceptor = builder(&capture).with_propagator(Xray::new()).build();
    let sqs = otelier_aws::client!(aws_sdk_sqs, &service.config(), interceptor);
    let poll = || sqs.receive_message().queue_url(QUEUE_URL);

    let output = poll().send().await.unwrap();
    scoped(&output).for_each(|_| async {}).await;
    assert_tree(&capture.spans(), received(1).child(linked(0)));

    poll()
        .message_system_attribute_names(MessageSystemAttributeName::SenderId)
        .send()
        .await
        .unwrap();
    poll().message_system_attribute_names(MessageSystemAttributeName::All).send().await.unwrap();
    #[allow(deprecated, reason = "many programs still ask so")]
    poll().attribute_names("SenderId".into()).send().await.unwrap();
    let asked: Vec<_> = service.seen().iter().map(crate::support::Seen::json).collect();
    assert_eq!(asked[0]["MessageSystemAttributeNames"], serde_json::json!(["AWSTraceHeader"]));
    assert_eq!(
        asked[1]["MessageSystemAttributeNames"],
        serde_json::json!(["SenderId", "AWSTraceHeader"])
    );
    assert_eq!(asked[2]["MessageSystemAttributeNames"], serde_json::json!(["All"]));
    assert_eq!(asked[3]["AttributeNames"], serde_json::json!(["SenderId", "AWSTraceHeader"]));
    assert!(asked.iter().all(|asked| asked["MessageAttributeNames"].is_null()), "{asked:?}");
}
