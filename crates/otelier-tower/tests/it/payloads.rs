//! Bodies as attributes: only when asked for, masked, cut, and never at the cost of the stream.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::post;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use otelier_testing::{Capture, Span};
use otelier_tower::OtelLayer;
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{eventually, layer, read_until, send, serve, server_span};

const REQUEST: &str = "http.request.body";
const RESPONSE: &str = "http.response.body";

/// A service that answers with the body and the content headers of the request.
async fn echo(headers: HeaderMap, body: Bytes) -> (HeaderMap, Bytes) {
    let names = ["content-type", "content-encoding"];
    let headers = names
        .into_iter()
        .filter_map(|name| Some((name.parse().expect("a name"), headers.get(name)?.clone())));
    (headers.collect(), body)
}

fn echoing(capture: &Capture) -> Router {
    Router::new().route("/", post(echo)).layer(layer(capture).with_payload_capture(true).build())
}

fn request(headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::post("/").header("host", "example.com");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).expect("a request")
}

/// What `app` answers, read to its end.
async fn answer(app: Router, request: Request<Body>) -> Bytes {
    let response = app.oneshot(request).await.expect("infallible");
    response.into_body().collect().await.expect("a body").to_bytes()
}

fn body(span: &Span, key: &str) -> Option<String> {
    span.attribute(key)?.as_str().map(str::to_owned)
}

/// Both bodies of one request whose body is echoed.
async fn captured(headers: &[(&str, &str)], sent: &'static str) -> [Option<String>; 2] {
    let capture = Capture::new();
    let answered = answer(echoing(&capture), request(headers, sent)).await;
    assert_eq!(answered, sent, "the body passes unchanged");
    let span = server_span(&capture);
    [body(&span, REQUEST), body(&span, RESPONSE)]
}

fn both(text: &str) -> [Option<String>; 2] {
    [Some(text.to_owned()), Some(text.to_owned())]
}

