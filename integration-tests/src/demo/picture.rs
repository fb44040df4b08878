//! What arrived, for the eye: traces as trees, and how much of everything there is.

use std::collections::BTreeSet;
use std::env;
use std::io::{self, IsTerminal as _};

use otelier_core::console::tree::{SpanRow, Style, render};
use otelier_testing::{Received, Span, Value};
use terminal_size::{Width, terminal_size};

/// The traces as trees, in color and as wide as the terminal if there is one.
pub(super) fn traces(received: &Received) -> String {
    let rows: Vec<SpanRow> = received.spans().iter().map(row).collect();
    let mut style = Style::default();
    if io::stdout().is_terminal() {
        style.color = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        style.width = terminal_size().map_or(style.width, |(Width(columns), _)| columns.into());
    }
    render(&rows, style)
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
        "{} traces · {} spans · {} metrics in {} series · from {}",
        traces.len(),
        spans.len(),
        metrics.len(),
        points.len(),
        Vec::from_iter(services).join(", "),
    )
}

fn row(span: &Span) -> SpanRow {
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

/// A string as it is, without the quotes that tell it from a number.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
