//! Retries: a span for each attempt, or one for all.

use std::collections::BTreeSet;
use std::time::Duration;

use otelier_testing::{Capture, assert_points, assert_tree, assert_trees, point};

use super::reqwest;
use super::reqwest_middleware::ClientBuilder;
use super::reqwest_retry::RetryTransientMiddleware;
use super::reqwest_retry::policies::ExponentialBackoff;
use super::support::{Below, Server, otel};

const DURATION: &str = "http.client.request.duration";

fn retry() -> RetryTransientMiddleware<ExponentialBackoff> {
    let policy = ExponentialBackoff::builder()
        .retry_bounds(Duration::from_millis(1), Duration::from_millis(2));
    RetryTransientMiddleware::new_with_policy(policy.build_with_max_retries(3))
}

#[tokio::test]
async fn middleware_behind_retry_spans_each_attempt() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(retry())
        .with(otel(&capture).build())
        .build();

    let response = http.get(server.url("/flaky")).send().await.expect("a response");

    assert_eq!(response.status(), 200);
    assert_trees(
        &capture.spans(),
        [
            server.answered("GET", "/flaky", 503).root().error("503"),
            server
                .answered("GET", "/flaky", 503)
                .root()
                .error("503")
                .attr("http.request.resend_count", 1),
            server.answered("GET", "/flaky", 200).root().attr("http.request.resend_count", 2),
        ],
    );
    assert_points(
        &capture.metrics(),
        DURATION,
        [
            server.point_answered("GET", 503).attr("error.type", "503").count(2),
            server.point_answered("GET", 200).count(1),
        ],
    );
    let sent: Vec<_> = server.seen().iter().map(|headers| headers["traceparent"].clone()).collect();
    let expected: Vec<_> =
        capture.spans().iter().map(|it| format!("00-{}-{}-01", it.trace_id, it.span_id)).collect();
    assert_eq!(sent, expected);
    assert_eq!(sent.iter().map(|it| it.to_str().expect("text")).collect::<BTreeSet<_>>().len(), 3);
}

#[tokio::test]
async fn a_second_request_starts_to_count_anew() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(retry())
        .with(otel(&capture).build())
        .build();

    for _ in 0..2 {
        http.get(server.url("/hello")).send().await.expect("a response");
    }

    let expected = || server.answered("GET", "/hello", 200);
    assert_trees(&capture.spans(), [expected(), expected()]);
}

#[tokio::test]
async fn middleware_before_retry_spans_all_attempts() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otel(&capture).build())
        .with(retry())
        .build();

    http.get(server.url("/flaky")).send().await.expect("a response");

    assert_tree(&capture.spans(), server.answered("GET", "/flaky", 200));
    assert_points(&capture.metrics(), DURATION, [server.point_answered("GET", 200).count(1)]);
    let sent: BTreeSet<_> = server
        .seen()
        .iter()
        .map(|it| it["traceparent"].to_str().expect("text").to_owned())
        .collect();
    assert_eq!((server.seen().len(), sent.len()), (3, 1));
}

#[tokio::test]
async fn both_at_once_count_apart() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otel(&capture).build())
        .with(retry())
        .with(otel(&capture).build())
        .build();

    http.get(server.url("/flaky")).send().await.expect("a response");

    let failed = || server.answered("GET", "/flaky", 503).error("503");
    let well = || server.answered("GET", "/flaky", 200);
    assert_tree(
        &capture.spans(),
        well()
            .root()
            .child(failed())
            .child(failed().attr("http.request.resend_count", 1))
            .child(well().attr("http.request.resend_count", 2)),
    );
}

#[tokio::test]
async fn an_attempt_that_was_given_up_counts() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = ClientBuilder::new(reqwest::Client::new()).with(otel(&capture).build()).build();
    let mut extensions = http::Extensions::new();
    let mut send = async |path: &str| {
        let request = http.get(server.url(path)).build().expect("a request");
        let sending = http.execute_with_extensions(request, &mut extensions);
        tokio::time::timeout(Duration::from_millis(100), sending).await
    };

    assert!(send("/never").await.is_err());
    assert!(send("/hello").await.is_ok());

    let well = server.answered("GET", "/hello", 200).attr("http.request.resend_count", 1);
    assert_trees(
        &capture.spans(),
        [server.sent("GET", "/never").attr("otelier.cancelled", true), well],
    );
}

#[tokio::test]
async fn last_error_of_retry_is_reported() {
    let capture = Capture::new();
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otel(&capture).build())
        .with(retry())
        .with(Below(|| None))
        .build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    drop(listener);

    http.get(format!("http://{address}")).send().await.expect_err("no server listens");

    let expected = point()
        .attr("http.request.method", "GET")
        .attr("server.address", "127.0.0.1")
        .attr("server.port", address.port())
        .attr("error.type", "connect")
        .count(1);
    assert_points(&capture.metrics(), DURATION, [expected]);
}

#[tokio::test]
async fn two_middlewares_make_one_span_for_an_attempt() {
    let (server, capture) = (Server::start().await, Capture::new());
    let middleware = otel(&capture).build();
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otel(&capture).build())
        .with(Below(|| None))
        .with(middleware.clone())
        .with(middleware)
        .build();

    for _ in 0..2 {
        http.get(server.url("/hello")).send().await.expect("a response");
    }

    let expected = || server.answered("GET", "/hello", 200);
    assert_trees(&capture.take_spans(), [expected(), expected()]);
    assert_points(&capture.metrics(), DURATION, [server.point_answered("GET", 200).count(2)]);
}

#[tokio::test]
async fn two_middlewares_behind_retry_share_attempts() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(retry())
        .with(otel(&capture).build())
        .with(otel(&capture).build())
        .build();

    http.get(server.url("/flaky")).send().await.expect("a response");

    let failed = || server.answered("GET", "/flaky", 503).error("503");
    assert_trees(
        &capture.spans(),
        [
            failed(),
            failed().attr("http.request.resend_count", 1),
            server.answered("GET", "/flaky", 200).attr("http.request.resend_count", 2),
        ],
    );
}

#[tokio::test]
async fn second_request_with_same_extensions_starts_anew() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(retry())
        .with(otel(&capture).build())
        .build();
    let mut extensions = http::Extensions::new();

    for path in ["/flaky", "/hello", "/hello"] {
        let request = http.get(server.url(path)).build().expect("a request");
        http.execute_with_extensions(request, &mut extensions).await.expect("a response");
    }

    let failed = || server.answered("GET", "/flaky", 503).error("503");
    assert_trees(
        &capture.spans(),
        [
            failed(),
            failed().attr("http.request.resend_count", 1),
            server.answered("GET", "/flaky", 200).attr("http.request.resend_count", 2),
            server.answered("GET", "/hello", 200),
            server.answered("GET", "/hello", 200),
        ],
    );
}
