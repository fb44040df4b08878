//! How long a process takes to end when its telemetry cannot be delivered, and what it says then.

use std::time::Duration;

use crate::support::{SCENARIOS, endpoint_of, millis, run};
use otelier_core::Signal;
use otelier_testing::{OtlpReceiver, Reply};

/// Runs every scenario with both transports, all at once because each may wait for seconds.
fn each(scenarios: &[&str], check: impl Fn(&str, &str) + Sync) {
    std::thread::scope(|scope| {
        for protocol in ["grpc", "http/protobuf"] {
            for scenario in scenarios {
                scope.spawn(|| check(protocol, scenario));
            }
        }
    });
}

#[test]
fn with_the_collector_down_the_end_is_bounded_and_told() {
    // Bound but not listening, so that connections are refused and no other process can come to
    // listen there.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let closed = format!("http://{}", socket.local_addr().unwrap());
    each(&SCENARIOS, |protocol, scenario| {
        let outcome = run(
            scenario,
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &closed),
                ("OTEL_SERVICE_NAME", "x"),
            ],
        );
        assert!(millis(&outcome) < 5000, "{protocol} {scenario}: {outcome:#?}");
        let diagnostics = outcome.diagnostics();
        let [warning] = &diagnostics[..] else { panic!("{diagnostics:?}") };
        for signal in [Signal::Traces, Signal::Metrics, Signal::Logs] {
            let path = if protocol == "grpc" { String::new() } else { format!("/v1/{signal}") };
            assert!(warning.contains(&format!("{signal}: {closed}{path}: ")), "{warning}");
        }
        assert!(warning.to_lowercase().contains("connection refused"), "{warning}");
    });
}

#[test]
fn with_a_collector_that_never_answers_the_end_is_bounded() {
    each(&["shutdown", "current-thread", "multi-thread"], |protocol, scenario| {
        let receiver = OtlpReceiver::start();
        receiver.respond_with(Reply::hang());
        let outcome = run(
            scenario,
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_SERVICE_NAME", "x"),
            ],
        );
        assert!(millis(&outcome) <= 5000, "{protocol} {scenario}: {outcome:#?}");
        assert!(outcome.elapsed < Duration::from_secs(8), "the process ends too: {outcome:#?}");
        if scenario == "shutdown" {
            assert_eq!(
                (outcome.told("timeout"), outcome.told("signals")),
                ("true", "traces,metrics,logs")
            );
        } else {
            assert_eq!(outcome.diagnostics().len(), 1, "{outcome:#?}");
        }
    });
}

/// Connecting to an address of a network that answers nothing takes minutes to fail.
#[test]
fn with_a_collector_that_is_not_even_there_the_end_is_bounded() {
    each(&["plain", "current-thread"], |protocol, scenario| {
        let outcome = run(
            scenario,
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://192.0.2.1:4317"),
                ("OTEL_SERVICE_NAME", "x"),
            ],
        );
        assert!(millis(&outcome) <= 5000, "{protocol} {scenario}: {outcome:#?}");
        assert_eq!(outcome.diagnostics().len(), 1, "{outcome:#?}");
    });
}

#[test]
fn the_export_timeout_of_metrics_is_kept() {
    let receiver = OtlpReceiver::start();
    receiver.respond_with(Reply::hang());
    let outcome = run(
        "shutdown",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.http_endpoint()),
            ("OTEL_METRIC_EXPORT_TIMEOUT", "300"),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
        ],
    );
    // Without the variable it is the end of the shutdown that comes first.
    assert_eq!((outcome.told("timeout"), outcome.told("signals")), ("false", "metrics"));
}

#[test]
fn the_export_timeout_is_kept() {
    for (protocol, variable) in [
        ("grpc", "OTEL_EXPORTER_OTLP_TIMEOUT"),
        ("http/protobuf", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"),
        ("http/protobuf", "OTEL_BSP_EXPORT_TIMEOUT"),
    ] {
        let receiver = OtlpReceiver::start();
        receiver.respond_with(Reply::hang());
        let outcome = run(
            "shutdown",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                (variable, "300"),
                ("OTEL_METRICS_EXPORTER", "none"),
                ("OTEL_LOGS_EXPORTER", "none"),
            ],
        );
        assert_eq!(
            (outcome.told("timeout"), outcome.told("signals")),
            ("false", "traces"),
            "{variable}"
        );
        assert!((300..2000).contains(&millis(&outcome)), "{variable}: {outcome:#?}");
    }
}
