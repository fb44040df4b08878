//! An axum application under test, in process or behind a real socket.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt;
use opentelemetry::trace::SpanKind;
use otelier_testing::{Capture, ExpectedPoint, ExpectedSpan, Span, assert_points, point, span};
use otelier_tower::axum::{OtelLayer, OtelLayerBuilder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

/// A builder of the layer whose telemetry goes to `capture`.
pub(crate) fn layer(capture: &Capture) -> OtelLayerBuilder {
    OtelLayer::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
        .with_propagator(capture.propagator())
}

/// A GET request of `path` at `example.com`, as hyper hands it over.
pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path).header("host", "example.com").body(Body::empty()).expect("a request")
}

/// Answers one request in process, and reads the body to its end.
pub(crate) async fn answer(app: &Router, request: Request<Body>) -> Response<()> {
    let (head, body) = app.clone().oneshot(request).await.expect("infallible").into_parts();
    body.collect().await.expect("a body");
    Response::from_parts(head, ())
}

/// The span that `get(path)` is expected to leave, but for route and status.
pub(crate) fn expected(name: &str, path: &str) -> ExpectedSpan {
    span(name)
        .server()
        .root()
        .scope("otelier-tower")
        .attr("http.request.method", "GET")
        .attr("url.scheme", "http")
        .attr("url.path", path)
        .attr("server.address", "example.com")
        .attr("server.port", 80)
        .attr("network.protocol.version", "1.1")
}

/// The duration that `get(path)` is expected to leave if `path` is a route that answers with 200.
pub(crate) fn answered(path: &str) -> ExpectedPoint {
    point()
        .attr("http.request.method", "GET")
        .attr("url.scheme", "http")
        .attr("http.route", path)
        .attr("http.response.status_code", 200)
        .attr("network.protocol.version", "1.1")
        .count(1)
}

/// That durations of requests are this one point.
#[track_caller]
pub(crate) fn assert_duration(capture: &Capture, expected: ExpectedPoint) {
    assert_points(&capture.metrics(), "http.server.request.duration", [expected]);
}

/// The only SERVER span there is.
pub(crate) fn server_span(capture: &Capture) -> Span {
    let mut spans: Vec<_> =
        capture.spans().into_iter().filter(|span| span.kind == SpanKind::Server).collect();
    assert_eq!(spans.len(), 1, "one SERVER span");
    spans.remove(0)
}

/// Serves `app` on a free port for as long as the test runs.
pub(crate) async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// Sends `request` as it is.
pub(crate) async fn send(address: SocketAddr, request: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.expect("connected");
    socket.write_all(request.as_bytes()).await.expect("sent");
    socket
}

/// Reads until `mark` has come.
pub(crate) async fn read_until(socket: &mut TcpStream, mark: &str) -> String {
    let mut seen = Vec::new();
    let mut chunk = [0; 1024];
    while !String::from_utf8_lossy(&seen).contains(mark) {
        let n = socket.read(&mut chunk).await.expect("read");
        assert!(n > 0, "closed before {mark:?}: {:?}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&chunk[..n]);
    }
    String::from_utf8_lossy(&seen).into_owned()
}

/// Waits until `condition` holds: for what a server does after its client has disconnected.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let probe = async {
        while !condition() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), probe)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}
