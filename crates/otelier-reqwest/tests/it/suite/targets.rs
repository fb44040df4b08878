//! What the URL of a request says of the server, for URLs of every shape.

use otelier_testing::{Capture, assert_tree, span};

use super::otelier_reqwest::UrlTemplate;
use super::reqwest::{self, Method, Request};
use super::reqwest_middleware::{ClientBuilder, Error};
use super::support::{Below, otel};

/// Expects a request for `url`, which never gets to a wire, to be known as `full` of `host` and
/// `port`.
async fn check(url: &str, full: &str, host: &str, port: u16) {
    let capture = Capture::new();
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otel(&capture).build())
        .with(Below(|| Some(Error::Middleware(anyhow::anyhow!("not to be sent")))))
        .build();
    // Made by hand: reqwest's builder would turn user information into a header.
    let request = Request::new(Method::GET, url.parse().expect("a URL"));
    let mut extensions = http::Extensions::new();
    extensions.insert(UrlTemplate::new(""));
    http.execute_with_extensions(request, &mut extensions).await.expect_err("not sent");
    let expected = span("GET")
        .client()
        .scope("otelier-reqwest")
        .attr("http.request.method", "GET")
        .attr("server.address", host)
        .attr("server.port", port)
        .attr("url.full", full)
        .error("middleware");
    assert_tree(&capture.spans(), expected);
}

#[tokio::test]
async fn ports_are_those_of_the_scheme_unless_given() {
    check("http://example.com/a", "http://example.com/a", "example.com", 80).await;
    check("https://example.com:443", "https://example.com/", "example.com", 443).await;
    check("https://example.com:8443/", "https://example.com:8443/", "example.com", 8443).await;
}

#[tokio::test]
async fn hosts_are_names_or_addresses() {
    check("https://[2001:DB8::1]/", "https://[2001:db8::1]/", "2001:db8::1", 443).await;
    check("http://[::1]:81/", "http://[::1]:81/", "::1", 81).await;
    check("http://0x7f.1/", "http://127.0.0.1/", "127.0.0.1", 80).await;
    check(
        "http://b\u{fc}cher.example/",
        "http://xn--bcher-kva.example/",
        "xn--bcher-kva.example",
        80,
    )
    .await;
}

#[tokio::test]
async fn user_information_does_not_leave_in_any_spelling() {
    let redacted = "https://REDACTED:REDACTED@example.com/";
    for user_info in ["joe:pw", "joe", ":pw", "j%40e:p%2Fw", "joe:p@w", "joe:p:w", "%00:\u{1f511}"]
    {
        check(&format!("https://{user_info}@example.com/"), redacted, "example.com", 443).await;
    }
    check("https:\\\\joe:pw@example.com", redacted, "example.com", 443).await;
    check("https:joe:pw@example.com", redacted, "example.com", 443).await;
}
