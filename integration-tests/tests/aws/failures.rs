//! Calls that fail, time out or are dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse;
use otelier_testing::{assert_tree, event, span};

use crate::support::{Aws, answered, on_both_runtimes, traced};

on_both_runtimes!(
    a_queue_that_does_not_exist,
    a_timeout,
    a_dropped_call,
    a_dropped_poll,
    a_server_that_fails_twice,
);

async fn a_queue_that_does_not_exist(aws: &Aws) {
    let url = format!("{}-not", aws.queue_url);
    let (poll, spans) = traced(aws.sqs().receive_message().queue_url(&url).send()).await;
    poll.expect_err("no such queue");
    let failed = aws.on_queue_at(&url, "receive", "receive", "ReceiveMessage");
    assert_tree(&spans, span("test").child(answered(failed, 400).error("QueueDoesNotExist")));
}

async fn a_timeout(aws: &Aws) {
    let timeout = TimeoutConfig::builder().operation_timeout(Duration::from_millis(200)).build();
    let config = aws.config().into_builder().timeout_config(timeout).build();
    let sqs = otelier::aws::client!(aws_sdk_sqs, &config);
    let before = SystemTime::now();
    let (poll, spans) =
        traced(sqs.receive_message().queue_url(&aws.queue_url).wait_time_seconds(2).send()).await;
    poll.expect_err("the poll takes longer");
    let poll = aws.on_queue("receive", "receive", "ReceiveMessage");
    assert_tree(&spans, span("test").child(poll.error("timeout")));
    let poll = spans.iter().find(|span| span.name.starts_with("receive ")).expect("a span");
    // The SDK starts its timer a moment before the span begins, and not before the call.
    let took = poll.end.duration_since(before).expect("it ended later");
    assert!(poll.start >= before && took >= Duration::from_millis(200), "{took:?}");
}

async fn a_dropped_call(aws: &Aws) {
    // Takes the connection and never answers.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let config = aws.config_of(&format!("http://127.0.0.1:{port}"));
    let sqs = otelier::aws::client!(aws_sdk_sqs, &config);
    let call = sqs.delete_message().queue_url(&aws.queue_url).receipt_handle("handle").send();
    let (outcome, spans) = traced(tokio::time::timeout(Duration::from_millis(200), call)).await;
    outcome.expect_err("there is no answer");
    let call = aws.on_queue("delete", "settle", "DeleteMessage");
    let call = call.attr("server.address", "127.0.0.1").attr("server.port", i64::from(port));
    assert_tree(&spans, span("test").child(call.attr("otelier.cancelled", true)));
}

/// As when a consumer stops.
async fn a_dropped_poll(aws: &Aws) {
    let poll = aws.sqs().receive_message().queue_url(&aws.queue_url).wait_time_seconds(2).send();
    let (outcome, spans) = traced(tokio::time::timeout(Duration::from_millis(200), poll)).await;
    outcome.expect_err("the poll takes longer");
    assert_tree(&spans, span("test"));
}

/// In front of the real server one that fails twice.
async fn a_server_that_fails_twice(aws: &Aws) {
    let failures = Arc::new(AtomicU32::new(2));
    let target = aws.endpoint().to_owned();
    let forward = async move |uri: Uri, mut headers: HeaderMap, body: Bytes| {
        if failures
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_ok()
        {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        headers.remove("host");
        let request =
            reqwest::Client::new().post(format!("{target}{uri}")).headers(headers).body(body);
        let response = request.send().await.expect("the real server answers");
        let (status, headers) = (response.status(), response.headers().clone());
        (status, headers, response.bytes().await.expect("a body")).into_response()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server =
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(forward)).await });

    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = aws
        .config_of(&format!("http://127.0.0.1:{port}"))
        .into_builder()
        .retry_config(retries)
        .build();
    let sqs = otelier::aws::client!(aws_sdk_sqs, &config);
    let call = sqs.send_message().queue_url(&aws.queue_url).message_body("hello").send();
    let (output, spans) = traced(call).await;
    output.expect("the third attempt succeeds");
    server.abort();

    let failed = || {
        event("otelier.aws.attempt_failed")
            .attr("error.type", "503")
            .attr("http.response.status_code", 503)
    };
    let sent = aws
        .send_span()
        .attr("server.address", "127.0.0.1")
        .attr("server.port", i64::from(port))
        .attr("http.request.resend_count", 2)
        .event(failed())
        .event(failed().attr("http.request.resend_count", 1));
    assert_tree(&spans, span("test").child(sent));
}
