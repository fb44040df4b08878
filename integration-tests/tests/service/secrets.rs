//! Nothing that is planted leaves the service; without masking, what the policy governs does.

use crate::child::UNNAMED;
use crate::run::{Left, service};

/// Occurs in every secret and in nothing else, as it is and as base64 may have it.
const PLANTED: [&str; 4] = ["hunter2", "aHVudGVyM", "h1bnRlcj", "odW50ZXIy"];

/// Headers that are recorded, and bodies.
const CAPTURED: [(&str, &str); 5] = [
    ("OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS", "x-api-key,cookie,authorization"),
    ("OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS", "set-cookie"),
    ("OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS", "x-api-key,cookie,authorization"),
    ("OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS", "set-cookie"),
    ("OTELIER_CAPTURE_PAYLOADS", "true"),
];

/// The names of the spans that the service must have, for the searches to mean something.
#[track_caller]
fn assert_worked(left: &Left) {
    let spans = left.received.spans();
    for name in
        ["POST /orders", "POST /login", "POST", "SELECT", "insert products", "find products"]
    {
        assert!(spans.iter().any(|span| span.name == name), "{name}\n{}", left.received);
    }
    for start in ["send otelier-service-", "receive otelier-service-", "process otelier-service-"] {
        assert!(spans.iter().any(|span| span.name.starts_with(start)), "{start}");
    }
    let dumped = left.text("the dump of spans").lines().count();
    assert_eq!(dumped, spans.len(), "every span is dumped, and no empty poll");
    let logs = left.received.logs();
    assert_eq!(left.text("the dump of logs").lines().count(), logs.len());
    assert!(logs.iter().any(|log| log.body.as_str() == Some("ordered")), "{}", left.received);
    assert!(left.text("the console").contains("POST /orders"));
    assert!(left.text("the diagnostics").contains("tracer_provider.processors[0]"));
}

#[track_caller]
fn assert_nothing_leaves(left: &Left) {
    for (name, text) in &left.texts {
        for secret in PLANTED {
            if let Some(at) = text.find(secret) {
                let from = text[..at].char_indices().rev().nth(200).map_or(0, |(from, _)| from);
                panic!(
                    "{name} has {secret}: …{}",
                    text[from..].chars().take(260).collect::<String>()
                );
            }
        }
    }
}

#[test]
fn nothing_planted_leaves_by_default() {
    let left = service(&[(UNNAMED, "1")]);
    assert_worked(&left);
    assert_nothing_leaves(&left);
}

#[test]
fn captured_headers_and_bodies_leave_masked() {
    let left = service(&CAPTURED);
    assert_worked(&left);
    assert_nothing_leaves(&left);
    let export = left.text("the export");
    for key in [
        "http.request.header.x-api-key",
        "http.response.header.set-cookie",
        "http.request.body",
        "http.response.body",
        "messaging.message.body",
        "process.environ",
    ] {
        assert!(export.contains(&format!("{key:?}")), "{key} is not there to be masked");
    }
}

/// So that the tests above can fail.
#[test]
fn planted_secrets_leave_where_nothing_is_masked() {
    let none = ("OTELIER_SECRET_MASKING_REGEX", "[]");
    let left = service(&[&CAPTURED[..], &[none]].concat());
    assert_worked(&left);
    for (secret, texts) in [
        ("hunter2-header", &["the export", "the dump of spans"][..]),
        ("hunter2-cookie", &["the export", "the dump of spans"]),
        ("hunter2-set-cookie", &["the export", "the dump of spans"]),
        ("hunter2-query", &["the export", "the dump of spans", "the console"]),
        ("hunter2-nested", &["the export", "the dump of spans"]),
        ("hunter2-json", &["the export", "the dump of spans"]),
        ("hunter2-inner", &["the export", "the dump of spans"]),
        ("hunter2-form", &["the export", "the dump of spans"]),
        ("hunter2-response", &["the export", "the dump of spans"]),
        ("hunter2-response-token", &["the export", "the dump of spans"]),
        ("hunter2-message", &["the export", "the dump of spans"]),
        ("hunter2-environment", &["the export", "the dump of spans", "the dump of logs"]),
        ("hunter2-log-field", &["the export", "the dump of logs", "the diagnostics"]),
        ("hunter2-log-json", &["the export", "the dump of logs", "the diagnostics"]),
        ("hunter2-log-message", &["the export", "the dump of logs", "the diagnostics"]),
        ("hunter2-log-error", &["the export", "the dump of logs"]),
    ] {
        for text in texts {
            assert!(left.text(text).contains(secret), "{secret} in {text}");
        }
    }
    // These are not the policy's: nothing records them, or a URL has them as user information.
    for secret in [
        "sql",
        "parameter",
        "failed-sql",
        "password",
        "endpoint",
        "proxy",
        "aws",
        "environment-url",
    ] {
        for (name, text) in &left.texts {
            assert!(!text.contains(&format!("hunter2-{secret}")), "{secret} in {name}");
        }
    }
    // What we say of our own settings hides them in any case.
    assert!(!left.text("the diagnostics").contains("hunter2-exporter"));
}
