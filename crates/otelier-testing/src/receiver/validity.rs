//! What a message must be like to be accepted: what a collector or a backend would refuse is
//! refused here.

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{Exemplar, Metric, metric::Data};
use opentelemetry_proto::tonic::trace::v1::Span;

use super::Message;

/// Says what is wrong with the first part of `message` that is not valid.
pub(super) fn check(message: &Message) -> Result<(), String> {
    match message {
        Message::Traces(message) => message
            .resource_spans
            .iter()
            .flat_map(|it| &it.scope_spans)
            .flat_map(|it| &it.spans)
            .try_for_each(check_span),
        Message::Metrics(message) => message
            .resource_metrics
            .iter()
            .flat_map(|it| &it.scope_metrics)
            .flat_map(|it| &it.metrics)
            .try_for_each(check_metric),
        Message::Logs(message) => message
            .resource_logs
            .iter()
            .flat_map(|it| &it.scope_logs)
            .flat_map(|it| &it.log_records)
            .try_for_each(check_log),
    }
}

/// Ids must be there, of the right length and not zero. Only a root has no parent.
fn check_span(span: &Span) -> Result<(), String> {
    let of = |problem: String| format!("span {:?}: {problem}", span.name);
    id(&span.trace_id, 16, "trace id").map_err(of)?;
    id(&span.span_id, 8, "span id").map_err(of)?;
    optional_id(&span.parent_span_id, 8, "parent's span id").map_err(of)?;
    for link in &span.links {
        id(&link.trace_id, 16, "link's trace id").map_err(of)?;
        id(&link.span_id, 8, "link's span id").map_err(of)?;
    }
    match span.end_time_unix_nano < span.start_time_unix_nano {
        true => Err(of("it ends before it starts".to_owned())),
        false => Ok(()),
    }
}

/// Ids may be missing, as a record need not belong to a span.
fn check_log(record: &LogRecord) -> Result<(), String> {
    optional_id(&record.trace_id, 16, "trace id of a log record")?;
    optional_id(&record.span_id, 8, "span id of a log record")
}

/// Only exemplars have ids. A metric without data is an error.
fn check_metric(metric: &Metric) -> Result<(), String> {
    let of = |problem: String| format!("metric {:?}: {problem}", metric.name);
    let exemplars: Vec<&Exemplar> = match &metric.data {
        Some(Data::Gauge(it)) => it.data_points.iter().flat_map(|it| &it.exemplars).collect(),
        Some(Data::Sum(it)) => it.data_points.iter().flat_map(|it| &it.exemplars).collect(),
        Some(Data::Histogram(it)) => it.data_points.iter().flat_map(|it| &it.exemplars).collect(),
        Some(Data::ExponentialHistogram(it)) => {
            it.data_points.iter().flat_map(|it| &it.exemplars).collect()
        }
        Some(Data::Summary(_)) => Vec::new(),
        None => return Err(of("it has no data".to_owned())),
    };
    for exemplar in exemplars {
        optional_id(&exemplar.trace_id, 16, "exemplar's trace id").map_err(of)?;
        optional_id(&exemplar.span_id, 8, "exemplar's span id").map_err(of)?;
    }
    Ok(())
}

/// An error if the id has another length, or is all zeros. `name` is how the error calls it.
fn id(bytes: &[u8], length: usize, name: &str) -> Result<(), String> {
    if bytes.len() != length {
        return Err(format!("{name} has {} bytes, not {length}", bytes.len()));
    }
    match bytes.iter().all(|byte| *byte == 0) {
        true => Err(format!("{name} is all zeros")),
        false => Ok(()),
    }
}

/// As `id`, but no bytes at all are fine.
fn optional_id(bytes: &[u8], length: usize, name: &str) -> Result<(), String> {
    if bytes.is_empty() { Ok(()) } else { id(bytes, length, name) }
}
