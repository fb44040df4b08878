//! Draws traces as trees, from spans of any source.
//!
//! Rows are plain data, and not spans of the SDK, so that spans that were received or read from a
//! file can be drawn too.
//!
//! ```
//! # mod otelier { pub use otelier_core::*; }
//! use std::time::{Duration, UNIX_EPOCH};
//!
//! use opentelemetry::trace::{SpanId, SpanKind, TraceId};
//! use otelier::console::tree::{SpanRow, Style, render};
//!
//! let at = |ms| UNIX_EPOCH + Duration::from_millis(ms);
//! let row = |id, parent, service: &str, name: &str, kind, start, end| SpanRow {
//!     trace_id: TraceId::from(7),
//!     span_id: SpanId::from(id),
//!     parent_id: parent,
//!     service: service.to_owned(),
//!     name: name.to_owned(),
//!     kind,
//!     start: at(start),
//!     end: at(end),
//!     ..SpanRow::default()
//! };
//! let parent = SpanId::from(1);
//! let rows = [
//!     row(2, Some(parent), "shop", "GET /ping", SpanKind::Server, 1, 9),
//!     row(1, None, "cli", "GET", SpanKind::Client, 0, 10),
//! ];
//! let drawing = render(&rows, Style::default());
//! assert_eq!(
//!     drawing,
//!     "\
//! ── GET /ping · 10.0ms · 2 spans · 2 services ──────── 00:00:00.000Z 00000000000000000000000000000007
//!                                            ╷0             ╷5ms
//!    GET                       cli   10.0ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
//!    └─ GET /ping              shop  8.00ms     ━━━━━━━━━━━━━━━━━━━━━━━
//! "
//! );
//! ```

mod detail;
mod drawing;
mod layout;
mod order;
mod slow;
mod time_scale;

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::logs::Severity;
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId};

use super::style::Ink;
pub use super::style::Style;
use detail::Detail;
use drawing::Drawing;
pub(super) use layout::Layout;
use order::Node;

/// A span as it is drawn.
#[derive(Clone, Debug)]
pub struct SpanRow {
    /// The trace that the span belongs to; each trace is a tree of its own.
    pub trace_id: TraceId,
    /// The span's own id.
    pub span_id: SpanId,
    /// The parent's id. A span whose parent is not among the rows stands at the top, with its
    /// parent's id.
    pub parent_id: Option<SpanId>,
    /// `service.name` of the resource.
    pub service: String,
    /// The span's name.
    pub name: String,
    /// The span's kind.
    pub kind: SpanKind,
    /// When it started.
    pub start: SystemTime,
    /// When it ended.
    pub end: SystemTime,
    /// How it ended.
    pub status: Status,
    /// All attributes, their values rendered as text. The few that matter are drawn.
    pub attributes: Vec<(String, String)>,
    /// The spans that this one links to.
    pub links: Vec<(TraceId, SpanId)>,
}

impl Default for SpanRow {
    /// An internal span without name, ids and duration, to be filled in.
    fn default() -> Self {
        Self {
            trace_id: TraceId::INVALID,
            span_id: SpanId::INVALID,
            parent_id: None,
            service: String::new(),
            name: String::new(),
            kind: SpanKind::Internal,
            start: UNIX_EPOCH,
            end: UNIX_EPOCH,
            status: Status::Unset,
            attributes: Vec::new(),
            links: Vec::new(),
        }
    }
}

impl SpanRow {
    /// Zero if the span ended before it started, as a clock that was set back makes it seem.
    pub(super) fn duration(&self) -> Duration {
        self.end.duration_since(self.start).unwrap_or_default()
    }

    /// Whether its status is Error; an `error.type` alone does not count.
    pub(super) fn is_error(&self) -> bool {
        matches!(self.status, Status::Error { .. })
    }
}

/// A log record as it is drawn, below the span that it belongs to.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// The trace of the span that was current.
    pub trace_id: TraceId,
    /// The span that was current.
    pub span_id: SpanId,
    /// When it was recorded.
    pub time: SystemTime,
    /// Its severity, which decides the color.
    pub severity: Option<Severity>,
    /// Its level, as the library calls it: `INFO`.
    pub level: String,
    /// What recorded it. Not drawn in a tree.
    pub target: String,
    /// The body, or the event's name.
    pub message: String,
    /// All attributes, their values rendered as text.
    pub attributes: Vec<(String, String)>,
}

impl Default for LogRow {
    /// A record without content and ids, to be filled in.
    fn default() -> Self {
        Self {
            trace_id: TraceId::INVALID,
            span_id: SpanId::INVALID,
            time: UNIX_EPOCH,
            severity: None,
            level: String::new(),
            target: String::new(),
            message: String::new(),
            attributes: Vec::new(),
        }
    }
}

/// What the columns begin with on every line.
const MARGIN: usize = 3;
/// Columns between two columns of the table.
const GAP: usize = 2;
/// Columns of one level of the tree. A guide and two spaces, or a branch of the same width.
const LEVEL: usize = 3;
/// The colors of services. Red is for what failed, yellow for what is slow.
const PALETTE: [Ink; 4] = [Ink::Cyan, Ink::Magenta, Ink::Blue, Ink::Green];

/// Draws each trace among `rows` as a tree, the one that started first on top.
///
/// Control characters are shown escaped, so nothing that a span carries reaches the terminal as a
/// command.
#[must_use]
pub fn render(rows: &[SpanRow], style: Style) -> String {
    render_with_logs(rows, &[], style)
}

/// Draws each trace among `spans` as a tree, as [`render`] does, with its log records below their
/// spans.
///
/// A record of a trace that has no span here is left out.
#[must_use]
pub fn render_with_logs(spans: &[SpanRow], logs: &[LogRow], style: Style) -> String {
    draw(spans, logs, style, &mut Layout::default())
}

