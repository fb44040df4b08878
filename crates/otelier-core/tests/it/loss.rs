//! What is said, returned and measured when telemetry does not arrive while the service runs.

use std::time::Duration;

use otelier_testing::{MetricPoint, OtlpReceiver, Reply};

use crate::support::{Outcome, endpoint_of, run};

/// Runs `scenario`, with spans only, against `receiver`.
fn run_traces(scenario: &str, receiver: &OtlpReceiver, protocol: &str) -> Outcome {
    run(
        scenario,
        &[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(receiver, protocol)),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("OTEL_SERVICE_NAME", "losing"),
        ],
    )
}

/// Where the traces go, as it is said.
fn destination(receiver: &OtlpReceiver, protocol: &str) -> String {
    let path = if protocol == "grpc" { "" } else { "/v1/traces" };
    format!("{}{path}", endpoint_of(receiver, protocol))
}

const REASONS: [(&str, &str); 3] = [
    ("grpc", "InvalidArgument: set to answer 400"),
    ("http/protobuf", "400 Bad Request: set to answer 400"),
    ("http/json", "400 Bad Request: set to answer 400"),
];

/// The results that a child tells, in order.
fn results(outcome: &Outcome) -> Vec<&str> {
    outcome.stdout.lines().filter_map(|line| line.strip_prefix("result: ")).collect()
}

#[test]
fn losses_and_recovery_are_said_once() {
    for (protocol, reason) in REASONS {
        let receiver = OtlpReceiver::start();
        for _ in 0..2 {
            receiver.respond_once(Reply::status(400));
        }
        let outcome = run_traces("flush-often", &receiver, protocol);
        let to = destination(&receiver, protocol);
        let failed =
            format!("telemetry was not delivered in full: traces: {to}: {reason}; 1 span lost");
        assert_eq!(results(&outcome), [&*failed, &*failed, "ok", "ok"], "{protocol}");
        let said = [
            format!("warning: traces to {to}: {reason}; 1 span lost so far"),
            format!("info: traces to {to}: delivered again; 2 spans lost so far"),
        ];
        assert_eq!(outcome.diagnostics(), said, "{protocol}");
        assert_eq!(receiver.spans().len(), 1);
    }
}

#[test]
fn with_a_subscriber_each_loss_is_one_event() {
    for (protocol, reason) in REASONS {
        let receiver = OtlpReceiver::start();
        receiver.respond_with(Reply::status(400));
        let outcome = run(
            "subscriber-flush",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_SERVICE_NAME", "losing"),
            ],
        );
        assert_eq!(outcome.stderr.matches("otelier: ").count(), 0, "{outcome:#?}");
        let events = outcome.stdout.lines().map(str::trim_start);
        let mut loud: Vec<&str> = events
            .filter(|line| line.starts_with("WARN ") || line.starts_with("ERROR "))
            // Losses of other signals may be among the data points by then, or not.
            .map(|line| line.rsplit_once("; ").unwrap().0)
            .collect();
        loud.sort_unstable();
        let endpoint = endpoint_of(&receiver, protocol);
        let mut expected = Vec::new();
        for signal in ["logs", "metrics", "traces"] {
            let path = if protocol == "grpc" { String::new() } else { format!("/v1/{signal}") };
            expected.push(format!("WARN otelier: {signal} to {endpoint}{path}: {reason}"));
        }
        assert_eq!(loud, expected, "{protocol}");
    }
}

#[test]
fn partial_success_is_a_loss() {
    for (protocol, _) in REASONS {
        let receiver = OtlpReceiver::start();
        receiver.respond_once(Reply::partial_success(1, "the span is too old"));
        let outcome = run_traces("flush-often", &receiver, protocol);
        let to = destination(&receiver, protocol);
        let words = "rejected in part: the span is too old; 1 span lost";
        let failed = format!("telemetry was not delivered in full: traces: {to}: {words}");
        assert_eq!(results(&outcome), [&*failed, "ok", "ok", "ok"], "{protocol}");
        assert_eq!(outcome.diagnostics()[0], format!("warning: traces to {to}: {words} so far"));
    }
}

#[test]
fn too_large_batches_arrive_in_parts() {
    for (protocol, limit) in [("grpc", 4), ("http/protobuf", 20), ("http/json", 20)] {
        let receiver = OtlpReceiver::start();
        // Attributes of two mebibytes, so that a batch is larger than a collector takes.
        let spans = limit / 2 + 1;
        let outcome = run(
            "large-spans",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "10000000"),
                ("OTEL_METRICS_EXPORTER", "none"),
                ("OTEL_LOGS_EXPORTER", "none"),
                ("OTEL_SERVICE_NAME", "large"),
                ("SPANS", &spans.to_string()),
            ],
        );
        assert_eq!((results(&outcome), outcome.diagnostics()), (vec!["ok"], vec![]), "{protocol}");
        assert_eq!(receiver.spans().len(), spans, "{protocol}");
    }
}

#[test]
fn dropped_spans_are_returned_and_measured() {
    let (traces, metrics) = (OtlpReceiver::start(), OtlpReceiver::start());
    traces.respond_with(Reply::hang());
    let outcome = run(
        "many-spans",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &metrics.http_endpoint()),
            (
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                &format!("{}/v1/traces", traces.http_endpoint()),
            ),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "300"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "1"),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("OTEL_SERVICE_NAME", "full"),
        ],
    );
    let [result] = results(&outcome)[..] else { panic!("{outcome:#?}") };
    assert!(result.ends_with("; 1000 spans lost"), "{result}");
    let said = outcome.diagnostics().into_iter().filter(|line| line.contains("traces to"));
    assert_eq!(said.count(), 1, "{outcome:#?}");
    let counted = |name: &str, error: &str| -> f64 {
        let points: Vec<MetricPoint> = metrics.points();
        let latest = points.iter().rfind(|point| {
            let error_type = point.attributes.get("error.type").and_then(|it| it.as_str());
            point.name == name && error_type == Some(error)
        });
        latest.and_then(MetricPoint::value).unwrap_or_default()
    };
    let dropped = counted("otel.sdk.processor.span.processed", "queue_full");
    let timed_out = counted("otel.sdk.exporter.span.exported", "timeout");
    assert!(dropped > 900.0 && timed_out >= 1.0, "{dropped} {timed_out}");
    assert_eq!(dropped + timed_out, 1000.0);
}

#[test]
fn the_retries_of_an_export_end_with_its_timeout() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        receiver.respond_with(Reply::status(503).with_retry_after(Duration::from_secs(60)));
        let outcome = run_traces("flush-often", &receiver, protocol);
        assert!(
            results(&outcome)[0].contains("503") || results(&outcome)[0].contains("Unavailable")
        );
        // No attempt was made again: the server's delay is longer than the timeout.
        assert_eq!(receiver.requests().len(), 3, "{protocol}");
    }
}
