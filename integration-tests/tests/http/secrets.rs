//! What is planted in requests, responses and the environment, and must not leave the process.

use otelier_testing::{Expected, OtlpReceiver, Received, Value, any, assert_tree, matching, span};

use crate::support::{asked, assert_answered, one_request, served};

const ARGUMENTS: [&str; 9] = [
    "/hello?X-Amz-Signature=planted-signature&X-Goog-Signature=planted-signature&page=1",
    "--header=authorization: Bearer planted-authorization",
    "--header=cookie: session=planted-cookie",
    "--header=proxy-authorization: Basic planted-proxy",
    "--header=x-api-key: planted-key",
    "--header=x-amz-security-token: planted-token",
    "--header=x-harmless: shown",
    "--userinfo=planted-user:planted-password@",
    "--cookie=session=planted-set-cookie",
];

const QUERY: &str = "X-Amz-Signature=REDACTED&X-Goog-Signature=REDACTED&page=1";

/// Runs the program with all that is planted, and `variables`; returns what arrived.
async fn run_with(variables: &[(&str, &str)]) -> Received {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint().replace("://", "://planted-exporter:planted-exporter@");
    let mut environment = vec![
        ("OTEL_SERVICE_NAME", "discreet"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=planted-header"),
        ("DATABASE_PASSWORD", "planted-environment"),
        // All that we have to say, and all that we can measure.
        ("OTEL_LOG_LEVEL", "debug"),
        ("OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY", "true"),
        ("OTEL_INSTRUMENTATION_HTTP_CLIENT_EMIT_EXPERIMENTAL_TELEMETRY", "true"),
    ];
    environment.extend(variables);
    let ended = one_request(&ARGUMENTS, environment).await;

    assert_answered(&ended);
    assert!(ended.stderr.iter().any(|line| line.starts_with("otelier: debug: ")), "{ended:#?}");
    assert!(!ended.stderr.concat().contains("planted"), "{ended:#?}");
    let received = receiver.received();
    assert!(!received.points().is_empty(), "{received}");
    received
}

/// reqwest makes a header of the user's name and password before anybody sees the URL.
fn url() -> Expected {
    matching("redacted", |url| {
        let url = url.as_str().unwrap_or_default();
        url.starts_with("http://127.0.0.1:") && url.ends_with(&format!("/hello?{QUERY}"))
    })
}

#[tokio::test]
async fn nothing_that_is_planted_leaves() {
    let received = run_with(&[]).await;

    assert!(!received.export_text().contains("planted"), "{}", received.export_text());
    let server = served("/hello", "/hello", any())
        .attr("url.query", QUERY)
        .attr("http.request.body.size", 0)
        .attr("http.response.body.size", 5);
    let client =
        asked(any(), url()).attr("http.request.body.size", 0).attr("http.response.body.size", 5);
    assert_tree(&received.spans(), client.child(server.child(span("greet"))));
}

#[tokio::test]
async fn allowed_secrets_leave_masked() {
    let requested =
        "authorization,cookie,proxy-authorization,x-api-key,x-amz-security-token,x-harmless";
    let received = run_with(&[
        ("OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS", requested),
        ("OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS", "set-cookie"),
        ("OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS", requested),
        ("OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS", "set-cookie"),
    ])
    .await;

    assert!(!received.export_text().contains("planted"), "{}", received.export_text());
    let spans = received.spans();
    for name in ["GET", "GET /hello"] {
        let span = spans.iter().find(|span| span.name == name).unwrap();
        let captured: Vec<_> = span
            .attributes
            .iter()
            .filter_map(|(key, value)| {
                Some((key.strip_prefix("http.re")?.split_once(".header.")?.1, value))
            })
            .collect();
        let masked = Value::from(["****"]);
        let shown = Value::from(["shown"]);
        // That of the URL, and that of the header.
        let both = Value::from(["****", "****"]);
        let expected = [
            ("authorization", &both),
            ("cookie", &masked),
            ("proxy-authorization", &masked),
            ("x-amz-security-token", &masked),
            ("x-api-key", &masked),
            ("x-harmless", &shown),
            ("set-cookie", &masked),
        ];
        assert_eq!(captured, expected, "{name}");
    }
}
