//! A program that a panic ends at once: the hook delivers what is pending.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use integration_tests::program::cargo_build_aborting;
use opentelemetry::trace::TraceId;
use otelier_testing::{OtlpReceiver, Value, assert_trees, span};

const SIGABRT: i32 = 6;

#[test]
fn a_panic_that_aborts_is_delivered_with_all_that_was_pending() {
    let tmpdir = env!("CARGO_TARGET_TMPDIR");
    let program = cargo_build_aborting("exporters", "panics-program", tmpdir);
    for protocol in ["grpc", "http/protobuf", "http/json"] {
        let receiver = OtlpReceiver::start();
        let endpoint = match protocol {
            "grpc" => receiver.grpc_endpoint(),
            _ => receiver.http_endpoint(),
        };
        let output = Command::new(&program)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .env("OTEL_SERVICE_NAME", "panics")
            .env("OTELIER_PANIC_HOOK", "true")
            .output()
            .unwrap();
        assert_eq!(output.status.signal(), Some(SIGABRT), "{output:?}");
        // The hooks that were there before run as without ours.
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told.matches("the hook of the program").count(), 1, "{told}");
        assert_eq!(told.matches("panicked at panics/main.rs").count(), 1, "{told}");

        let received = receiver.received();
        let ended = span("ended").root().scope("otelier-tracing");
        assert_trees(&received.spans(), [ended]);
        let points = received.points();
        assert!(points.iter().any(|point| point.name == "counter"), "{protocol}: {received}");
        let mut logs = received.logs();
        logs.sort_by_key(|log| log.severity);
        let [said, panicked] = &logs[..] else { panic!("{protocol}: {received}") };
        assert_eq!(said.body, Value::from("said before"));
        assert_eq!(said.span_id, received.spans()[0].span_id);
        assert_eq!(panicked.body, Value::from("panic: out of bolts"));
        assert_eq!(panicked.attributes["code.file.path"], Value::from("panics/main.rs"));
        assert_eq!(panicked.attributes["code.line.number"], Value::from(14));
        // On the span that was open, which has no end.
        assert!(![TraceId::INVALID, said.trace_id].contains(&panicked.trace_id), "{received}");
    }
}
