//! How a process ends when its telemetry cannot be delivered, and what it says then.
//!
//! No time is measured here. Every limit on an export is an hour, so that a process that ends has
//! been ended by the limit on its shutdown.

use crate::support::{Outcome, SCENARIOS, endpoint_of, run};
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

/// Runs `scenario` with nothing but its shutdown to limit its exports.
fn run_without_limits(scenario: &str, protocol: &str, endpoint: &str) -> Outcome {
    const HOUR: &str = "3600000";
    run(
        scenario,
        &[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", HOUR),
            ("OTEL_BSP_EXPORT_TIMEOUT", HOUR),
            ("OTEL_BLRP_EXPORT_TIMEOUT", HOUR),
            ("OTEL_METRIC_EXPORT_TIMEOUT", HOUR),
            ("OTEL_SERVICE_NAME", "x"),
        ],
    )
}

#[test]
fn shutdown_ends_with_the_collector_down() {
    // Bound but not listening, so that connections are refused and no other process can come to
    // listen there.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let closed = format!("http://{}", socket.local_addr().unwrap());
    each(&SCENARIOS, |protocol, scenario| {
        let outcome = run_without_limits(scenario, protocol, &closed);
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
fn shutdown_ends_with_a_hanging_collector() {
    each(&["shutdown", "current-thread", "multi-thread"], |protocol, scenario| {
        let receiver = OtlpReceiver::start();
        receiver.respond_with(Reply::hang());
        let endpoint = endpoint_of(&receiver, protocol);
        let outcome = run_without_limits(scenario, protocol, &endpoint);
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
fn shutdown_ends_without_a_reachable_collector() {
    each(&["plain", "current-thread"], |protocol, scenario| {
        let outcome = run_without_limits(scenario, protocol, "http://192.0.2.1:4317");
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
    }
}
