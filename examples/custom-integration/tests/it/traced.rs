//! Tests of the integration: whole spans and whole metric points, for each way a call can end.

use std::pin::pin;
use std::time::Duration;

use custom_integration::tinydb::Client;
use custom_integration::traced::{TracedClient, TracedClientBuilder};
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::trace::noop::NoopTracerProvider;
use otelier_testing::{
    Capture, ExpectedPoint, ExpectedSpan, assert_points, assert_tree, assert_trees, point, span,
};

const DURATION: &str = "db.client.operation.duration";

fn client() -> Client {
    Client::new("db.example", 7071, "shop")
}

fn builder(capture: &Capture) -> TracedClientBuilder {
    TracedClient::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
}

fn expected(operation: &str) -> ExpectedSpan {
    span(format!("{operation} shop"))
        .client()
        .scope("custom-integration")
        .attr("db.system.name", "tinydb")
        .attr("db.operation.name", operation)
        .attr("db.namespace", "shop")
        .attr("server.address", "db.example")
        .attr("server.port", 7071)
}

fn expected_point(operation: &str) -> ExpectedPoint {
    point()
        .attr("db.system.name", "tinydb")
        .attr("db.operation.name", operation)
        .attr("db.namespace", "shop")
        .attr("server.address", "db.example")
        .attr("server.port", 7071)
        .count(1)
}

#[tokio::test]
async fn calls_are_spans_and_durations() {
    let capture = Capture::new();
    let db = builder(&capture).build(client());
    db.set("color", "green").await.unwrap();
    assert_eq!(db.get("color").await.unwrap().as_deref(), Some("green"));

    assert_trees(&capture.spans(), [expected("SET"), expected("GET")]);
    let points = [expected_point("SET"), expected_point("GET")];
    assert_points(&capture.metrics(), DURATION, points);
}

#[tokio::test]
async fn failures_have_the_servers_code() {
    let capture = Capture::new();
    let db = builder(&capture).build(client());
    assert_eq!(db.set("_color", "green").await.unwrap_err().code(), 403);

    let failed = expected("SET").attr("db.response.status_code", "403").error("403");
    assert_tree(&capture.spans(), failed);
    let failed =
        expected_point("SET").attr("db.response.status_code", "403").attr("error.type", "403");
    assert_points(&capture.metrics(), DURATION, [failed]);
}

#[tokio::test(start_paused = true)]
async fn dropped_calls_are_cancelled() {
    let capture = Capture::new();
    let db = builder(&capture).build(client());
    tokio::time::timeout(Duration::from_secs(1), db.wait_for("color")).await.unwrap_err();

    assert_tree(&capture.spans(), expected("WAIT").attr("otelier.cancelled", true));
    assert_points(&capture.metrics(), DURATION, [expected_point("WAIT")]);
    assert_eq!(capture.open_spans(), 0);
}

#[tokio::test]
async fn calls_that_wait_are_open() {
    let capture = Capture::new();
    let db = builder(&capture).build(client());
    let waiting = pin!(db.wait_for("color"));
    let (value, set) = tokio::join!(waiting, db.set("color", "green"));
    set.unwrap();
    assert_eq!(value.unwrap(), "green");
    assert_trees(&capture.spans(), [expected("WAIT"), expected("SET")]);
}

#[tokio::test]
async fn each_signal_can_be_off() {
    let capture = Capture::new();
    let no_spans =
        builder(&capture).with_tracer_provider(NoopTracerProvider::new()).build(client());
    no_spans.get("color").await.unwrap();
    assert_trees(&capture.spans(), []);
    assert_points(&capture.metrics(), DURATION, [expected_point("GET")]);

    let capture = Capture::new();
    let no_metrics =
        builder(&capture).with_meter_provider(NoopMeterProvider::new()).build(client());
    no_metrics.get("color").await.unwrap();
    assert_tree(&capture.spans(), expected("GET"));
    assert_eq!(capture.metrics(), []);
}

#[tokio::test]
async fn query_text_is_opt_in_and_holds_no_values() {
    let capture = Capture::new();
    let db = builder(&capture).with_query_text(true).build(client());
    db.set("color", "s3cret").await.unwrap();
    assert_tree(&capture.spans(), expected("SET").attr("db.query.text", "SET ? ?"));
}

#[tokio::test]
async fn without_providers_the_client_works() {
    let db = TracedClient::new(client());
    db.set("color", "green").await.unwrap();
    assert_eq!(db.get("color").await.unwrap().as_deref(), Some("green"));
}
