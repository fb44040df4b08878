//! The layer around services that are not axum's.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use otelier_testing::{Capture, assert_tree, span};
use otelier_tower::{OtelBody, OtelLayer, PeerAddress};
use tower::{Layer, ServiceExt, service_fn};

fn layer(capture: &Capture) -> OtelLayer {
    OtelLayer::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
        .with_experimental_telemetry(true)
        .build()
}

#[tokio::test]
async fn a_plain_service() {
    let capture = Capture::new();
    let service = service_fn(|request: Request<Full<Bytes>>| async {
        Ok::<_, Infallible>(Response::new(request.into_body()))
    });
    let mut request =
        Request::post("http://example.com/echo").body(Full::from("hello")).expect("a request");
    request.extensions_mut().insert(PeerAddress(SocketAddr::from(([127, 0, 0, 1], 9))));
    let response: Response<OtelBody<_>> =
        layer(&capture).layer(service).oneshot(request).await.expect("infallible");
    assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), "hello");
    assert_tree(
        &capture.spans(),
        span("POST")
            .server()
            .attr("http.request.method", "POST")
            .attr("http.response.status_code", 200)
            .attr("http.request.body.size", 5)
            .attr("http.response.body.size", 5)
            .attr("url.scheme", "http")
            .attr("url.path", "/echo")
            .attr("server.address", "example.com")
            .attr("server.port", 80)
            .attr("client.address", "127.0.0.1")
            .attr("network.peer.address", "127.0.0.1")
            .attr("network.peer.port", 9)
            .attr("network.protocol.version", "1.1"),
    );
}

#[tokio::test]
async fn a_service_that_fails() {
    #[derive(Debug)]
    struct Broken;
    let capture = Capture::new();
    let service =
        service_fn(|_: Request<Full<Bytes>>| async { Err::<Response<Full<Bytes>>, _>(Broken) });
    let request = Request::get("/a").body(Full::default()).expect("a request");
    layer(&capture).layer(service).oneshot(request).await.expect_err("the service's own error");
    let error = capture
        .span("GET")
        .attribute("error.type")
        .and_then(|error| error.as_str().map(str::to_owned));
    assert!(error.as_deref().is_some_and(|name| name.ends_with("Broken")), "{error:?}");
}

#[test]
fn the_types_are_send_sync_and_clone() {
    fn check<T: Send + Sync + Clone + std::fmt::Debug>() {}
    check::<OtelLayer>();
    check::<otelier_tower::axum::OtelLayer>();
    check::<otelier_tower::OtelService<()>>();
}

#[test]
fn what_travels_between_threads_may() {
    fn check<T: Send + Sync>() {}
    type Answer<B> = std::future::Ready<Result<Response<B>, Infallible>>;
    check::<OtelBody<Full<Bytes>>>();
    check::<otelier_tower::ResponseFuture<Answer<Full<Bytes>>>>();
    check::<otelier_tower::axum::ResponseFuture<Answer<Full<Bytes>>>>();
}

/// Sends one request to `service`, which fails, and gives the span's `error.type`.
async fn error_of<S>(capture: &Capture, service: S) -> String
where
    S: tower::Service<Request<Full<Bytes>>, Response = Response<Full<Bytes>>>,
    S::Error: std::fmt::Debug + 'static,
{
    let request = Request::get("/a").body(Full::default()).expect("a request");
    layer(capture).layer(service).oneshot(request).await.expect_err("an error");
    let span = capture.span("GET");
    let error = span.attribute("error.type").expect("an error").as_str().map(str::to_owned);
    let metrics = capture.metrics();
    let duration = metrics.iter().find(|it| it.name == "http.server.request.duration");
    let point = duration.expect("a duration");
    assert_eq!(point.attribute("error.type"), span.attribute("error.type"));
    error.expect("text")
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_tower_is_a_timeout() {
    let never = service_fn(|_: Request<Full<Bytes>>| {
        std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>()
    });
    let service = tower::timeout::Timeout::new(never, std::time::Duration::from_secs(1));
    assert_eq!(error_of(&Capture::new(), service).await, "timeout");
}

#[tokio::test]
async fn a_boxed_error_has_no_type_name() {
    #[derive(Clone)]
    struct NeverReady;
    impl tower::Service<Request<Full<Bytes>>> for NeverReady {
        type Response = Response<Full<Bytes>>;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Self::Response, Infallible>>;
        fn poll_ready(
            &mut self,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Result<(), Infallible>> {
            std::task::Poll::Pending
        }
        fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
            std::future::ready(Ok(Response::default()))
        }
    }
    let service = tower::load_shed::LoadShed::new(NeverReady);
    assert_eq!(error_of(&Capture::new(), service).await, "_OTHER");
}
