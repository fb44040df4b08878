//! Short programs: their work as a span, delivered before it returns, and context between
//! processes.

use std::process::Command;

use opentelemetry::trace::{SpanId, TraceId};
use otelier_testing::{OtlpReceiver, Span, assert_trees, span};

use crate::support::{endpoint_of, run};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn spans_of(scenario: &str, variables: &[(&str, &str)]) -> (Vec<Span>, String) {
    let receiver = OtlpReceiver::start();
    let protocol = variables.iter().find(|(name, _)| *name == "OTEL_EXPORTER_OTLP_PROTOCOL");
    let endpoint = endpoint_of(&receiver, protocol.map_or("", |(_, value)| value));
    let always = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_SERVICE_NAME", "short"),
        ("OTEL_METRICS_EXPORTER", "none"),
    ];
    let outcome = run(scenario, &[&always, variables].concat());
    (receiver.received().spans(), outcome.stdout)
}

#[test]
fn work_is_delivered_before_it_returns() {
    for protocol in ["grpc", "http/protobuf", "http/json"] {
        for scenario in ["run-closure", "run-current-thread", "run-multi-thread"] {
            let (spans, _) = spans_of(scenario, &[("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)]);
            // The process exits without dropping its guard.
            let expected = span("nightly-import").root().scope("otelier").child(span("step"));
            assert_trees(&spans, [expected]);
        }
    }
}

#[test]
fn an_error_of_the_work_is_returned_and_recorded() {
    let (spans, stdout) = spans_of("run-failing", &[]);
    assert!(stdout.contains("returned: no file called s3cret"), "{stdout}");
    assert_eq!(spans.len(), 1);
    let keys: Vec<&str> = spans[0].attributes.keys().map(String::as_str).collect();
    assert_eq!(keys, ["error.type"], "{spans:?}");
}

#[test]
fn work_continues_the_trace_of_the_environment() {
    let (spans, _) = spans_of("run-closure", &[("TRACEPARENT", PARENT), ("TRACESTATE", "a=1")]);
    let root = spans.iter().find(|span| span.name == "nightly-import").unwrap();
    assert_eq!(root.trace_id, TraceId::from_hex("0af7651916cd43dd8448eb211c80319c").unwrap());
    assert_eq!(root.parent_span_id, SpanId::from_hex("b7ad6b7169203331").ok());

    // What is not valid is as good as absent, and so is what no propagator is there for.
    let off = ("OTEL_PROPAGATORS", "none");
    for variables in [&[("TRACEPARENT", &PARENT[..54])][..], &[("TRACEPARENT", PARENT), off]] {
        let (spans, _) = spans_of("run-closure", variables);
        let root = spans.iter().find(|span| span.name == "nightly-import").unwrap();
        assert_eq!(root.parent_span_id, None, "{variables:?}");
    }
}

#[test]
fn a_child_process_gets_the_current_context_only() {
    let stale = [("TRACEPARENT", PARENT), ("TRACESTATE", "a=1"), ("BAGGAGE", "user=ada")];
    let (spans, stdout) = spans_of("run-with-child", &stale);
    let root = &spans[0];
    let traceparent = format!("TRACEPARENT=00-{}-{}-", root.trace_id, root.span_id);
    assert!(stdout.contains(&traceparent), "{stdout}");
    assert!(stdout.contains("TRACESTATE=a=1") && stdout.contains("BAGGAGE=user=ada"), "{stdout}");

    // A trace that was started here has no state: that of the environment is not for the child.
    let (spans, stdout) = spans_of("root-with-child", &stale);
    let traceparent = format!("TRACEPARENT=00-{}-{}-", spans[0].trace_id, spans[0].span_id);
    assert!(stdout.contains(&traceparent), "{stdout}");
    assert!(!stdout.contains("TRACESTATE") && !stdout.contains("BAGGAGE"), "{stdout}");

    // Without a span the child inherits what this process was given.
    let (_, stdout) = spans_of("no-span-with-child", &stale);
    assert!(stdout.contains(PARENT) && stdout.contains("BAGGAGE=user=ada"), "{stdout}");
}

#[test]
fn before_init_a_command_is_left_as_it_is() {
    let mut command = Command::new("true");
    otelier_core::context_to_command(&mut command);
    assert_eq!(command.get_envs().count(), 0);
}

#[test]
#[cfg(all(target_os = "linux", feature = "tokio-metrics"))]
fn the_process_and_its_runtime_are_measured() {
    let receiver = OtlpReceiver::start();
    let endpoint = receiver.http_endpoint();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_SERVICE_NAME", "short")];
    run("runtime-metrics", &variables);
    let points = receiver.received().points();
    let value = |name: &str| {
        let point = points.iter().find(|point| point.name == name);
        point.unwrap_or_else(|| panic!("no {name} in {points:?}")).value().unwrap()
    };
    assert_eq!(value("tokio.workers"), 1.0);
    assert!(value("process.memory.usage") > 1e6 && value("process.thread.count") > 1.0);

    receiver.reset();
    let outcome = run("runtime-metrics-outside", &variables);
    assert!(outcome.diagnostics()[0].contains("there are no metrics of tokio"), "{outcome:?}");
    assert_eq!(receiver.received().points(), []);
}
