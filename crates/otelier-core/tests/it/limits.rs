//! Processes that may open no more descriptors or start no more threads.

use otelier_testing::OtlpReceiver;

use crate::support::{endpoint_of, run};

#[test]
fn without_threads_the_service_runs_on() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        let outcome = run(
            "no-threads",
            &[
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                ("OTEL_TRACES_EXPORTER", "otlp,console"),
                ("OTEL_METRICS_EXPORTER", "otlp,console"),
                ("OTEL_SERVICE_NAME", "limited"),
            ],
        );
        assert_eq!(outcome.told("thread"), "none", "the limit does not hold");
        assert_eq!(outcome.told("went on"), "yes");
        let diagnostics = outcome.diagnostics();
        for signal in ["traces", "metrics", "logs"] {
            let warning = format!("warning: {signal} are not exported: ");
            let about: Vec<_> = diagnostics.iter().filter(|it| it.starts_with(&warning)).collect();
            assert!(!about.is_empty(), "{signal} in {outcome:#?}");
            assert!(about.iter().all(|it| it.contains("thread")), "{about:?}");
        }
        assert!(!outcome.stderr.contains("panicked"), "{outcome:#?}");
    }
}

#[test]
fn with_few_descriptors_the_service_runs_on() {
    for protocol in ["grpc", "http/protobuf"] {
        let receiver = OtlpReceiver::start();
        for free in 0..14 {
            let outcome = run(
                "few-descriptors",
                &[
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint_of(&receiver, protocol)),
                    ("OTEL_SERVICE_NAME", "limited"),
                    ("FREE", &free.to_string()),
                ],
            );
            assert_eq!(outcome.told("went on"), "yes", "{protocol} {free}");
            assert!(!outcome.stderr.contains("panicked"), "{protocol} {free}: {outcome:#?}");
            let counts = (receiver.spans().len(), receiver.points().len(), receiver.logs().len());
            // Either everything arrives or something is said.
            assert_ne!(
                counts == (1, 1, 1),
                !outcome.diagnostics().is_empty(),
                "{free} {outcome:#?}"
            );
            receiver.reset();
        }
    }
}
