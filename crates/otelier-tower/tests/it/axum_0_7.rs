//! The layer for axum 0.7: what depends on its types.

use std::convert::Infallible;

use axum_0_7::Router;
use axum_0_7::body::{Body, Bytes};
use axum_0_7::extract::ConnectInfo;
use axum_0_7::routing::{get as on_get, post};
use futures_util::stream;
use http::Request;
use http_body_util::BodyExt;
use otelier_testing::{Capture, ExpectedSpan, assert_tree};
use otelier_tower::axum_0_7::{OtelLayer, OtelLayerBuilder};
use tower::ServiceExt;

use crate::support::expected;

fn layer(capture: &Capture) -> OtelLayerBuilder {
    OtelLayer::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
        .with_propagator(capture.propagator())
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).header("host", "example.com").body(Body::empty()).expect("a request")
}

async fn check(capture: &Capture, app: Router, request: Request<Body>, span: ExpectedSpan) {
    let body = app.oneshot(request).await.expect("infallible").into_body();
    body.collect().await.expect("a body");
    assert_tree(&capture.spans(), span);
}

fn routed(route: &str, path: &str) -> ExpectedSpan {
    expected(&format!("GET {route}"), path)
        .attr("http.route", route)
        .attr("http.response.status_code", 200)
}

fn users() -> Router {
    Router::new().route("/users/:id", on_get(|| async { "user" }))
}

#[tokio::test]
async fn a_layer_on_the_router() {
    let capture = Capture::new();
    let app = users().layer(layer(&capture).build());
    check(&capture, app, get("/users/7"), routed("/users/:id", "/users/7")).await;
}

#[tokio::test]
async fn nested_layer_sees_whole_path() {
    let capture = Capture::new();
    let app = Router::new().nest("/api", users().layer(layer(&capture).build()));
    check(&capture, app, get("/api/users/7"), routed("/api/users/:id", "/api/users/7")).await;
}

#[tokio::test]
async fn a_nested_service_reports_its_route() {
    let capture = Capture::new();
    let inner = users().layer(layer(&capture).build());
    let app = Router::new().nest_service("/svc", inner).layer(layer(&capture).build());
    check(&capture, app, get("/svc/users/7"), routed("/svc/users/:id", "/svc/users/7")).await;
}

#[tokio::test]
async fn connect_info_is_the_peer() {
    let capture = Capture::new();
    let app = users().layer(layer(&capture).build());
    let mut request = get("/users/7");
    let address: std::net::SocketAddr = "203.0.113.7:4711".parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(address));
    let expected = routed("/users/:id", "/users/7")
        .attr("client.address", "203.0.113.7")
        .attr("network.peer.address", "203.0.113.7")
        .attr("network.peer.port", 4711);
    check(&capture, app, request, expected).await;
}

#[tokio::test]
async fn bodies_are_counted_and_observed() {
    let capture = Capture::new();
    let chunks = |texts: &'static [&'static str]| {
        let chunk = |text: &&'static str| Ok::<_, Infallible>(Bytes::from(*text));
        Body::from_stream(stream::iter(texts.iter().map(chunk)))
    };
    let echo = move |body: Bytes| async move {
        assert_eq!(body, "abc");
        chunks(&["de", "fgh"])
    };
    let app = Router::new()
        .route("/echo", post(echo))
        .layer(layer(&capture).with_experimental_telemetry(true).build());
    let request = Request::post("/echo")
        .header("host", "example.com")
        .body(chunks(&["ab", "c"]))
        .expect("a request");

    let response = app.oneshot(request).await.expect("infallible");
    assert_eq!(capture.open_spans(), 1, "the body is not read yet");
    response.into_body().collect().await.expect("a body");

    let span = capture.span("POST /echo");
    assert_eq!(span.attribute("http.request.body.size"), Some(&3.into()));
    assert_eq!(span.attribute("http.response.body.size"), Some(&5.into()));
}
