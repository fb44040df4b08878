//! Every way a request can end.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::Extensions;
use opentelemetry::trace::Status;
use otelier_testing::{Capture, assert_metric, assert_points, assert_tree, metric, span};
use tokio::net::TcpListener;
use tokio::time::timeout;

// Not that of the line: a template of another one's module counts too.
use ::otelier_reqwest::UrlTemplate;

use super::reqwest::{self, Request, Response};
use super::reqwest_middleware::{ClientBuilder, Error, Next, Result};
use super::support::{Below, Server, assert_took, client, otel};

const DURATION: &str = "http.client.request.duration";

#[tokio::test]
async fn success() {
    let (server, capture) = (Server::start().await, Capture::new());

    let response =
        client(otel(&capture).build()).get(server.url("/hello")).send().await.expect("a response");

    assert_eq!(response.text().await.expect("text"), "hello");
    assert_tree(&capture.spans(), server.answered("GET", "/hello", 200).root());
    let bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
    assert_metric(
        &capture.metrics(),
        metric(DURATION)
            .histogram(bounds)
            .unit("s")
            .scope("otelier-reqwest")
            .point(server.point_answered("GET", 200).count(1)),
    );
    let scope = &capture.spans()[0].scope;
    assert_eq!(scope.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(scope.schema_url, "https://opentelemetry.io/schemas/1.44.0");
}

#[tokio::test]
async fn a_template_names_the_span() {
    let (server, capture) = (Server::start().await, Capture::new());

    let request = client(otel(&capture).build()).get(server.url("/status/204?x=1#top"));
    request.with_extension(UrlTemplate::new("/status/{code}")).send().await.expect("a response");

    let mut spans = capture.spans();
    assert_eq!(spans[0].name, "GET /status/{code}");
    "GET".clone_into(&mut spans[0].name);
    assert_tree(
        &spans,
        server.answered("GET", "/status/204?x=1#top", 204).attr("url.template", "/status/{code}"),
    );
    let expected =
        server.point_answered("GET", 204).attr("url.template", "/status/{code}").count(1);
    assert_points(&capture.metrics(), DURATION, [expected]);
}

#[tokio::test]
async fn a_4xx_and_a_5xx_are_errors() {
    for status in [404, 429, 500, 503] {
        let (server, capture) = (Server::start().await, Capture::new());
        let path = format!("/status/{status}");

        client(otel(&capture).build()).get(server.url(&path)).send().await.expect("a response");

        let error = status.to_string();
        assert_tree(&capture.spans(), server.answered("GET", &path, status).error(error.as_str()));
        let expected = server.point_answered("GET", status).attr("error.type", error).count(1);
        assert_points(&capture.metrics(), DURATION, [expected]);
    }
}

#[tokio::test]
async fn an_unknown_method_is_other() {
    let (server, capture) = (Server::start().await, Capture::new());
    let brew = reqwest::Method::from_bytes(b"BREW").expect("a method");

    let http = client(otel(&capture).build());
    http.request(brew.clone(), server.url("/")).send().await.expect("a response");

    let mut expected = server.answered("HTTP", "/", 200);
    expected =
        expected.attr("http.request.method", "_OTHER").attr("http.request.method_original", "BREW");
    assert_tree(&capture.spans(), expected);
    let expected = server.point_answered("_OTHER", 200).count(1);
    assert_points(&capture.metrics(), DURATION, [expected]);

    capture.reset();
    let http = client(otel(&capture).with_known_methods(["BREW"]).build());
    http.request(brew, server.url("/")).send().await.expect("a response");
    assert_tree(&capture.spans(), server.answered("BREW", "/", 200));
}

#[tokio::test]
async fn connection_refused() {
    let capture = Capture::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    drop(listener);

    let url = format!("http://{address}/");
    let result = client(otel(&capture).build()).get(&url).send().await;

    assert!(result.expect_err("no server listens").is_connect());
    assert_tree(
        &capture.spans(),
        span("GET")
            .client()
            .attr("http.request.method", "GET")
            .attr("server.address", "127.0.0.1")
            .attr("server.port", address.port())
            .attr("url.full", url)
            .error("connect"),
    );
    let metrics = capture.metrics();
    let expected = otelier_testing::point()
        .attr("http.request.method", "GET")
        .attr("server.address", "127.0.0.1")
        .attr("server.port", address.port())
        .attr("error.type", "connect")
        .count(1);
    assert_points(&metrics, DURATION, [expected]);
}

#[tokio::test]
async fn an_unknown_host() {
    let capture = Capture::new();

    let result = client(otel(&capture).build()).get("http://nowhere.invalid").send().await;

    assert!(result.is_err());
    assert_tree(
        &capture.spans(),
        span("GET")
            .client()
            .attr("http.request.method", "GET")
            .attr("server.address", "nowhere.invalid")
            .attr("server.port", 80)
            .attr("url.full", "http://nowhere.invalid/")
            .error("dns"),
    );
}

#[tokio::test]
async fn a_server_that_hangs_up() {
    let capture = Capture::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let url = format!("http://{}/", listener.local_addr().expect("address"));
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });

    let result = client(otel(&capture).build()).get(&url).send().await;

    assert!(result.is_err());
    assert_tree(&capture.spans(), span("GET").client().error("request").subset());
}

