//! Signals one by one, and none at all.

use opentelemetry::Context;
use opentelemetry::context::FutureExt;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::trace::noop::NoopTracerProvider;
use otelier_testing::{Capture, assert_points, assert_tree};

use super::otelier_reqwest::OtelMiddleware;
use super::support::{Server, client, otel};

const DURATION: &str = "http.client.request.duration";

#[tokio::test]
async fn traces_alone() {
    let (server, capture) = (Server::start().await, Capture::new());
    for middleware in [
        OtelMiddleware::builder().with_tracer_provider(capture.tracer_provider()).build(),
        otel(&capture).with_meter_provider(NoopMeterProvider::new()).build(),
    ] {
        capture.reset();
        client(middleware).get(server.url("/hello")).send().await.expect("a response");
        assert_tree(&capture.spans(), server.answered("GET", "/hello", 200));
        assert_points(&capture.metrics(), DURATION, []);
    }
}

#[tokio::test]
async fn metrics_alone() {
    let (server, capture) = (Server::start().await, Capture::new());
    for (count, middleware) in [
        (1, OtelMiddleware::builder().with_meter_provider(capture.meter_provider()).build()),
        (2, otel(&capture).with_tracer_provider(NoopTracerProvider::new()).build()),
    ] {
        client(middleware).get(server.url("/hello")).send().await.expect("a response");
        assert_eq!(capture.spans(), []);
        assert_points(
            &capture.metrics(),
            DURATION,
            [server.point_answered("GET", 200).count(count)],
        );
    }
}

#[tokio::test]
async fn providers_that_were_turned_off() {
    let server = Server::start().await;
    let capture = Capture::builder().without_traces().without_metrics().build();

    let response =
        client(otel(&capture).build()).get(server.url("/hello")).send().await.expect("a response");

    assert_eq!(response.text().await.expect("text"), "hello");
    assert_eq!(capture.spans(), []);
    assert_eq!(capture.metrics(), []);
}

#[tokio::test]
async fn a_middleware_and_its_builder_can_be_shared() {
    fn check<T: Send + Sync + Clone + std::fmt::Debug + 'static>(_: &T) {}
    let (server, capture) = (Server::start().await, Capture::new());
    let builder = otel(&capture);
    check(&builder);
    let middleware = builder.build();
    check(&middleware);

    let (one, other) = (client(middleware.clone()), client(middleware));
    let (a, b) =
        tokio::join!(one.get(server.url("/hello")).send(), other.get(server.url("/hello")).send());

    assert!(a.is_ok() && b.is_ok());
    assert_points(&capture.metrics(), DURATION, [server.point_answered("GET", 200).count(2)]);
}

#[tokio::test]
async fn where_telemetry_is_suppressed_nothing_is_recorded() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = client(otel(&capture).build());

    let suppressed = Context::new().with_telemetry_suppressed();
    http.get(server.url("/hello")).send().with_context(suppressed).await.expect("a response");

    assert_eq!(capture.spans(), []);
    assert_eq!(capture.metrics(), []);
}
