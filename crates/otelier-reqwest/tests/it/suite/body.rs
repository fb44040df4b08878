//! The option to end with the response's body, and that the response stays what it was.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use http::HeaderMap;
use http_body::{Body as _, Frame};
use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use otelier_testing::{Capture, assert_points, assert_tree};

use super::reqwest::{self, Request, Response};
use super::reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next, Result};
use super::support::{Server, assert_took, client, otel};

const DURATION: &str = "http.client.request.duration";

fn following(capture: &Capture) -> ClientWithMiddleware {
    client(otel(capture).with_response_body(true).build())
}

#[tokio::test]
async fn by_default_the_span_ends_with_the_head() {
    let (server, capture) = (Server::start().await, Capture::new());

    let response =
        client(otel(&capture).build()).get(server.url("/stream")).send().await.expect("a response");

    assert_tree(&capture.spans(), server.answered("GET", "/stream", 200));
    assert_eq!(response.text().await.expect("text"), "chunkchunkchunk");
}

#[tokio::test]
async fn a_stream_of_300_ms_reports_300_ms() {
    let (server, capture) = (Server::start().await, Capture::new());

    let response = following(&capture).get(server.url("/stream")).send().await.expect("a response");
    assert_eq!(capture.spans(), []);
    let chunks: Vec<_> = response.bytes_stream().try_collect().await.expect("chunks");

    assert_eq!(chunks, ["chunk", "chunk", "chunk"]);
    assert_tree(&capture.spans(), server.answered("GET", "/stream", 200));
    assert_points(&capture.metrics(), DURATION, [server.point_answered("GET", 200).count(1)]);
    assert_took(&capture, Duration::from_millis(300));
}

#[tokio::test]
async fn body_of_known_length_ends_with_last_byte() {
    let (server, capture) = (Server::start().await, Capture::new());

    let mut response =
        following(&capture).get(server.url("/hello")).send().await.expect("a response");
    assert_eq!(response.chunk().await.expect("a chunk").as_deref(), Some(&b"hello"[..]));

    assert_tree(&capture.spans(), server.answered("GET", "/hello", 200));
    assert_eq!(response.chunk().await.expect("the end"), None);
    assert_eq!(capture.spans().len(), 1);
}

#[tokio::test]
async fn a_response_without_a_body_ends_at_once() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = following(&capture);

    let no_content = http.get(server.url("/status/204")).send().await.expect("a response");
    assert_tree(&capture.take_spans(), server.answered("GET", "/status/204", 204));

    let head = http.head(server.url("/hello")).send().await.expect("a response");
    assert_tree(&capture.take_spans(), server.answered("HEAD", "/hello", 200));

    drop((no_content, head));
    assert_eq!(capture.spans(), []);
}

#[tokio::test]
async fn a_body_dropped_early_is_cancelled() {
    let (server, capture) = (Server::start().await, Capture::new());

    let mut response =
        following(&capture).get(server.url("/stream")).send().await.expect("a response");
    response.chunk().await.expect("a chunk");
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(response);

    let expected = server.answered("GET", "/stream", 200).attr("otelier.cancelled", true);
    assert_tree(&capture.spans(), expected);
    let expected = server.point_answered("GET", 200).count(1);
    assert_points(&capture.metrics(), DURATION, [expected]);
    assert_took(&capture, Duration::from_millis(100));
}

#[tokio::test]
async fn a_failed_response_nobody_read_keeps_its_status() {
    let (server, capture) = (Server::start().await, Capture::new());

    drop(following(&capture).get(server.url("/status/500")).send().await.expect("a response"));

    assert_tree(&capture.spans(), server.answered("GET", "/status/500", 500).error("500"));
}

#[tokio::test]
async fn a_body_dropped_while_its_reader_panics() {
    let (server, capture) = (Server::start().await, Capture::new());
    let response = following(&capture).get(server.url("/stream")).send().await.expect("a response");

    let reader = tokio::spawn(async move {
        let _response = response;
        panic!("planted");
    });

    assert!(reader.await.expect_err("a panic").is_panic());
    assert_tree(&capture.spans(), server.answered("GET", "/stream", 200).error("panic"));
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    let (server, capture) = (Server::start().await, Capture::new());

    let response = following(&capture).get(server.url("/torn")).send().await.expect("a response");
    let error = response.bytes().await.expect_err("torn");

    assert!(error.is_decode(), "as without the middleware: {error:?}");
    assert_tree(&capture.spans(), server.answered("GET", "/torn", 200).error("body"));
}

