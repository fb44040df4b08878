//! What a middleware takes from the process: providers, propagator and settings, also those that
//! come later.
//!
//! One test in a process of its own, since these are shared by all.

use axum::Router;
use axum::routing::get;
use http::HeaderMap;
use opentelemetry::global;
use otelier_instrument::settings::{self, Settings};
use otelier_reqwest::OtelMiddleware;
use otelier_testing::{Capture, assert_points, assert_tree, point, span};
use reqwest_middleware::ClientBuilder;

#[tokio::test]
async fn a_middleware_follows_the_process() {
    let echo =
        get(|headers: HeaderMap| async move { headers.contains_key("traceparent").to_string() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", echo)).await });
    let http = ClientBuilder::new(reqwest::Client::new()).with(OtelMiddleware::new()).build();
    let propagates = async || {
        let response = http.get(format!("http://{address}/")).send().await.expect("a response");
        response.text().await.expect("text") == "true"
    };

    assert!(!propagates().await, "nothing is installed yet");

    let capture = Capture::new();
    global::set_tracer_provider(capture.tracer_provider());
    global::set_meter_provider(capture.meter_provider());
    otelier_instrument::announce_providers();
    global::set_text_map_propagator(capture.propagator());
    assert!(propagates().await, "what was installed after the middleware was made counts");
    assert_eq!(capture.take_spans().len(), 1);

    let mut settings = Settings::default();
    settings.http.client.request_captured_headers = vec!["x-absent".to_owned()];
    settings.http.client.response_captured_headers = vec!["content-length".to_owned()];
    settings.http.client.experimental_telemetry = true;
    settings.http.client.known_methods = Some(vec!["POST".to_owned()]);
    settings::install(settings);
    assert!(propagates().await);
    let expected = span("HTTP")
        .client()
        .scope("otelier-reqwest")
        .attr("http.request.method", "_OTHER")
        .attr("http.request.method_original", "GET")
        .attr("server.address", "127.0.0.1")
        .attr("server.port", address.port())
        .attr("url.full", format!("http://{address}/"))
        .attr("http.response.status_code", 200)
        .attr("network.protocol.version", "1.1")
        .attr("network.peer.address", "127.0.0.1")
        .attr("network.peer.port", address.port())
        .attr("http.request.body.size", 0)
        .attr("http.response.body.size", 4)
        .attr("http.response.header.content-length", ["4"]);
    assert_tree(&capture.take_spans(), expected);

    let mut settings = Settings::default();
    settings.enabled = false;
    settings::install(settings);
    assert!(!propagates().await, "switched off");
    assert_eq!(capture.spans(), []);
    let expected = |method: &str| {
        point()
            .attr("http.request.method", method)
            .attr("server.address", "127.0.0.1")
            .attr("server.port", address.port())
            .attr("http.response.status_code", 200)
            .attr("network.protocol.version", "1.1")
            .count(1)
    };
    let points = [expected("GET"), expected("_OTHER")];
    assert_points(&capture.metrics(), "http.client.request.duration", points);
}
