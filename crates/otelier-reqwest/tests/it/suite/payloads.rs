//! Bodies as attributes: only when asked for, masked, and passed on unchanged.

use std::convert::Infallible;

use futures_util::stream;
use otelier_testing::{Capture, assert_tree};

use super::reqwest;
use super::reqwest_middleware::ClientWithMiddleware;
use super::support::{Server, client, otel};

fn capturing(capture: &Capture) -> ClientWithMiddleware {
    client(otel(capture).with_payload_capture(true).build())
}

#[tokio::test]
async fn bodies_are_captured_and_masked() {
    let (server, capture) = (Server::start().await, Capture::new());
    let sent = r#"{"password":"S3CRET","a":1}"#;
    let request = capturing(&capture).post(server.url("/echo"));
    let response = request
        .header("content-type", "application/json")
        .body(sent)
        .send()
        .await
        .expect("a response");
    assert_eq!(capture.spans(), [], "the span ends with the body");
    assert_eq!(response.text().await.expect("text"), sent);
    let masked = r#"{"password":"****","a":1}"#;
    let expected = server.answered("POST", "/echo", 200);
    assert_tree(
        &capture.spans(),
        expected.attr("http.request.body", masked).attr("http.response.body", masked),
    );
}

#[tokio::test]
async fn streamed_request_is_captured_as_it_is_sent() {
    let (server, capture) = (Server::start().await, Capture::new());
    let chunks = ["a=1&tok", "en=S3C", "RET&b=2"].map(Ok::<_, Infallible>);
    let response = capturing(&capture)
        .post(server.url("/echo"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(reqwest::Body::wrap_stream(stream::iter(chunks)))
        .send()
        .await
        .expect("a response");
    assert_eq!(response.text().await.expect("text"), "a=1&token=S3CRET&b=2");
    let masked = "a=1&token=****&b=2";
    let expected = server.answered("POST", "/echo", 200);
    assert_tree(
        &capture.spans(),
        expected.attr("http.request.body", masked).attr("http.response.body", masked),
    );
}

#[tokio::test]
async fn long_bodies_are_cut_after_masking() {
    let (server, capture) = (Server::start().await, Capture::new());
    let sent = format!(r#"{{"token": "{}", "a": "{}"}}"#, "S3CRET".repeat(1000), "x".repeat(5000));
    let response = capturing(&capture)
        .post(server.url("/echo"))
        .header("content-type", "application/json")
        .body(sent.clone())
        .send()
        .await
        .expect("a response");
    assert_eq!(response.text().await.expect("text"), sent);
    let (start, suffix) = (r#"{"token": "****", "a": ""#, "...[too long]");
    let cut = format!("{start}{}{suffix}", "x".repeat(2048 - start.len() - suffix.len()));
    let expected = server.answered("POST", "/echo", 200);
    assert_tree(
        &capture.spans(),
        expected.attr("http.request.body", cut.as_str()).attr("http.response.body", cut.as_str()),
    );
}

#[tokio::test]
async fn chunk_of_response_does_not_wait_for_the_next() {
    let (server, capture) = (Server::start().await, Capture::new());
    let response = capturing(&capture).get(server.url("/held")).send().await;
    let mut response = response.expect("a response");
    let first = response.chunk().await.expect("a chunk").expect("the first");
    assert_eq!(first, r#"{"token": "S3C"#);
    // Only now the server goes on.
    reqwest::get(server.url("/hello")).await.expect("a response");
    let mut rest = Vec::new();
    while let Some(chunk) = response.chunk().await.expect("a chunk") {
        rest.extend_from_slice(&chunk);
    }
    assert_eq!(rest, br#"RET", "a": 1}"#);
    let expected = server.answered("GET", "/held", 200);
    assert_tree(
        &capture.spans(),
        expected.attr("http.response.body", r#"{"token": "****", "a": 1}"#),
    );
}

#[tokio::test]
async fn compressed_response_is_captured_decoded() {
    let (server, capture) = (Server::start().await, Capture::new());
    let response =
        capturing(&capture).get(server.url("/gzip-text")).send().await.expect("a response");
    assert_eq!(response.text().await.expect("text"), "hello".repeat(20));
    let expected = server.answered("GET", "/gzip-text", 200);
    assert_tree(&capture.spans(), expected.attr("http.response.body", "hello".repeat(20)));
}

#[tokio::test]
async fn other_bodies_end_with_the_head() {
    let (server, capture) = (Server::start().await, Capture::new());
    // Bytes of no type that is captured.
    let response = capturing(&capture).post(server.url("/")).body("hello").send().await;
    assert_tree(&capture.spans(), server.answered("POST", "/", 200));
    assert_eq!(response.expect("a response").text().await.expect("text"), "hello");
}

#[tokio::test]
async fn nothing_is_captured_unless_asked_for() {
    let (server, capture) = (Server::start().await, Capture::new());
    let request = client(otel(&capture).build()).post(server.url("/echo"));
    request.header("content-type", "text/plain").body("hello").send().await.expect("a response");
    assert_tree(&capture.spans(), server.answered("POST", "/echo", 200));
}
