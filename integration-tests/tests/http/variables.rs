//! Every variable of the foundation with a wrong value, in a service that has to run on.

use futures_util::future::join_all;
use otelier_testing::{OtlpReceiver, assert_tree};

use crate::support::{assert_answered, diagnostics, one_request, trace};

/// A value that is wrong everywhere, and that no diagnostic may show.
const WRONG: &str = "s3cret";

/// The variables for which `WRONG` leaves all telemetry on its way to the receiver.
const VARIABLES: [&str; 33] = [
    "OTEL_SDK_DISABLED",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_EXPORTER",
    "OTEL_METRICS_EXPORTER",
    "OTEL_LOGS_EXPORTER",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
    "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_PROPAGATORS",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_INSTRUMENTATION_HTTP_SERVER_EMIT_EXPERIMENTAL_TELEMETRY",
    "OTEL_INSTRUMENTATION_HTTP_CLIENT_EMIT_EXPERIMENTAL_TELEMETRY",
];

#[tokio::test]
async fn wrong_values_warn_once_and_service_runs() {
    for some in VARIABLES.chunks(8) {
        join_all(some.iter().map(|variable| warns_once(variable))).await;
    }
}

async fn warns_once(variable: &str) {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let mut variables = vec![
        ("OTEL_SERVICE_NAME", "on"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        // It has an argument.
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
    ];
    variables.retain(|(name, _)| *name != variable);
    variables.push((variable, WRONG));
    let ended = one_request(&[], variables).await;

    assert_answered(&ended);
    let told = diagnostics(&ended);
    let [warning] = &told[..] else { panic!("{variable}: {told:?}") };
    assert!(warning.starts_with(&format!("warning: {variable}: ")), "{warning}");
    let start = ended.stderr.iter().filter(|it| it.starts_with("otelier: info: version ")).count();
    assert_eq!(ended.stderr.len() - start, 1, "nothing else is said: {ended:#?}");
    assert!(!warning.contains(WRONG), "{warning}");
    assert_tree(&receiver.spans(), trace("on"));
}

#[tokio::test]
async fn wrong_endpoints_warn_and_default_applies() {
    let variables = [("OTEL_SERVICE_NAME", "on"), ("OTEL_EXPORTER_OTLP_ENDPOINT", WRONG)];
    let ended = one_request(&[], variables).await;

    assert_answered(&ended);
    let told = diagnostics(&ended);
    let about: Vec<_> =
        told.iter().filter(|it| it.starts_with("warning: OTEL_EXPORTER_OTLP_ENDPOINT: ")).collect();
    assert_eq!(about.len(), 1, "{told:?}");
    assert!(about[0].contains("http://localhost:4318"), "{told:?}");
    assert!(!ended.stderr.concat().contains(WRONG), "{ended:#?}");
}
