//! A real HTTP server, clients whose telemetry is captured, and what their spans have in common.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use futures_util::stream;
use otelier_testing::{Capture, ExpectedPoint, ExpectedSpan, MetricPoint, point, span};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::otelier_reqwest::{OtelMiddleware, OtelMiddlewareBuilder};
use super::reqwest;
use super::reqwest_middleware::{self, ClientBuilder, ClientWithMiddleware, Error, Middleware};

/// A server on a free port that remembers the headers of what it was asked.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let app = Router::new()
            .route("/", any(|body: Bytes| async move { body }))
            .route("/hello", get(hello))
            .route(
                "/json",
                get(|| async { ([(header::CONTENT_TYPE, "application/json")], r#"{"a":1}"#) }),
            )
            .route("/status/{code}", get(|Path(code): Path<u16>| async move { status(code) }))
            .route("/flaky", get(flaky))
            .route("/gzip", get(|| async { ([(header::CONTENT_ENCODING, "gzip")], GZIP) }))
            .route(
                "/gzip-text",
                get(|| async {
                    (
                        [(header::CONTENT_ENCODING, "gzip"), (header::CONTENT_TYPE, "text/plain")],
                        GZIP,
                    )
                }),
            )
            .route(
                "/echo",
                any(|headers: HeaderMap, body: Bytes| async move {
                    ([(header::CONTENT_TYPE, headers[header::CONTENT_TYPE].clone())], body)
                }),
            )
            .route("/held", get(held))
            .route("/redirect", get(|| async { Redirect::temporary("/hello") }))
            .route("/loop", get(|| async { Redirect::temporary("/loop") }))
            .route("/never", get(|| async { std::future::pending::<()>().await }))
            .route("/stream", get(|| async { chunks(None) }))
            .route("/torn", get(|| async { chunks(Some(std::io::Error::other("torn"))) }))
            .route("/stalled", get(stalled))
            .layer(from_fn_with_state(Arc::clone(&seen), remember))
            .with_state(Arc::clone(&seen));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bind");
        let address = listener.local_addr().expect("address");
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, seen }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The headers of every request so far.
    pub(crate) fn seen(&self) -> Vec<HeaderMap> {
        self.seen.lock().expect("lock").clone()
    }

    /// The span of a request for `path` that was sent.
    pub(crate) fn sent(&self, method: &str, path: &str) -> ExpectedSpan {
        span(method)
            .client()
            .scope("otelier-reqwest")
            .attr("http.request.method", method)
            .attr("server.address", "127.0.0.1")
            .attr("server.port", self.address.port())
            .attr("url.full", self.url(path))
    }

    /// The span of a request for `path` that got a response.
    pub(crate) fn answered(&self, method: &str, path: &str, status: u16) -> ExpectedSpan {
        self.sent(method, path)
            .attr("http.response.status_code", status)
            .attr("network.protocol.version", "1.1")
            .attr("network.peer.address", "127.0.0.1")
            .attr("network.peer.port", self.address.port())
    }

    /// The metric point of a request that was sent.
    pub(crate) fn point_sent(&self, method: &str) -> ExpectedPoint {
        point()
            .attr("http.request.method", method)
            .attr("server.address", "127.0.0.1")
            .attr("server.port", self.address.port())
    }

    /// The metric point of a request that got a response.
    pub(crate) fn point_answered(&self, method: &str, status: u16) -> ExpectedPoint {
        self.point_sent(method)
            .attr("http.response.status_code", status)
            .attr("network.protocol.version", "1.1")
    }
}

/// A middleware that records into `capture`.
pub(crate) fn otel(capture: &Capture) -> OtelMiddlewareBuilder {
    OtelMiddleware::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
        .with_propagator(capture.propagator())
}

pub(crate) fn client(middleware: OtelMiddleware) -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new()).with(middleware).build()
}

/// A middleware that does something before it goes on, and fails if that gives an error.
pub(crate) struct Below<F>(pub(crate) F);

#[async_trait::async_trait]
impl<F: Fn() -> Option<Error> + Send + Sync + 'static> Middleware for Below<F> {
    async fn handle(
        &self,
        request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: reqwest_middleware::Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        match (self.0)() {
            Some(error) => Err(error),
            None => next.run(request, extensions).await,
        }
    }
}

/// Expects that all took `least` or longer, and not nearly as long as the server would have. A time
/// limit starts to run a moment before the span does: of one of 100 ms, 90 are safe to expect.
#[track_caller]
pub(crate) fn assert_took(capture: &Capture, least: Duration) {
    for span in capture.spans() {
        let most = least + Duration::from_secs(2);
        assert!(
            (least..most).contains(&span.duration()),
            "{:?} took {:?}",
            span.name,
            span.duration()
        );
    }
    let sums: Vec<f64> =
        capture.metrics().iter().filter(|it| it.unit == "s").filter_map(MetricPoint::sum).collect();
    assert!(sums.iter().all(|sum| *sum >= least.as_secs_f64()), "{sums:?}");
    assert_eq!(sums.len(), capture.spans().len());
}

/// `hello` twenty times, compressed.
const GZIP: [u8; 28] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 207, 160, 45, 1, 0, 209, 137, 210, 66,
    100, 0, 0, 0,
];

type Seen = Arc<Mutex<Vec<HeaderMap>>>;

async fn remember(State(seen): State<Seen>, request: Request, next: Next) -> Response {
    seen.lock().expect("lock").push(request.headers().clone());
    next.run(request).await
}

async fn hello() -> impl IntoResponse {
    let headers = [
        ("set-cookie", "session=planted-1"),
        ("set-cookie", "other=planted-2"),
        ("x-tag", "a"),
        ("x-tag", "b"),
    ];
    (AppendHeaders(headers), "hello")
}

fn status(code: u16) -> Response {
    (StatusCode::from_u16(code).expect("a status"), "a body").into_response()
}

/// Fails twice, then is well.
async fn flaky(State(seen): State<Seen>) -> Response {
    if seen.lock().expect("lock").len() < 3 { status(503) } else { status(200) }
}

/// Three chunks, 150 ms apart, and `error` in place of the last.
fn chunks(mut error: Option<std::io::Error>) -> Body {
    Body::from_stream(stream::unfold(0, move |n| {
        let chunk = match n {
            0 | 1 => Some(Ok("chunk")),
            2 => Some(error.take().map_or(Ok("chunk"), Err)),
            _ => None,
        };
        async move {
            sleep(Duration::from_millis(if n == 0 { 0 } else { 150 })).await;
            chunk.map(|chunk| (chunk, n + 1))
        }
    }))
}

/// Two chunks of JSON with a secret in both, of which the second waits for another request.
async fn held(State(seen): State<Seen>) -> impl IntoResponse {
    let chunks = stream::unfold(0, move |n| {
        let seen = Arc::clone(&seen);
        async move {
            if n == 1 {
                // The request of this response is the first.
                while seen.lock().expect("lock").len() < 2 {
                    sleep(Duration::from_millis(1)).await;
                }
            }
            let chunk = [r#"{"token": "S3C"#, r#"RET", "a": 1}"#].get(n)?;
            Some((Ok::<_, std::io::Error>(*chunk), n + 1))
        }
    });
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(chunks))
}

/// One chunk, and nothing more.
async fn stalled() -> Body {
    let first = stream::iter([Ok::<_, std::io::Error>("chunk")]);
    Body::from_stream(stream::StreamExt::chain(first, stream::pending()))
}