#[tokio::test]
async fn a_body_that_takes_too_long() {
    let (server, capture) = (Server::start().await, Capture::new());

    let request =
        following(&capture).get(server.url("/stalled")).timeout(Duration::from_millis(100));
    let error = request.send().await.expect("a response").bytes().await.expect_err("stalled");

    assert!(error.is_timeout());
    assert_tree(&capture.spans(), server.answered("GET", "/stalled", 200).error("timeout"));
    assert_took(&capture, Duration::from_millis(90));
}

#[tokio::test]
async fn the_response_stays_what_it_was() {
    // Of its time a server says the second, which may be over between two answers.
    fn headers(response: &Response) -> HeaderMap {
        let mut headers = response.headers().clone();
        headers.remove("date").expect("the time of the answer");
        headers
    }
    let (server, capture) = (Server::start().await, Capture::new());
    let bare =
        reqwest::Client::new().get(server.url("/redirect")).send().await.expect("a response");
    for http in [following(&capture), client(otel(&capture).build())] {
        let response = http.get(server.url("/redirect")).send().await.expect("a response");

        assert_eq!(response.url(), bare.url());
        assert_eq!(response.status(), bare.status());
        assert_eq!(response.version(), bare.version());
        assert_eq!(headers(&response), headers(&bare));
        assert_eq!(response.remote_addr(), Some(server.address));
        assert_eq!(response.content_length(), Some(5));
        assert_eq!(response.extensions().len(), bare.extensions().len());
        assert_eq!(response.bytes().await.expect("bytes"), "hello");

        let json: serde_json::Value = http
            .get(server.url("/json"))
            .send()
            .await
            .expect("a response")
            .json()
            .await
            .expect("JSON");
        assert_eq!(json, serde_json::json!({ "a": 1 }));

        let refused = http.get(server.url("/status/404")).send().await.expect("a response");
        let error = refused.error_for_status().expect_err("a status");
        assert_eq!(error.url().map(reqwest::Url::as_str), Some(&*server.url("/status/404")));
    }
}

#[tokio::test]
async fn the_context_does_not_stay_behind() {
    let (server, capture) = (Server::start().await, Capture::new());
    let tracer = capture.tracer_provider().tracer("test");

    let mut response =
        following(&capture).get(server.url("/stream")).send().await.expect("a response");
    while response.chunk().await.expect("a chunk").is_some() {
        assert!(!Context::current().span().span_context().is_valid());
        tracer.in_span("of the reader", |_| ());
    }

    assert!(capture.spans().iter().all(|span| span.parent_span_id.is_none()));
    assert_eq!(capture.spans().len(), 4);
}

#[tokio::test]
async fn sizes_of_bodies_are_opt_in() {
    let (server, capture) = (Server::start().await, Capture::new());
    let http = client(otel(&capture).with_experimental_telemetry(true).build());

    http.post(server.url("/")).body("four").send().await.expect("a response");

    let sized = server.answered("POST", "/", 200).attr("http.request.body.size", 4);
    assert_tree(&capture.spans(), sized.attr("http.response.body.size", 4));
    let points = capture.metrics();
    let expected = || server.point_answered("POST", 200).count(1);
    assert_points(&points, DURATION, [expected()]);
    assert_points(&points, "http.client.request.body.size", [expected().sum(4.0)]);
    assert_points(&points, "http.client.response.body.size", [expected().sum(4.0)]);
}

#[tokio::test]
async fn unannounced_size_is_counted_or_absent() {
    let (server, capture) = (Server::start().await, Capture::new());
    let sized = || server.answered("GET", "/stream", 200).attr("http.request.body.size", 0);

    let http = client(otel(&capture).with_experimental_telemetry(true).build());
    http.get(server.url("/stream")).send().await.expect("a response").bytes().await.expect("bytes");
    assert_tree(&capture.take_spans(), sized());

    let http =
        client(otel(&capture).with_experimental_telemetry(true).with_response_body(true).build());
    http.get(server.url("/stream")).send().await.expect("a response").bytes().await.expect("bytes");
    assert_tree(&capture.take_spans(), sized().attr("http.response.body.size", 15));
}

