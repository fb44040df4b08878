//! Nothing that is planted leaves the service; without masking, what the policy governs does.

use otelier_testing::{LogRecord, Span};

use crate::child::{ONLY_START, UNNAMED};
use crate::run::{Left, service, service_with_file};

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
    for name in [
        "POST /orders",
        "POST /login",
        "POST",
        "SELECT",
        "insert products",
        "find products",
        "sign in",
        "charge",
    ] {
        assert!(spans.iter().any(|span| span.name == name), "{name}\n{}", left.received);
    }
    for verb in ["send", "publish", "receive", "process"] {
        let start = format!("{verb} otelier-service-");
        assert!(spans.iter().any(|span| span.name.starts_with(&start)), "{start}");
    }
    let dumped = left.text("the dump of spans").lines().count();
    assert_eq!(dumped, spans.len(), "every span is dumped, and no empty poll\n{}", left.received);
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

/// Where a value of a span leaves that is recorded as it is without masking, and the secret there.
const ON_SPANS: [(&str, &str); 26] = [
    ("http.request.header.x-api-key", "header"),
    ("http.request.header.cookie", "cookie"),
    ("http.response.header.set-cookie", "set-cookie"),
    ("url.query", "query"),
    ("url.query", "nested"),
    ("url.query", "plain-query"),
    ("url.full", "query"),
    ("url.full", "nested"),
    ("http.request.body", "json"),
    ("http.request.body", "inner"),
    ("http.request.body", "pair"),
    ("http.request.body", "body-userinfo"),
    ("http.request.body", "body-query"),
    ("http.request.body", "form"),
    ("http.response.body", "response"),
    ("http.response.body", "response-token"),
    ("http.response.body", "plain"),
    ("messaging.message.body", "message"),
    ("messaging.message.body", "batch"),
    ("messaging.message.body", "batch-text"),
    ("messaging.message.body", "notification"),
    ("db.request.body", "document"),
    ("db.request.body", "filter"),
    ("db.response.body", "document"),
    ("session_id", "baggage"),
    ("password", "field"),
];

/// The same of log records: what has the secret, and the secret.
const IN_LOGS: [(&str, &str); 7] = [
    ("api_key", "log-field"),
    ("order", "log-json"),
    ("body", "log-message"),
    ("exception.message", "log-error"),
    ("exception.message", "error"),
    ("exception.message", "panic"),
    ("body", "panic"),
];

/// Variables of the environment in the resource.
const IN_ENVIRONMENT: [&str; 3] = ["environment", "environment-query", "environment-json"];

/// What is planted under `name`, up to its end: a name may begin with another one.
fn has_secret(text: &str, name: &str) -> bool {
    let secret = format!("hunter2-{name}");
    text.match_indices(&secret).any(|(at, _)| {
        let next = text[at + secret.len()..].chars().next();
        !next.is_some_and(|next| next == '-' || next.is_alphanumeric())
    })
}

fn spans_with<'a>(spans: &'a [Span], key: &'a str) -> impl Iterator<Item = String> + 'a {
    spans.iter().filter_map(|span| span.attribute(key)).map(|value| format!("{value:?}"))
}

/// The body or an attribute of a log record.
fn logs_with<'a>(logs: &'a [LogRecord], key: &'a str) -> impl Iterator<Item = String> + 'a {
    let value = move |log: &'a LogRecord| match key {
        "body" => Some(&log.body),
        key => log.attribute(key),
    };
    logs.iter().filter_map(value).map(|value| format!("{value:?}"))
}

/// `texts` that have the mask: of URLs, or of everything else.
fn is_masked(text: &str) -> bool {
    text.contains("****") || text.contains("REDACTED")
}

/// Everything that is planted leaves in `left` as the mask.
#[track_caller]
fn assert_leaves_masked(left: &Left) {
    let (spans, logs) = (left.received.spans(), left.received.logs());
    for (key, _) in ON_SPANS {
        assert!(spans_with(&spans, key).any(|text| is_masked(&text)), "{key} is not there");
    }
    for (key, _) in IN_LOGS {
        assert!(logs_with(&logs, key).any(|text| is_masked(&text)), "{key} is not there");
    }
    let environment = spans[0].resource.get("process.environ").unwrap().as_str().unwrap();
    assert!(is_masked(environment), "{environment}");
    let failed = spans.iter().find(|span| span.name == "charge").unwrap();
    assert!(is_masked(&format!("{:?}", failed.status)), "{:?}", failed.status);
}

