//! The layer around services of tower 0.4: the traits are the same as those of 0.5, the errors are
//! not.

use std::future::pending;
use std::time::Duration;

use http::{Request, Response};
use otelier_testing::{Capture, ExpectedSpan, assert_points, assert_tree, point, span};
use otelier_tower::OtelLayer;
use tower_0_4::timeout::TimeoutLayer;
use tower_0_4::{BoxError, ServiceBuilder, ServiceExt, service_fn};

fn layer(capture: &Capture) -> OtelLayer {
    OtelLayer::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
        .build()
}

fn request() -> Request<String> {
    Request::get("http://example.com/a").body(String::new()).expect("a request")
}

fn expected() -> ExpectedSpan {
    span("GET")
        .server()
        .attr("http.request.method", "GET")
        .attr("url.scheme", "http")
        .attr("url.path", "/a")
        .attr("server.address", "example.com")
        .attr("server.port", 80)
        .attr("network.protocol.version", "1.1")
}

#[tokio::test]
async fn a_service_that_answers() {
    let capture = Capture::new();
    let inner =
        service_fn(|_: Request<String>| async { Ok::<_, BoxError>(Response::new(String::new())) });
    let service = ServiceBuilder::new()
        .layer(layer(&capture))
        .layer(TimeoutLayer::new(Duration::from_secs(60)))
        .service(inner);
    service.oneshot(request()).await.expect("an answer");
    assert_tree(&capture.spans(), expected().attr("http.response.status_code", 200));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_its_own() {
    let capture = Capture::new();
    let inner = service_fn(|_: Request<String>| pending::<Result<Response<String>, BoxError>>());
    let service = ServiceBuilder::new()
        .layer(layer(&capture))
        .layer(TimeoutLayer::new(Duration::from_secs(1)))
        .service(inner);
    service.oneshot(request()).await.expect_err("a timeout");
    assert_tree(&capture.spans(), expected().error("timeout"));
    let expected = point()
        .attr("http.request.method", "GET")
        .attr("url.scheme", "http")
        .attr("network.protocol.version", "1.1")
        .attr("error.type", "timeout")
        .count(1);
    assert_points(&capture.metrics(), "http.server.request.duration", [expected]);
}
