//! What never leaves, and what leaves only when asked for.

use otelier_testing::{Capture, assert_tree, span};

use super::reqwest::{self, Url};
use super::support::{Server, client, otel};

/// A request with a secret in every place that can hold one.
fn secretive(server: &Server) -> reqwest::Request {
    let mut url = Url::parse(&server.url("/hello")).expect("a URL");
    url.set_username("joe-planted").expect("a host");
    url.set_password(Some("pw-planted")).expect("a host");
    url.set_query(Some("sig=planted&X-Amz-Signature=planted&page=2"));
    let mut request = reqwest::Request::new(reqwest::Method::GET, url);
    let headers = request.headers_mut();
    headers.insert("authorization", "Bearer planted".parse().expect("a value"));
    headers.insert("cookie", "session=planted".parse().expect("a value"));
    headers.insert("x-tag", "harmless".parse().expect("a value"));
    request
}

fn assert_no_secret(capture: &Capture) {
    let everything = format!("{:?} {:?}", capture.spans(), capture.metrics());
    assert!(!everything.contains("planted"), "{everything}");
    assert_eq!(capture.spans().len(), 1);
}

const REDACTED: &str = "/hello?sig=REDACTED&X-Amz-Signature=REDACTED&page=2";

#[tokio::test]
async fn default_records_no_header_and_masks_urls() {
    let (server, capture) = (Server::start().await, Capture::new());

    client(otel(&capture).build()).execute(secretive(&server)).await.expect("a response");

    let url = server.url(REDACTED).replace("http://", "http://REDACTED:REDACTED@");
    assert_tree(&capture.spans(), server.answered("GET", REDACTED, 200).attr("url.full", url));
    assert_no_secret(&capture);
    let headers = &server.seen()[0];
    assert_eq!(headers["authorization"], "Bearer planted", "the request itself is left alone");
}

#[tokio::test]
async fn captured_secret_header_is_masked() {
    let (server, capture) = (Server::start().await, Capture::new());
    let middleware = otel(&capture)
        .with_captured_request_headers(["Authorization", "cookie", "x-tag", "x-absent"])
        .with_captured_response_headers(["set-cookie", "X-Tag", "content-length"]);

    client(middleware.build()).execute(secretive(&server)).await.expect("a response");

    let url = server.url(REDACTED).replace("http://", "http://REDACTED:REDACTED@");
    assert_tree(
        &capture.spans(),
        server
            .answered("GET", REDACTED, 200)
            .attr("url.full", url)
            .attr("http.request.header.authorization", ["****"])
            .attr("http.request.header.cookie", ["****"])
            .attr("http.request.header.x-tag", ["harmless"])
            .attr("http.response.header.set-cookie", ["****", "****"])
            .attr("http.response.header.x-tag", ["a", "b"])
            .attr("http.response.header.content-length", ["5"]),
    );
    assert_no_secret(&capture);
}

#[tokio::test]
async fn masking_and_redaction_are_the_users_to_choose() {
    let (server, capture) = (Server::start().await, Capture::new());
    let middleware = otel(&capture)
        .with_captured_request_headers(["authorization", "x-tag"])
        .with_masked_headers(["tag"])
        .with_redacted_query_keys(["page"]);

    client(middleware.build()).execute(secretive(&server)).await.expect("a response");

    let path = "/hello?sig=planted&X-Amz-Signature=planted&page=REDACTED";
    let url = server.url(path).replace("http://", "http://REDACTED:REDACTED@");
    let sent = server.answered("GET", path, 200).attr("url.full", url);
    let sent = sent.attr("http.request.header.authorization", ["Bearer planted"]);
    assert_tree(&capture.spans(), sent.attr("http.request.header.x-tag", ["****"]));

    capture.reset();
    let none: [&str; 0] = [];
    let middleware = otel(&capture)
        .with_captured_request_headers(["cookie"])
        .with_masked_headers(none)
        .with_redacted_query_keys(none);
    client(middleware.build()).execute(secretive(&server)).await.expect("a response");
    let cookie = "http.request.header.cookie";
    let url = server.url("/hello?sig=planted&X-Amz-Signature=planted&page=2");
    let url = url.replace("http://", "http://REDACTED:REDACTED@");
    assert_tree(
        &capture.spans(),
        span("GET").client().subset().attr(cookie, ["session=planted"]).attr("url.full", url),
    );
}

#[tokio::test]
async fn the_message_of_an_error_is_not_recorded() {
    let capture = Capture::new();
    let http = client(otel(&capture).build());

    let url = "http://joe-planted:pw-planted@nowhere.invalid/?sig=planted";
    http.get(url).header("authorization", "planted").send().await.expect_err("no such host");

    assert_no_secret(&capture);
}

#[tokio::test]
async fn values_marked_sensitive_are_always_masked() {
    let (server, capture) = (Server::start().await, Capture::new());
    let none: [&str; 0] = [];
    let middleware =
        otel(&capture).with_captured_request_headers(["authorization"]).with_masked_headers(none);

    client(middleware.build())
        .get(server.url("/hello"))
        .bearer_auth("planted")
        .send()
        .await
        .expect("sent");

    let expected = server.answered("GET", "/hello", 200);
    assert_tree(&capture.spans(), expected.attr("http.request.header.authorization", ["****"]));
    assert_eq!(server.seen()[0]["authorization"], "Bearer planted");
}
