//! What arrived, for the eye: traces as trees with their log records, a table of routes, and a line
//! for each metric.

mod svg;

use std::collections::BTreeSet;
use std::env;
use std::io::{self, IsTerminal as _};
use std::time::UNIX_EPOCH;

use otelier::opentelemetry::logs::Severity;
use otelier::opentelemetry::trace::{SpanId, TraceId};
use otelier_core::console::summary::{MetricRow, MetricValue, metrics, routes};
use otelier_core::console::tree::{LogRow, SpanRow, Style, render_with_logs};
use otelier_testing::{LogRecord, MetricKind, MetricPoint, PointData, Received, Span, Value};
use terminal_size::{Width, terminal_size};

/// Columns of a picture: as wide as a page can show.
const PICTURE_WIDTH: usize = 130;

/// The traces as trees, in color and as wide as the terminal if there is one.
pub(super) fn traces(received: &Received) -> String {
    render_with_logs(&spans(received), &logs(received), style())
}

/// The routes that were served, and the metrics that were measured.
pub(super) fn summary(received: &Received) -> String {
    let series: Vec<MetricRow> = received.points().iter().map(series).collect();
    format!("{}\n{}", routes(&spans(received), style()), metrics(&series, style()))
}

/// The trace with the most spans as an SVG.
pub(super) fn svg(received: &Received) -> String {
    let spans = spans(received);
    let size = |trace: TraceId| spans.iter().filter(|span| span.trace_id == trace).count();
    let largest = spans.iter().map(|span| span.trace_id).max_by_key(|trace| size(*trace));
    let shown: Vec<SpanRow> =
        spans.iter().filter(|span| Some(span.trace_id) == largest).cloned().collect();
    let style = Style { width: PICTURE_WIDTH, color: true };
    svg::of(&render_with_logs(&shown, &logs(received), style))
}

/// One line that counts what arrived.
pub(super) fn totals(received: &Received) -> String {
    let (spans, points) = (received.spans(), received.points());
    let traces: BTreeSet<_> = spans.iter().map(|span| span.trace_id.to_bytes()).collect();
    let metrics: BTreeSet<_> = points.iter().map(|point| &point.name).collect();
    let resources =
        spans.iter().map(|span| &span.resource).chain(points.iter().map(|point| &point.resource));
    let services: BTreeSet<_> =
        resources.filter_map(|it| it.get("service.name")?.as_str()).collect();
    format!(
        "{} traces · {} spans · {} log records · {} metrics in {} series · from {}",
        traces.len(),
        spans.len(),
        received.logs().len(),
        metrics.len(),
        points.len(),
        Vec::from_iter(services).join(", "),
    )
}

fn style() -> Style {
    let mut style = Style::default();
    if io::stdout().is_terminal() {
        style.color = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        style.width = terminal_size().map_or(style.width, |(Width(columns), _)| columns.into());
    }
    style
}

fn spans(received: &Received) -> Vec<SpanRow> {
    received.spans().iter().map(span_row).collect()
}

fn logs(received: &Received) -> Vec<LogRow> {
    received.logs().iter().filter_map(log_row).collect()
}

fn span_row(span: &Span) -> SpanRow {
    SpanRow {
        trace_id: span.trace_id,
        span_id: span.span_id,
        parent_id: span.parent_span_id,
        service: span.resource.get("service.name").map(text).unwrap_or_default(),
        name: span.name.clone(),
        kind: span.kind.clone(),
        start: span.start,
        end: span.end,
        status: span.status.clone(),
        attributes: span.attributes.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        links: span.links.iter().map(|link| (link.trace_id, link.span_id)).collect(),
    }
}

/// A record that belongs to a span.
fn log_row(log: &LogRecord) -> Option<LogRow> {
    let message = match log.body.as_str() {
        Some("") | None if !log.event_name.is_empty() => log.event_name.clone(),
        _ => text(&log.body),
    };
    (log.span_id != SpanId::INVALID).then(|| LogRow {
        trace_id: log.trace_id,
        span_id: log.span_id,
        time: if log.time == UNIX_EPOCH { log.observed } else { log.time },
        severity: match log.severity {
            ..=0 => None,
            1..=4 => Some(Severity::Trace),
            5..=8 => Some(Severity::Debug),
            9..=12 => Some(Severity::Info),
            13..=16 => Some(Severity::Warn),
            17.. => Some(Severity::Error),
        },
        level: log.severity_text.clone(),
        target: log.scope.name.clone(),
        message,
        attributes: log.attributes.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
    })
}

fn series(point: &MetricPoint) -> MetricRow {
    let value = match &point.data {
        PointData::Histogram { count, sum, .. }
        | PointData::ExponentialHistogram { count, sum, .. }
        | PointData::Summary { count, sum, .. } => MetricValue::Histogram(*count, *sum),
        _ if point.kind == MetricKind::Gauge => {
            MetricValue::Gauge(point.value().unwrap_or_default())
        }
        _ => MetricValue::Sum(point.value().unwrap_or_default()),
    };
    MetricRow::new(&point.name, &point.unit, value)
}

/// A string as it is, without the quotes that tell it from a number.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