#[tokio::test]
async fn bodies_are_captured_and_masked() {
    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
    const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];
    let sent = r#"{"user": "joe", "password": "S3CRET"}"#;
    assert_eq!(captured(JSON, sent).await, both(r#"{"user": "joe", "password": "****"}"#));
    assert_eq!(captured(FORM, "a=1&token=S3CRET").await, both("a=1&token=****"));
    assert_eq!(captured(&[("content-type", "text/plain")], "hello").await, both("hello"));
}

#[tokio::test]
async fn other_bodies_are_left_out() {
    const NONE: [Option<String>; 2] = [None, None];
    for headers in [
        &[("content-type", "application/octet-stream")][..],
        &[("content-type", "text/html")],
        &[("content-type", "multipart/form-data; boundary=x")],
        &[("content-type", "application/json"), ("content-encoding", "gzip")],
        &[("content-type", "image/png")],
    ] {
        assert_eq!(captured(headers, "{\"a\": 1}").await, NONE, "{headers:?}");
    }
    assert_eq!(captured(&[("content-type", "text/plain")], "").await, NONE, "an empty body");
}

#[tokio::test]
async fn nothing_is_captured_unless_asked_for() {
    let capture = Capture::new();
    let app = Router::new().route("/", post(echo)).layer(layer(&capture).build());
    answer(app, request(&[("content-type", "text/plain")], "hello")).await;
    let span = server_span(&capture);
    assert_eq!([body(&span, REQUEST), body(&span, RESPONSE)], [None, None]);
}

#[tokio::test]
async fn long_bodies_are_cut_after_masking() {
    let capture = Capture::new();
    let secret = "S3CRET".repeat(100_000);
    let rest = "x".repeat(5000);
    let sent = format!(r#"{{"token": "{secret}", "rest": "{rest}"}}"#);
    let json = [("content-type", "application/json")];
    assert_eq!(answer(echoing(&capture), request(&json, sent.clone())).await, sent);
    let span = server_span(&capture);
    for key in [REQUEST, RESPONSE] {
        let value = body(&span, key).expect("a body");
        assert!(value.starts_with(r#"{"token": "****", "rest": "xxx"#), "{value}");
        assert!(value.ends_with("xxx...[too long]"), "{value}");
        assert_eq!(value.chars().count(), 2048);
    }
}

#[tokio::test]
async fn streams_are_captured_chunk_by_chunk() {
    let capture = Capture::new();
    let chunks = [r#"{"pass"#, r#"word": "S3C"#, r#"RET", "a": 1}"#];
    let sent = Body::from_stream(stream::iter(chunks.map(Ok::<_, Infallible>)));
    let handler = |headers: HeaderMap, body: Body| async move {
        let content_type = headers.get("content-type").expect("sent").clone();
        Response::builder().header("content-type", content_type).body(body).expect("a response")
    };
    let app = Router::new()
        .route("/", post(handler))
        .layer(layer(&capture).with_payload_capture(true).build());
    let response = app
        .oneshot(request(&[("content-type", "application/json")], sent))
        .await
        .expect("infallible");
    let frames: Vec<_> = response
        .into_body()
        .into_data_stream()
        .map(|chunk| chunk.expect("a chunk"))
        .collect()
        .await;
    assert_eq!(frames, chunks, "chunks stay as they are");
    let span = server_span(&capture);
    let masked = r#"{"password": "****", "a": 1}"#;
    assert_eq!([body(&span, REQUEST), body(&span, RESPONSE)], both(masked));
}

#[tokio::test]
async fn disconnect_keeps_what_has_passed() {
    let capture = Capture::new();
    let handler = || async {
        let first = stream::iter([Ok::<_, Infallible>("first ")]);
        let body = Body::from_stream(first.chain(stream::pending()));
        ([("content-type", "text/plain")], body)
    };
    let app = Router::new()
        .route("/", axum::routing::get(handler))
        .layer(layer(&capture).with_payload_capture(true).build());
    let address = serve(app).await;
    let mut socket = send(address, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    read_until(&mut socket, "first ").await;
    drop(socket);
    eventually("the request ends", || capture.open_spans() == 0).await;
    let span = server_span(&capture);
    assert_eq!(body(&span, RESPONSE).as_deref(), Some("first "));
    assert_eq!(span.attribute("error.type"), Some(&"cancelled".into()));
}

#[tokio::test]
async fn content_length_stays_on_the_wire() {
    let capture = Capture::new();
    let address = serve(echoing(&capture)).await;
    let request = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\
                   connection: close\r\n\r\nhello";
    let mut socket = send(address, request).await;
    let response = read_until(&mut socket, "\r\n\r\nhello").await;
    assert!(response.contains("content-length: 5\r\n"), "{response}");
    eventually("the request ends", || capture.open_spans() == 0).await;
    let span = server_span(&capture);
    assert_eq!([body(&span, REQUEST), body(&span, RESPONSE)], both("hello"));
}

/// A layer for services that are not axum's.
fn plain_layer(capture: &Capture) -> OtelLayer {
    let builder = OtelLayer::builder().with_tracer_provider(capture.tracer_provider());
    builder.with_payload_capture(true).build()
}

/// The attributes of both bodies of a plain service that gets `sent` and answers with the same, of
/// this content type.
async fn captured_of_plain_service(content_type: &str, sent: &str) -> [Option<String>; 2] {
    let capture = Capture::new();
    let service = service_fn(|request: Request<Full<Bytes>>| async {
        let (parts, body) = request.into_parts();
        let response = Response::builder().header("content-type", &parts.headers["content-type"]);
        Ok::<_, Infallible>(response.body(body).expect("a response"))
    });
    let request = Request::post("/").header("content-type", content_type);
    let request = request.body(Full::from(sent.to_owned())).expect("a request");
    let response = plain_layer(&capture).layer(service).oneshot(request).await.expect("infallible");
    assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), sent);
    let span = server_span(&capture);
    [body(&span, REQUEST), body(&span, RESPONSE)]
}

/// The body of a request is of a type of the user's and stays what it is.
#[tokio::test]
async fn plain_service_captures_its_response() {
    let long = format!(r#"{{"token": "{}", "a": "{}"}}"#, "S3CRET".repeat(1000), "x".repeat(5000));
    let start = r#"{"token": "****", "a": ""#;
    let suffix = "...[too long]";
    let cut = format!("{start}{}{suffix}", "x".repeat(2048 - start.len() - suffix.len()));
    for (content_type, sent, expected) in [
        ("text/plain", "hello", Some("hello")),
        ("application/json", r#"{"token": "S3CRET"}"#, Some(r#"{"token": "****"}"#)),
        ("application/json", r#"{"a": "pwd=S3CRET"}"#, Some(r#"{"a": "pwd=****"}"#)),
        ("application/json", &long, Some(&cut)),
        ("application/octet-stream", r#"{"a": 1}"#, None),
        ("text/html", "hello", None),
    ] {
        let [request, response] = captured_of_plain_service(content_type, sent).await;
        assert_eq!((request, response.as_deref()), (None, expected), "{content_type} {sent}");
    }
}

/// What happens to a stream, in order.
type Log = Arc<Mutex<Vec<String>>>;

fn log(log: &Log, event: &str, chunk: &Bytes) {
    // The address tells a chunk from a copy of it.
    log.lock().expect("lock").push(format!("{event} {:p}", chunk.as_ptr()));
}

/// A body of three chunks that are made when they are asked for.
fn logged_body(events: &Log) -> Body {
    const CHUNKS: [&str; 3] = [r#"{"pass"#, r#"word": "S3C"#, r#"RET"}"#];
    let events = Arc::clone(events);
    Body::from_stream(stream::iter(CHUNKS).map(move |chunk| {
        let chunk = Bytes::from_static(chunk.as_bytes());
        log(&events, "made", &chunk);
        Ok::<_, Infallible>(chunk)
    }))
}

/// Reads `body` frame by frame.
async fn read_logged<B: http_body::Body<Data = Bytes> + Unpin>(events: &Log, mut body: B)
where
    B::Error: std::fmt::Debug,
{
    while let Some(frame) = body.frame().await {
        log(events, "got", &frame.expect("a frame").into_data().expect("data"));
    }
}

/// Each chunk came before the next one was made, and is the same memory.
#[track_caller]
fn assert_passed_at_once(events: &Log) {
    let events = events.lock().expect("lock");
    assert_eq!(events.len(), 6, "{events:?}");
    for pair in events.chunks(2) {
        let made = pair[0].strip_prefix("made ").expect("made first");
        assert_eq!(pair[1], format!("got {made}"), "{events:?}");
    }
}

#[tokio::test]
async fn chunks_pass_at_once_and_as_they_are() {
    let json = [("content-type", "application/json")];
    let masked = Some(r#"{"password": "****"}"#);
    let (capture, [sent, answered]) = (Capture::new(), [Log::default(), Log::default()]);
    let handler = {
        let (sent, answered) = (Arc::clone(&sent), Arc::clone(&answered));
        move |body: Body| async move {
            read_logged(&sent, body).await;
            ([("content-type", "application/json")], logged_body(&answered))
        }
    };
    let layer_of_axum = layer(&capture).with_payload_capture(true).build();
    let app = Router::new().route("/", post(handler)).layer(layer_of_axum);
    let response = app.oneshot(request(&json, logged_body(&sent))).await.expect("infallible");
    read_logged(&answered, response.into_body()).await;
    assert_passed_at_once(&sent);
    assert_passed_at_once(&answered);
    let span = server_span(&capture);
    let bodies = [body(&span, REQUEST), body(&span, RESPONSE)];
    assert_eq!(bodies.each_ref().map(Option::as_deref), [masked; 2]);

    let (capture, answered) = (Capture::new(), Log::default());
    let service = service_fn(|_: Request<Body>| async {
        let response = Response::builder().header("content-type", "application/json");
        Ok::<_, Infallible>(response.body(logged_body(&answered)).expect("a response"))
    });
    let plain = plain_layer(&capture).layer(service);
    let response = plain.oneshot(request(&json, "")).await.expect("infallible");
    read_logged(&answered, response.into_body()).await;
    assert_passed_at_once(&answered);
    assert_eq!(body(&server_span(&capture), RESPONSE).as_deref(), masked);
}
