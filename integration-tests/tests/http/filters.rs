//! Requests that are filtered, by the service or by its caller: no spans, and metrics all the same.

use otelier_testing::{OtlpReceiver, Received, any, assert_tree, assert_trees, span};

use crate::support::{asked, assert_answered, diagnostics, one_request, served};

async fn run_with(variables: &[(&str, &str)]) -> Received {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let mut environment =
        vec![("OTEL_SERVICE_NAME", "filtered"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint)];
    environment.extend(variables);
    let ended = one_request(&["/hello?deep=1"], environment).await;
    assert_answered(&ended);
    assert_eq!(diagnostics(&ended), [""; 0]);
    let received = receiver.received();
    // Metrics are not filtered.
    for name in ["http.server.request.duration", "http.client.request.duration"] {
        let points = received.points();
        let count = points.iter().filter(|point| point.name == name).count();
        assert_eq!(count, 1, "{name}: {received}");
    }
    received
}

#[tokio::test]
async fn filters_of_both_sides_leave_no_span() {
    for variable in ["OTELIER_FILTER_HTTP_ENDPOINTS_REGEX", "LUMIGO_FILTER_HTTP_ENDPOINTS_REGEX"] {
        let received = run_with(&[(variable, r#"["/hello"]"#)]).await;
        assert_trees(&received.spans(), []);
    }
}

#[tokio::test]
async fn filtered_calls_are_not_recorded_by_callees() {
    let variable = "OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_CLIENT";
    let received =
        run_with(&[(variable, r#"["^http://127\\.0\\.0\\.1:\\d+/hello\\?deep=1$"]"#)]).await;
    assert_trees(&received.spans(), []);
}

#[tokio::test]
async fn below_filtered_requests_nothing_is_recorded() {
    let variable = "OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_SERVER";
    // Also by a sampler that does not ask for the parent.
    for sampler in ["parentbased_always_on", "always_on"] {
        let variables = [(variable, r#"["^/hello\\?deep=1$"]"#), ("OTEL_TRACES_SAMPLER", sampler)];
        let received = run_with(&variables).await;
        assert_tree(&received.spans(), asked(any(), any()).root());
    }
}

#[tokio::test]
async fn requests_not_filtered_are_recorded() {
    let received = run_with(&[
        ("OTELIER_FILTER_HTTP_ENDPOINTS_REGEX", r#"["", "/HELLO", "/goodbye"]"#),
        ("OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_SERVER", r#"["^http:"]"#),
        ("OTELIER_FILTER_HTTP_ENDPOINTS_REGEX_CLIENT", r#"["^/hello"]"#),
    ])
    .await;
    let server = served("/hello", "/hello", any()).attr("url.query", "deep=1");
    assert_tree(&received.spans(), asked(any(), any()).root().child(server.child(span("greet"))));
    let unfiltered = run_with(&[("OTELIER_FILTER_HTTP_ENDPOINTS_REGEX", "[]")]).await;
    assert_eq!(unfiltered.spans().len(), 3);
}