/// Data, trailers, and then nothing that anybody would ask for.
struct WithTrailers(u8);

impl http_body::Body for WithTrailers {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Self::Error>>> {
        self.0 += 1;
        Poll::Ready(Some(Ok(match self.0 {
            1 => Frame::data(Bytes::from_static(b"data")),
            _ => Frame::trailers(HeaderMap::new()),
        })))
    }
}

#[tokio::test]
async fn trailers_are_the_end() {
    let capture = Capture::new();
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otel(&capture).with_response_body(true).build())
        .with(Answers)
        .build();

    let response = http.get("http://example.com/").send().await.expect("a response");
    let mut body = http::Response::<reqwest::Body>::from(response).into_body();
    for _ in 0..2 {
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        frame.expect("a frame").expect("no error");
    }
    drop(body);

    assert_eq!(capture.span("GET").attribute("error.type"), None);
}

struct Answers;

#[async_trait::async_trait]
impl Middleware for Answers {
    async fn handle(&self, _: Request, _: &mut http::Extensions, _: Next<'_>) -> Result<Response> {
        Ok(http::Response::new(reqwest::Body::wrap(WithTrailers(0))).into())
    }
}

/// With a decompression feature of reqwest, a body says neither that it is over nor how long it is.
#[tokio::test]
async fn a_response_without_a_body_is_never_cancelled() {
    let server = Server::start().await;
    for (method, path, status) in [
        ("HEAD", "/hello", 200),
        ("HEAD", "/gzip", 200),
        ("HEAD", "/status/500", 500),
        ("GET", "/status/204", 204),
        ("GET", "/status/304", 304),
        ("POST", "/", 200),
    ] {
        let capture = Capture::new();
        let http = client(
            otel(&capture).with_response_body(true).with_experimental_telemetry(true).build(),
        );
        let method: reqwest::Method = method.parse().expect("a method");
        drop(http.request(method.clone(), server.url(path)).send().await.expect("a response"));

        let expected = server
            .answered(method.as_str(), path, status)
            .attr("http.request.body.size", 0)
            .attr("http.response.body.size", 0);
        assert_tree(
            &capture.spans(),
            if status < 400 { expected } else { expected.error(status.to_string()) },
        );
    }
}

#[tokio::test]
async fn an_upgraded_connection_is_never_cancelled() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let _ = socket.read(&mut [0; 1024]).await;
        let head = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
        socket.write_all(head).await.expect("written");
        let _ = socket.read(&mut [0; 1024]).await;
    });
    let capture = Capture::new();
    let url = format!("http://{address}/");
    let request =
        following(&capture).get(url).header("connection", "upgrade").header("upgrade", "x");

    drop(request.send().await.expect("a response"));

    let span = capture.span("GET");
    assert_eq!(span.attribute("http.response.status_code"), Some(&101.into()));
    assert_eq!(span.attribute("error.type"), None);
}

#[tokio::test]
async fn a_decompressed_body_ends_with_its_last_byte() {
    let (server, capture) = (Server::start().await, Capture::new());

    let response = following(&capture).get(server.url("/gzip")).send().await.expect("a response");
    assert_eq!(capture.spans(), []);
    assert_eq!(response.text().await.expect("text"), "hello".repeat(20));

    assert_tree(&capture.spans(), server.answered("GET", "/gzip", 200));
}

#[tokio::test]
async fn the_duration_is_that_of_the_span() {
    let (server, capture) = (Server::start().await, Capture::new());
    let started = std::time::Instant::now();

    let response = following(&capture).get(server.url("/stream")).send().await.expect("a response");
    response.bytes().await.expect("bytes");

    let most = started.elapsed().as_secs_f64();
    let expected = server.point_answered("GET", 200).count(1).sum_between(0.3, most);
    assert_points(&capture.metrics(), DURATION, [expected]);
}
