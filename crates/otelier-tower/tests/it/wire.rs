//! What a server does with a body that is no abort: it drops what it need not poll again.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::IntoResponse;
use axum::routing::{any, get as on_get};
use futures_util::{StreamExt, stream};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, Request, StatusCode, Version};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use otelier_testing::Capture;
use otelier_tower::axum::OtelLayer;
use tokio::net::TcpStream;
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{answer, eventually, get, layer, read_until, send, serve, server_span};

fn sized(capture: &Capture) -> OtelLayer {
    layer(capture).with_experimental_telemetry(true).build()
}

/// Data and then trailers, as gRPC answers.
fn with_trailers() -> Body {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().expect("a value"));
    let frames = [Frame::data(Bytes::from_static(b"data")), Frame::trailers(trailers)];
    Body::new(StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>))))
}

/// A client of HTTP/2 that knows the server to speak it.
async fn connect(address: SocketAddr) -> SendRequest<Body> {
    let socket = TcpStream::connect(address).await.expect("connected");
    let handshake =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket));
    let (sender, connection) = handshake.await.expect("HTTP/2");
    tokio::spawn(connection);
    sender
}

fn get_2(address: SocketAddr, path: &str) -> Request<Body> {
    let request = Request::get(format!("http://{address}{path}")).version(Version::HTTP_2);
    request.body(Body::empty()).expect("a request")
}

/// Expects one span that went well and says that `sent` bytes were.
fn assert_well(capture: &Capture, sent: i64) {
    let span = server_span(capture);
    assert_eq!(span.attribute("error.type"), None, "{span:?}");
    assert_eq!(span.attribute("http.response.body.size"), Some(&sent.into()), "{span:?}");
}

#[tokio::test]
async fn trailers_are_the_end() {
    let capture = Capture::new();
    let app =
        Router::new().route("/a", on_get(|| async { with_trailers() })).layer(sized(&capture));
    let address = serve(app).await;
    let response =
        connect(address).await.send_request(get_2(address, "/a")).await.expect("answered");
    let body = response.into_body().collect().await.expect("a body");
    assert_eq!(body.trailers().expect("trailers")["grpc-status"], "0");
    eventually("the span ends", || capture.spans().len() == 1).await;
    assert_well(&capture, 4);
    assert_eq!(server_span(&capture).attribute("network.protocol.version"), Some(&"2".into()));
}

#[tokio::test]
async fn stream_ends_with_announced_length() {
    let handler = || async {
        let chunks = ["ab", "cde"].map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk)));
        ([(CONTENT_LENGTH, "5")], Body::from_stream(stream::iter(chunks)))
    };
    let capture = Capture::new();
    let address = serve(Router::new().route("/a", on_get(handler)).layer(sized(&capture))).await;
    let mut socket = send(address, "GET /a HTTP/1.1\r\nhost: example.com\r\n\r\n").await;
    read_until(&mut socket, "abcde").await;
    eventually("the span ends", || capture.spans().len() == 1).await;
    assert_well(&capture, 5);
}

#[tokio::test]
async fn empty_announced_stream_ends_at_once() {
    let handler = || async {
        ([(CONTENT_LENGTH, "0")], Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()))
    };
    let capture = Capture::new();
    let address = serve(Router::new().route("/a", on_get(handler)).layer(sized(&capture))).await;
    let mut socket = send(address, "GET /a HTTP/1.1\r\nhost: example.com\r\n\r\n").await;
    read_until(&mut socket, "\r\n\r\n").await;
    eventually("the span ends", || capture.spans().len() == 1).await;
    assert_well(&capture, 0);
}

#[tokio::test]
async fn a_body_that_is_over_before_it_began() {
    /// Says that it is over, and not how long it is.
    struct Over;
    impl http_body::Body for Over {
        type Data = Bytes;
        type Error = Infallible;
        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(None)
        }
        fn is_end_stream(&self) -> bool {
            true
        }
    }
    let capture = Capture::new();
    let app =
        Router::new().route("/a", on_get(|| async { Body::new(Over) })).layer(sized(&capture));
    drop(app.oneshot(get("/a")).await.expect("infallible"));
    assert_well(&capture, 0);
}

#[tokio::test]
async fn a_tunnel_ends_with_its_response() {
    let capture = Capture::new();
    let service = service_fn(|_: Request<Body>| async {
        let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        Ok::<_, Infallible>(body.into_response())
    });
    let request = Request::connect("example.com:443").body(Body::empty()).expect("a request");
    drop(sized(&capture).layer(service).oneshot(request).await.expect("infallible"));
    assert_well(&capture, 0);
    assert_eq!(server_span(&capture).name, "CONNECT");
}

#[tokio::test]
async fn reset_http_2_stream() {
    let capture = Capture::new();
    let endless = || async {
        Body::from_stream(stream::repeat(()).then(|()| async {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(Bytes::from_static(b"tick"))
        }))
    };
    let app = Router::new()
        .route("/stream", on_get(endless))
        .route("/never", on_get(std::future::pending::<()>))
        .layer(layer(&capture).build());
    let address = serve(app).await;
    let mut sender = connect(address).await;

    let mut body: Incoming =
        sender.send_request(get_2(address, "/stream")).await.expect("answered").into_body();
    body.frame().await.expect("a frame").expect("data");
    drop(body);
    eventually("the stream's span ends", || capture.spans().len() == 1).await;
    let unanswered = sender.send_request(get_2(address, "/never"));
    tokio::time::timeout(std::time::Duration::from_millis(50), unanswered)
        .await
        .expect_err("no answer");
    eventually("the handler's span ends", || capture.spans().len() == 2).await;

    for span in capture.spans() {
        assert_eq!(span.attribute("error.type"), Some(&"cancelled".into()), "{span:?}");
    }
}

#[tokio::test]
async fn request_that_expects_100_continue() {
    let capture = Capture::new();
    let app = Router::new().route("/a", any(|body: Bytes| async { body })).layer(sized(&capture));
    let address = serve(app).await;
    let head = "POST /a HTTP/1.1\r\nhost: example.com\r\nexpect: 100-continue\r\n\
                transfer-encoding: chunked\r\n\r\n";
    let mut socket = send(address, head).await;
    read_until(&mut socket, "100 Continue\r\n\r\n").await;
    tokio::io::AsyncWriteExt::write_all(&mut socket, b"3\r\nabc\r\n0\r\n\r\n").await.expect("sent");
    read_until(&mut socket, "abc").await;
    assert_well(&capture, 3);
    assert_eq!(server_span(&capture).attribute("http.request.body.size"), Some(&3.into()));
}

#[tokio::test]
async fn an_asterisk_is_a_target() {
    let capture = Capture::new();
    let app = Router::new().fallback(|| async { StatusCode::OK }).layer(sized(&capture));
    let request = Request::builder().method(Method::OPTIONS).uri("*").body(Body::empty());
    answer(&app, request.expect("a request")).await;
    assert_well(&capture, 0);
    assert_eq!(server_span(&capture).attribute("url.path"), Some(&"*".into()));
}