/// Draws traces in the columns of `layout`, which get wider if something does not fit. All of the
/// traces are measured first, so that they share their columns.
///
/// A drawing goes through these steps: the rows are sorted into one `Tree` for each trace; `order`
/// puts the spans of a trace into the order of its lines; `detail` and `slow` say what there is to
/// tell of each span; the `Layout` is widened for all of it; and `drawing` writes the lines, with
/// the bars of `time_scale`. The widths are known before the first line is written, so nothing is
/// ever redrawn.
pub(super) fn draw(
    spans: &[SpanRow],
    logs: &[LogRow],
    style: Style,
    layout: &mut Layout,
) -> String {
    let trees = trees(spans, logs);
    for tree in &trees {
        layout.widen(tree, style);
    }
    let mut out = String::new();
    for (index, tree) in trees.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        Drawing::new(tree, layout, style).draw(&mut out);
    }
    out
}

/// One trace. Its first three lists have one element for each line, in the order of lines.
pub(super) struct Tree<'a> {
    /// The spans in the order of their lines.
    nodes: Vec<Node<'a>>,
    /// What each line says beyond name and times.
    details: Vec<Detail>,
    /// The log records of each node, by time.
    logs: Vec<Vec<&'a LogRow>>,
    /// Those whose span is not here.
    stray_logs: Vec<&'a LogRow>,
    /// The services in order of appearance.
    services: Vec<&'a str>,
    /// When its first span started.
    start: SystemTime,
    /// From then to the end of the span that ended last.
    total: Duration,
}

/// Sorts the rows into traces, those that started first in front. Log records whose trace has no
/// span are left out.
fn trees<'a>(spans: &'a [SpanRow], logs: &'a [LogRow]) -> Vec<Tree<'a>> {
    let mut traces: Vec<(Vec<&SpanRow>, Vec<&LogRow>)> = Vec::new();
    let mut index = HashMap::new();
    for row in spans {
        let at = *index.entry(row.trace_id).or_insert_with(|| {
            traces.push(Default::default());
            traces.len() - 1
        });
        traces[at].0.push(row);
    }
    for log in logs {
        if let Some(at) = index.get(&log.trace_id) {
            traces[*at].1.push(log);
        }
    }
    traces.sort_by_key(|(spans, _)| spans.iter().map(|row| row.start).min());
    traces.iter().map(|(spans, logs)| Tree::new(spans, logs)).collect()
}

impl<'a> Tree<'a> {
    /// The tree of the spans of one trace, of which there is at least one, and of its log records.
    /// Log records of a span id that several rows share go to the first of their lines.
    fn new(spans: &[&'a SpanRow], logs: &[&'a LogRow]) -> Self {
        let nodes = order::order(spans);
        let slow = slow::slow_spans(spans);
        let mut details: Vec<_> = nodes
            .iter()
            .map(|node| Detail::new(node.row, node.is_orphan, slow.contains(&node.row.span_id)))
            .collect();
        forget_repeated_messages(&nodes, &mut details);
        let mut services: Vec<&str> = Vec::new();
        for node in &nodes {
            if !services.contains(&node.row.service.as_str()) {
                services.push(&node.row.service);
            }
        }
        let start = spans.iter().map(|row| row.start).min().unwrap_or(UNIX_EPOCH);
        let end = spans.iter().map(|row| row.end).max().unwrap_or(start);

        let mut by_span: HashMap<SpanId, Vec<&LogRow>> = HashMap::new();
        for log in logs {
            by_span.entry(log.span_id).or_default().push(log);
        }
        let mut of = |id| {
            let mut logs = by_span.remove(&id).unwrap_or_default();
            logs.sort_by_key(|log| log.time);
            logs
        };
        let logs_of_nodes = nodes.iter().map(|node| of(node.row.span_id)).collect();
        let mut stray_logs: Vec<_> = by_span.into_values().flatten().collect();
        stray_logs.sort_by_key(|log| log.time);
        Self {
            details,
            logs: logs_of_nodes,
            stray_logs,
            services,
            start,
            total: end.duration_since(start).unwrap_or_default(),
            nodes,
        }
    }

    /// What the trace is about: the first request or message that it serves, or else its first
    /// span. The name is not escaped yet.
    fn title(&self) -> &'a str {
        let rows = || self.nodes.iter().map(|node| node.row);
        let served =
            |kind: SpanKind| rows().filter(|row| row.kind == kind).min_by_key(|row| row.start);
        let first = served(SpanKind::Server).or_else(|| served(SpanKind::Consumer));
        first.or_else(|| rows().next()).map_or("", |row| &row.name)
    }
}

/// An error that left through several spans is shown once: where it came from. The message of a
/// parent is removed if  a child below it has the same status, so it stays with the innermost
/// span.
fn forget_repeated_messages(nodes: &[Node<'_>], details: &mut [Detail]) {
    let index: HashMap<SpanId, usize> =
        nodes.iter().enumerate().map(|(at, node)| (node.row.span_id, at)).collect();
    for (at, node) in nodes.iter().enumerate().rev() {
        let parent = node.row.parent_id.and_then(|parent| index.get(&parent)).copied();
        let repeats = |parent: &usize| {
            *parent < at && node.row.is_error() && nodes[*parent].row.status == node.row.status
        };
        if let Some(parent) = parent.filter(repeats) {
            details[parent].message = None;
        }
    }
}

/// The word for the kind in its column, as the conventions write it but in lower case.
fn kind(kind: &SpanKind) -> &'static str {
    match kind {
        SpanKind::Client => "client",
        SpanKind::Server => "server",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    }
}

#[cfg(test)]
mod tests;