#[tokio::test]
async fn timeout_of_the_client() {
    let (server, capture) = (Server::start().await, Capture::new());

    let request = client(otel(&capture).build()).get(server.url("/never"));
    let result = request.timeout(Duration::from_millis(100)).send().await;

    assert!(result.expect_err("no response").is_timeout());
    assert_tree(&capture.spans(), server.sent("GET", "/never").error("timeout"));
    let expected = server.point_sent("GET").attr("error.type", "timeout").count(1);
    assert_points(&capture.metrics(), DURATION, [expected]);
    assert_took(&capture, Duration::from_millis(90));
}

#[tokio::test]
async fn request_cancelled_at_100_ms() {
    let (server, capture) = (Server::start().await, Capture::new());

    let request = client(otel(&capture).build()).get(server.url("/never"));
    let result = timeout(Duration::from_millis(100), request.send()).await;

    assert!(result.is_err());
    let expected =
        server.sent("GET", "/never").attr("otelier.cancelled", true).status(Status::Unset);
    assert_tree(&capture.spans(), expected);
    let expected = server.point_sent("GET").count(1);
    assert_points(&capture.metrics(), DURATION, [expected]);
    assert_took(&capture, Duration::from_millis(90));
    assert_eq!(capture.open_spans(), 0);
}

#[tokio::test]
async fn a_redirect_is_part_of_the_request() {
    let (server, capture) = (Server::start().await, Capture::new());

    let response = client(otel(&capture).build())
        .get(server.url("/redirect"))
        .send()
        .await
        .expect("a response");

    assert_eq!(response.url().as_str(), server.url("/hello"));
    assert_tree(&capture.spans(), server.answered("GET", "/redirect", 200));
}

#[tokio::test]
async fn too_many_redirects() {
    let (server, capture) = (Server::start().await, Capture::new());

    let result = client(otel(&capture).build()).get(server.url("/loop")).send().await;

    assert!(result.expect_err("no end").is_redirect());
    assert_tree(&capture.spans(), server.sent("GET", "/loop").error("redirect"));
}

#[tokio::test]
async fn a_panic_below_is_reported_and_goes_on() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otel(&capture).build())
        .with(panics)
        .build();

    let request = http.get(server.url("/hello"));
    let outcome = tokio::spawn(request.send()).await;

    assert!(outcome.expect_err("a panic").is_panic());
    assert_tree(&capture.spans(), server.sent("GET", "/hello").error("panic"));
    let expected = server.point_sent("GET").attr("error.type", "panic").count(1);
    assert_points(&capture.metrics(), DURATION, [expected]);
}

#[tokio::test]
async fn a_caught_panic_is_reported_when_it_happens() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otel(&capture).build())
        .with(panics)
        .build();

    let mut sending = std::pin::pin!(http.get(server.url("/hello")).send());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let poll = std::panic::AssertUnwindSafe(|| sending.as_mut().poll(&mut context).is_ready());

    // The future lives on: its drop would come after the panic.
    assert!(std::panic::catch_unwind(poll).is_err());
    assert_tree(&capture.spans(), server.sent("GET", "/hello").error("panic"));
}

#[tokio::test]
async fn an_error_of_a_middleware_below() {
    let (server, capture) = (Server::start().await, Capture::new());
    let check = async |error: Error, expected: &str| {
        capture.reset();
        let message = error.to_string();
        let error = Mutex::new(Some(error));
        let http = ClientBuilder::new(reqwest::Client::new())
            .with(otel(&capture).build())
            .with(Below(move || error.lock().expect("lock").take()))
            .build();
        let result = http.get(server.url("/hello")).send().await;
        assert_eq!(result.expect_err("the error").to_string(), message);
        assert_tree(&capture.spans(), server.sent("GET", "/hello").error(expected));
    };
    let refused = async || {
        let response = reqwest::get(server.url("/status/418")).await.expect("a response");
        response.error_for_status().expect_err("a status")
    };
    let broken = reqwest::get(server.url("/hello")).await.expect("a response").json::<u8>().await;

    check(Error::Middleware(anyhow::anyhow!("token=planted")), "middleware").await;
    check(Error::Reqwest(refused().await), "418").await;
    check(Error::Middleware(anyhow::Error::new(refused().await).context("outer")), "418").await;
    check(Error::Middleware(Error::Reqwest(refused().await).into()), "418").await;
    check(Error::Reqwest(broken.expect_err("no JSON")), "decode").await;
}

fn panics<'a>(_: Request, _: &'a mut Extensions, _: Next<'a>) -> BoxFuture<'a, Result<Response>> {
    panic!("planted")
}