/// Everything that the policy governs leaves, in each place.
#[track_caller]
fn assert_leaves_unmasked(left: &Left) {
    let (spans, logs) = (left.received.spans(), left.received.logs());
    for (key, name) in ON_SPANS {
        let is_there = spans_with(&spans, key).any(|text| has_secret(&text, name));
        assert!(is_there, "{name} in {key}: {:#?}", spans_with(&spans, key).collect::<Vec<_>>());
        assert!(has_secret(left.text("the dump of spans"), name), "{name} in the dump of spans");
    }
    for (key, name) in IN_LOGS {
        let is_there = logs_with(&logs, key).any(|text| has_secret(&text, name));
        assert!(is_there, "{name} in {key}: {:#?}", logs_with(&logs, key).collect::<Vec<_>>());
        assert!(has_secret(left.text("the dump of logs"), name), "{name} in the dump of logs");
    }
    for name in IN_ENVIRONMENT {
        let resources = [&spans[0].resource, &logs[0].resource];
        for environment in resources.map(|it| it.get("process.environ").unwrap().as_str()) {
            assert!(has_secret(environment.unwrap(), name), "{name} in {environment:?}");
        }
        for dump in ["the dump of spans", "the dump of logs"] {
            assert!(has_secret(left.text(dump), name), "{name} in {dump}");
        }
    }
    let failed = spans.iter().find(|span| span.name == "charge").unwrap();
    assert!(has_secret(&format!("{:?}", failed.status), "error"), "{:?}", failed.status);
    for (text, name) in [
        ("the console", "query"),
        ("the diagnostics", "log-field"),
        ("the diagnostics", "log-json"),
        ("the diagnostics", "log-message"),
    ] {
        assert!(has_secret(left.text(text), name), "{name} in {text}");
    }
    // These are not the policy's: nothing records them, or a URL has them as user information.
    for name in [
        "sql",
        "parameter",
        "failed-sql",
        "attribute",
        "password",
        "proxy",
        "proxy-password",
        "aws-id",
        "aws-key",
        "aws-token",
        "environment-url",
    ] {
        for (text, content) in &left.texts {
            assert!(!has_secret(content, name), "{name} in {text}");
        }
    }
    assert_configuration_stays(left);
}

/// What we say of our own settings hides their secrets in any case. Only what the environment says
/// may leave as part of it.
#[track_caller]
fn assert_configuration_stays(left: &Left) {
    let has = |text: &str, name: &str| has_secret(left.text(text), name);
    for text in ["the diagnostics", "the console"] {
        assert!(!has(text, "exporter-header"), "{text}");
    }
    for name in ["exporter", "endpoint", "file-header", "file-list"] {
        for (text, _) in &left.texts {
            assert!(!has(text, name), "{name} in {text}");
        }
    }
}

#[test]
fn captured_headers_and_bodies_leave_masked() {
    let left = service(&CAPTURED);
    assert_worked(&left);
    assert_nothing_leaves(&left);
    assert_leaves_masked(&left);
}

/// So that the tests above can fail.
#[test]
fn planted_secrets_leave_where_nothing_is_masked() {
    let none = ("OTELIER_SECRET_MASKING_REGEX", "[]");
    let left = service(&[&CAPTURED[..], &[none]].concat());
    assert_worked(&left);
    assert_leaves_unmasked(&left);
}

/// A configuration file that says all that the variables say above, with `masking` at its end.
fn file(endpoint: &str, masking: &str) -> String {
    format!(
        "file_format: \"1.1\"
resource:
  attributes: [{{name: service.name, value: discreet}}]
  detection/development: {{detectors: [{{process: }}, {{environ: }}]}}
propagator: {{composite: [{{tracecontext: }}, {{baggage: }}]}}
tracer_provider:
  processors:
    - batch:
        exporter:
          otlp_http:
            endpoint: {endpoint}/v1/traces
            headers: [{{name: x-api-key, value: hunter2-file-header}}]
            headers_list: \"authorization=Bearer%20hunter2-file-list\"
    - simple: {{exporter: {{console: }}}}
logger_provider:
  processors:
    - batch: {{exporter: {{otlp_http: {{endpoint: \"{endpoint}/v1/logs\"}}}}}}
    - simple: {{exporter: {{console: }}}}
instrumentation/development:
  general:
    http:
      server:
        request_captured_headers: [x-api-key, cookie, authorization]
        response_captured_headers: [set-cookie]
      client:
        request_captured_headers: [x-api-key, cookie, authorization]
        response_captured_headers: [set-cookie]
distribution:
  otelier:
    capture_payloads: true
    baggage_span_attributes: [session_id, team]
{masking}"
    )
}

#[test]
fn secrets_of_a_configuration_file_stay_and_others_leave_masked() {
    let left = service_with_file(|endpoint| file(endpoint, ""), &[]);
    assert_worked(&left);
    assert_nothing_leaves(&left);
    assert_leaves_masked(&left);
}

#[test]
fn a_configuration_file_decides_that_nothing_is_masked() {
    let masking = "    masking: {general: []}\n";
    let left = service_with_file(|endpoint| file(endpoint, masking), &[]);
    assert_worked(&left);
    assert_leaves_unmasked(&left);
}

/// A message about a fault says where it is and what was expected, and no value that is there.
#[test]
fn secrets_of_a_faulty_configuration_file_stay() {
    for (from, to) in [
        (
            "headers: [{name: x-api-key, value: hunter2-file-header}]",
            "headers: hunter2-file-header",
        ),
        ("name: x-api-key, value: hunter2-file-header", "name: \"hunter2 x\", value: hunter2"),
        ("Bearer%20hunter2-file-list", "Bearer%zzhunter2-file-list,=hunter2"),
        ("hunter2-endpoint@", "hunter2-endpoint@hunter2-host:port"),
        ("capture_payloads: true", "capture_payloads: hunter2"),
        ("\"1.1\"", "hunter2"),
        ("request_captured_headers: [", "request_captured_headers: [[hunter2], "),
        ("distribution:", "distribution: &hunter2-anchor *hunter2-alias\n  \"hunter2"),
    ] {
        let faulty = |endpoint: &str| {
            let text = file(endpoint, "");
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        };
        let left = service_with_file(faulty, &[(ONLY_START, "1")]);
        assert_configuration_stays(&left);
        let said = left.text("the diagnostics");
        assert!(said.contains("OTEL_CONFIG_FILE"), "{to}: {said}");
        let ours = said.lines().filter(|line| line.contains("OTEL_CONFIG_FILE"));
        for line in ours {
            assert!(!line.contains("hunter2"), "{to}: {line}");
        }
    }
}
