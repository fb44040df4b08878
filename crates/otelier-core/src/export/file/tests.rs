//! What is in a file after requests were written to it.

use std::fs;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use serde_json::Value;

use super::*;
use crate::config::Signal;

fn spans(names: &[&str]) -> ExportRequest {
    let span = |name: &&str| Span { name: (*name).to_owned(), ..Span::default() };
    let spans = names.iter().map(span).collect();
    ExportRequest::Traces(ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    })
}

fn delivery(signal: Signal, lines: &Arc<Lines>, output: &FileOutput) -> FileDelivery {
    let status = ExportStatus::of_file(signal, output, 0, ShutdownSignal::default());
    FileDelivery::new(Arc::clone(lines), status)
}

#[test]
fn a_request_is_a_line_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("otlp");
    fs::write(&path, "from the last run").unwrap();
    let output = FileOutput::Path(path.clone());
    let lines = Arc::new(Lines::open(&output, ShutdownSignal::default()).unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), "", "emptied when it is opened");
    let traces = delivery(Signal::Traces, &lines, &output);
    let metrics = delivery(Signal::Metrics, &lines, &output);
    let accepted = |accepted| Outcome { accepted, ..Outcome::default() };
    assert_eq!(traces.send(spans(&["a\nb", "c"])), accepted(2));
    let empty = ExportRequest::Metrics(ExportMetricsServiceRequest::default());
    assert_eq!(metrics.send(empty), accepted(0));
    assert_eq!(traces.send(spans(&["d"])), accepted(1));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.ends_with('\n'), "{text}");
    let values: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [first, second, third] = &values[..] else { panic!("{text}") };
    let spans = first["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
    assert_eq!(spans.iter().map(|it| &it["name"]).collect::<Vec<_>>(), ["a\nb", "c"]);
    assert_eq!(second, &serde_json::json!({"resourceMetrics": []}));
    assert!(third.get("resourceSpans").is_some());
}

#[test]
fn a_failure_has_its_reason_and_its_kind() {
    let output = FileOutput::at("/dev/full");
    let lines = Arc::new(Lines::open(&output, ShutdownSignal::default()).unwrap());
    let outcome = delivery(Signal::Traces, &lines, &output).send(spans(&["a", "b"]));
    let [(lost, failure)] = &outcome.failed[..] else { panic!("{outcome:?}") };
    assert_eq!((*lost, outcome.accepted), (2, 0));
    assert!(failure.reason.starts_with("No space left on device"), "{failure:?}");
    assert_eq!(failure.error_type, "StorageFull");
}

#[test]
fn what_cannot_be_opened_says_why() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("no/file")] {
        assert!(Lines::open(&FileOutput::Path(path), ShutdownSignal::default()).is_err());
    }
}
