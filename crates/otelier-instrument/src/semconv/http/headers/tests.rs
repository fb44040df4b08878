//! Which headers are recorded, and what of them.

use http::{HeaderMap, HeaderValue};

use super::*;
use crate::masking::SensitiveKeys;

fn sent() -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("authorization", "Bearer planted"),
        ("x-tag", "a"),
        ("x-tag", "b"),
        ("x-test-a", "1"),
        ("x-test-b", "2"),
        ("x-test-b", "3"),
        ("x-test-token", "planted"),
        ("location", "https://joe:planted@h/?sig=planted&n=1"),
        ("x-name", "J\u{fc}rgen"),
    ] {
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
    }
    headers
}

fn capturing(allowed: &[&str], sensitive: SensitiveKeys) -> CapturedHeaders {
    let allowed: Vec<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
    let context = MaskingContext::HttpRequestHeaders;
    let masking = MaskingPolicy::default().with_context(context, sensitive);
    CapturedHeaders::new("p.", &allowed, &masking, context)
}

fn captured_with(allowed: &[&str], sensitive: SensitiveKeys) -> Vec<(String, String)> {
    capturing(allowed, sensitive)
        .attributes(&sent())
        .map(|kv| (kv.key.to_string(), kv.value.to_string()))
        .collect()
}

fn check(allowed: &[&str], expected: &[(&str, &str)]) {
    let captured = captured_with(allowed, SensitiveKeys::default());
    let captured: Vec<_> = captured.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(captured, expected, "{allowed:?}");
}

#[test]
fn records_all_values_of_allowed_headers() {
    check(&["X-Tag", "x-absent", "not a header"], &[("p.x-tag", r#"["a","b"]"#)]);
}

#[test]
fn masks_a_secret_header_unless_told_otherwise() {
    check(&["authorization"], &[("p.authorization", r#"["****"]"#)]);
    assert_eq!(
        captured_with(&["authorization"], SensitiveKeys::none()),
        [("p.authorization".to_owned(), r#"["Bearer planted"]"#.to_owned())]
    );
}

#[test]
fn header_named_twice_is_recorded_once() {
    check(&["x-tag", " X-Tag"], &[("p.x-tag", r#"["a","b"]"#)]);
}

#[test]
fn a_pattern_records_each_matching_header_once() {
    check(
        &["X-Test-*", "x-*-b", "x-test-a"],
        &[
            ("p.x-test-a", r#"["1"]"#),
            ("p.x-test-b", r#"["2","3"]"#),
            ("p.x-test-token", r#"["****"]"#),
        ],
    );
    check(&["y-*"], &[]);
}

#[test]
fn masks_a_value_that_is_marked_as_sensitive() {
    let mut headers = HeaderMap::new();
    let mut value = HeaderValue::from_static("planted");
    value.set_sensitive(true);
    headers.append("x-tag", value);
    headers.append("x-tag", HeaderValue::from_static("b"));
    for allowed in ["x-tag", "x-*"] {
        let captured = capturing(&[allowed], SensitiveKeys::none());
        let values: Vec<_> = captured.attributes(&headers).map(|kv| kv.value.to_string()).collect();
        assert_eq!(values, [r#"["****","b"]"#]);
    }
}

#[test]
fn urls_in_headers_are_masked() {
    check(&["location"], &[("p.location", r#"["https://REDACTED:REDACTED@h/?sig=REDACTED&n=1"]"#)]);
}

#[test]
fn text_in_utf_8_is_recorded() {
    check(&["x-name"], &[("p.x-name", "[\"J\u{fc}rgen\"]")]);
}
