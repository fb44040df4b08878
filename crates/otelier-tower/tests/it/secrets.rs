//! What must not leave, and what leaves when it is allowed to.

use axum::Router;
use axum::routing::get as on_get;
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use otelier_testing::{Capture, Value};
use otelier_tower::axum::OtelLayerBuilder;

use crate::support::{answer, get, layer, server_span};

async fn span_with(
    build: impl FnOnce(OtelLayerBuilder) -> OtelLayerBuilder,
) -> otelier_testing::Span {
    let capture = Capture::new();
    let handler = || async { ([(SET_COOKIE, "planted-1"), (http::header::ETAG, "tag")], "ok") };
    let app = Router::new().route("/a", on_get(handler)).layer(build(layer(&capture)).build());
    let mut request = get("/a?X-Amz-Signature=planted-2&page=1");
    request.headers_mut().insert(AUTHORIZATION, "Bearer planted-3".parse().expect("a value"));
    request.headers_mut().insert(COOKIE, "id=planted-4".parse().expect("a value"));
    request.headers_mut().append("x-tag", "one".parse().expect("a value"));
    request.headers_mut().append("x-tag", "two".parse().expect("a value"));
    answer(&app, request).await;
    server_span(&capture)
}

fn list(values: &[&str]) -> Value {
    Value::from(values.iter().map(|value| Value::from(*value)).collect::<Vec<_>>())
}

#[tokio::test]
async fn no_header_and_no_signature_leaves_by_default() {
    let span = span_with(|layer| layer).await;
    assert!(!format!("{span:?}").contains("planted"), "{span:?}");
    assert!(!span.attributes.keys().any(|key| key.contains("header")), "{span:?}");
    assert_eq!(span.attribute("url.query"), Some(&"X-Amz-Signature=REDACTED&page=1".into()));
}

#[tokio::test]
async fn allowed_headers_leave_with_all_their_values() {
    let span = span_with(|layer| {
        layer
            .with_captured_request_headers(["X-Tag", "x-none"])
            .with_captured_response_headers(["ETag"])
    })
    .await;
    assert_eq!(span.attribute("http.request.header.x-tag"), Some(&list(&["one", "two"])));
    assert_eq!(span.attribute("http.request.header.x-none"), None);
    assert_eq!(span.attribute("http.response.header.etag"), Some(&list(&["tag"])));
}

#[tokio::test]
async fn allowed_secret_headers_are_masked() {
    let span = span_with(|layer| {
        layer
            .with_captured_request_headers(["authorization", "cookie"])
            .with_captured_response_headers(["set-cookie"])
    })
    .await;
    assert!(!format!("{span:?}").contains("planted"), "{span:?}");
    for key in [
        "http.request.header.authorization",
        "http.request.header.cookie",
        "http.response.header.set-cookie",
    ] {
        assert_eq!(span.attribute(key), Some(&list(&["****"])), "{key}");
    }
}

#[tokio::test]
async fn masking_can_be_chosen() {
    let span = span_with(|layer| {
        layer
            .with_captured_request_headers(["authorization", "x-tag"])
            .with_masked_headers(["X-Tag"])
    })
    .await;
    assert_eq!(
        span.attribute("http.request.header.authorization"),
        Some(&list(&["Bearer planted-3"]))
    );
    assert_eq!(span.attribute("http.request.header.x-tag"), Some(&list(&["****", "****"])));
}

#[tokio::test]
async fn query_redaction_can_be_chosen() {
    let span = span_with(|layer| layer.with_redacted_query_keys(["page"])).await;
    assert_eq!(
        span.attribute("url.query"),
        Some(&"X-Amz-Signature=planted-2&page=REDACTED".into())
    );
}

#[tokio::test]
async fn sensitive_keys_are_masked_in_queries_and_headers() {
    let capture = Capture::new();
    let location = "/cb?code=planted&next=https%3A%2F%2Fjoe%3Aplanted%40h%2F%3Ftoken%3Dplanted";
    let handler = move || async move {
        ([("location", location), ("www-authenticate", "Negotiate planted")], "ok")
    };
    let layer = layer(&capture)
        .with_captured_request_headers(["referer", "x-jwt", "dpop"])
        .with_captured_response_headers(["location", "www-authenticate"]);
    let app = Router::new().route("/a", on_get(handler)).layer(layer.build());
    let keys = ["Password", "access_token", "api_key", "client_secret", "CODE", "id_token"];
    let query = |value: &str| keys.map(|key| format!("{key}={value}")).join("&");
    let path = format!("/a?{}&SAMLResponse=planted&page=1", query("planted"));
    let mut request = get(&path);
    for (name, value) in [
        ("referer", "https://joe:planted@h/?sig=planted"),
        ("x-jwt", "planted"),
        ("dpop", "planted"),
    ] {
        request.headers_mut().insert(name, value.parse().expect("a value"));
    }
    answer(&app, request).await;

    let span = server_span(&capture);
    assert!(!format!("{span:?}").contains("planted"), "{span:?}");
    let expected = format!("{}&SAMLResponse=REDACTED&page=1", query("REDACTED"));
    assert_eq!(span.attribute("url.query"), Some(&expected.as_str().into()));
    let next = "https%3A%2F%2FREDACTED:REDACTED%40h%2F%3Ftoken%3DREDACTED";
    let location = format!("/cb?code=REDACTED&next={next}");
    for (key, expected) in [
        ("http.request.header.referer", "https://REDACTED:REDACTED@h/?sig=REDACTED"),
        ("http.request.header.x-jwt", "****"),
        ("http.request.header.dpop", "****"),
        ("http.response.header.location", location.as_str()),
        ("http.response.header.www-authenticate", "****"),
    ] {
        assert_eq!(span.attribute(key), Some(&list(&[expected])), "{key}");
    }
}
