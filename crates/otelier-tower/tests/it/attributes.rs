//! Every attribute of a server span, and where its value comes from.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::{any, get as on_get};
use http::{Request, StatusCode, Version};
use otelier_testing::{Capture, ExpectedSpan, assert_tree, span};
use std::net::SocketAddr;

use crate::support::{answer, expected, get, layer};

/// Sends `request` to an application that answers everything, and compares the whole span.
async fn check(request: Request<Body>, expected: ExpectedSpan) {
    let capture = Capture::new();
    let app = Router::new().route("/a/{b}", any(|| async { "ok" })).layer(layer(&capture).build());
    answer(&app, request).await;
    assert_tree(&capture.spans(), expected);
}

fn ok(path: &str) -> ExpectedSpan {
    expected("GET /a/{b}", path).attr("http.route", "/a/{b}").attr("http.response.status_code", 200)
}

#[tokio::test]
async fn a_plain_request() {
    check(get("/a/1"), ok("/a/1")).await;
}

#[tokio::test]
async fn query_user_agent_and_peer() {
    let mut request = get("/a/1?x=1&sig=planted");
    request.headers_mut().insert("user-agent", "curl/8".parse().expect("a value"));
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([203, 0, 113, 7], 4711))));
    let expected = ok("/a/1")
        .attr("url.query", "x=1&sig=REDACTED")
        .attr("user_agent.original", "curl/8")
        .attr("client.address", "203.0.113.7")
        .attr("network.peer.address", "203.0.113.7")
        .attr("network.peer.port", 4711);
    check(request, expected).await;
}

#[tokio::test]
async fn behind_a_proxy() {
    let mut request = get("/a/1");
    request
        .headers_mut()
        .insert("x-forwarded-for", "198.51.100.9, 10.0.0.1".parse().expect("a value"));
    request.headers_mut().insert("x-forwarded-proto", "https".parse().expect("a value"));
    request.headers_mut().insert("x-forwarded-host", "public.example".parse().expect("a value"));
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 80))));
    let expected = span("GET /a/{b}")
        .server()
        .attr("http.request.method", "GET")
        .attr("http.route", "/a/{b}")
        .attr("http.response.status_code", 200)
        .attr("url.scheme", "https")
        .attr("url.path", "/a/1")
        .attr("server.address", "public.example")
        .attr("server.port", 443)
        .attr("client.address", "198.51.100.9")
        .attr("network.peer.address", "10.0.0.1")
        .attr("network.peer.port", 80)
        .attr("network.protocol.version", "1.1");
    check(request, expected).await;
}

#[tokio::test]
async fn http_2_with_an_authority() {
    let request = Request::get("https://example.com:8443/a/1")
        .version(Version::HTTP_2)
        .body(Body::empty())
        .expect("a request");
    let expected = span("GET /a/{b}")
        .server()
        .attr("http.request.method", "GET")
        .attr("http.route", "/a/{b}")
        .attr("http.response.status_code", 200)
        .attr("url.scheme", "https")
        .attr("url.path", "/a/1")
        .attr("server.address", "example.com")
        .attr("server.port", 8443)
        .attr("network.protocol.version", "2");
    check(request, expected).await;
}

#[tokio::test]
async fn an_unknown_method() {
    let request =
        Request::builder().method("BREW").uri("/a/1").body(Body::empty()).expect("a request");
    let expected = span("HTTP /a/{b}")
        .server()
        .attr("http.request.method", "_OTHER")
        .attr("http.request.method_original", "BREW")
        .attr("http.route", "/a/{b}")
        .attr("http.response.status_code", 200)
        .attr("url.scheme", "http")
        .attr("url.path", "/a/1")
        .attr("network.protocol.version", "1.1");
    check(request, expected).await;
}

#[tokio::test]
async fn own_known_methods_replace_the_default_ones() {
    let capture = Capture::new();
    let layer = layer(&capture).with_known_methods(["BREW"]).build();
    let app = Router::new().route("/a", any(|| async {})).layer(layer);
    let brew = Request::builder().method("BREW").uri("/a").body(Body::empty()).expect("a request");
    answer(&app, brew).await;
    answer(&app, get("/a")).await;
    let names: Vec<_> = capture.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["BREW /a", "HTTP /a"]);
}

#[tokio::test]
async fn tls_option_sets_default_scheme() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/a", on_get(|| async {}))
        .layer(layer(&capture).with_tls(true).build());
    answer(&app, get("/a")).await;
    let span = capture.span("GET /a");
    assert_eq!(span.attribute("url.scheme"), Some(&"https".into()));
    assert_eq!(span.attribute("server.port"), Some(&443.into()));
}

#[tokio::test]
async fn client_error_is_no_server_error() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/a", on_get(|| async { StatusCode::IM_A_TEAPOT }))
        .layer(layer(&capture).build());
    answer(&app, get("/a")).await;
    assert_tree(
        &capture.spans(),
        expected("GET /a", "/a").attr("http.route", "/a").attr("http.response.status_code", 418),
    );
}

#[tokio::test]
async fn a_server_error_is_one() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/a", on_get(|| async { StatusCode::BAD_GATEWAY }))
        .layer(layer(&capture).build());
    answer(&app, get("/a")).await;
    assert_tree(
        &capture.spans(),
        expected("GET /a", "/a")
            .attr("http.route", "/a")
            .attr("http.response.status_code", 502)
            .error("502"),
    );
}

#[tokio::test]
async fn the_scope_has_name_version_and_schema() {
    let capture = Capture::new();
    let app = Router::new().route("/a", on_get(|| async {})).layer(layer(&capture).build());
    answer(&app, get("/a")).await;
    let scope = capture.span("GET /a").scope;
    assert_eq!(scope.name, "otelier-tower");
    assert_eq!(scope.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(scope.schema_url, "https://opentelemetry.io/schemas/1.44.0");
}
