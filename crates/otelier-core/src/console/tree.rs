//! Draws traces as trees, from spans of any source.
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
//! ── GET · 10.0ms · 2 spans · 2 services ────────────── 00:00:00.000Z 00000000000000000000000000000007
//!    GET           cli   client  10.0ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
//!    └─ GET /ping  shop  server  8.00ms      ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
//! "
//! );
//! ```

mod detail;
mod order;

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId};

pub use super::style::Style;
use super::style::{Ink, Line, rule};
use super::text;
use detail::Detail;
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
    fn duration(&self) -> Duration {
        self.end.duration_since(self.start).unwrap_or_default()
    }

    fn is_error(&self) -> bool {
        matches!(self.status, Status::Error { .. })
    }
}

/// Draws each trace among `rows` as a tree, the one that started first on top.
///
/// Control characters are shown escaped, so nothing that a span carries reaches the terminal as a
/// command.
#[must_use]
pub fn render(rows: &[SpanRow], style: Style) -> String {
    let mut traces: Vec<Vec<&SpanRow>> = Vec::new();
    let mut index = HashMap::new();
    for row in rows {
        let at = *index.entry(row.trace_id).or_insert_with(|| {
            traces.push(Vec::new());
            traces.len() - 1
        });
        traces[at].push(row);
    }
    traces.sort_by_key(|rows| rows.iter().map(|row| row.start).min());
    let mut out = String::new();
    for (index, rows) in traces.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        Drawing::new(rows, style).draw(&mut out);
    }
    out
}

/// What the columns begin with on every line.
const MARGIN: usize = 3;
const GAP: usize = 2;
/// Columns of one level of the tree.
const LEVEL: usize = 3;
const PALETTE: [Ink; 5] = [Ink::Cyan, Ink::Magenta, Ink::Blue, Ink::Green, Ink::Yellow];

/// One trace, and how its columns are laid out.
struct Drawing<'a> {
    style: Style,
    nodes: Vec<Node<'a>>,
    details: Vec<Detail>,
    /// The services in order of appearance.
    services: Vec<&'a str>,
    start: SystemTime,
    total: Duration,
    columns: Columns,
}

/// The widths of the columns.
struct Columns {
    /// Levels of the tree that are drawn; deeper ones lose their outermost guides.
    levels: usize,
    label: usize,
    /// Nothing when there is but one service: the rule names it.
    service: usize,
    kind: usize,
    duration: usize,
    bar: usize,
    outcome: usize,
    /// Whether the facts stand behind the outcome, or below the span.
    inline: bool,
}

impl<'a> Drawing<'a> {
    fn new(rows: &[&'a SpanRow], style: Style) -> Self {
        let nodes = order::order(rows);
        let details: Vec<_> =
            nodes.iter().map(|node| Detail::new(node.row, node.is_orphan)).collect();
        let mut services: Vec<&str> = Vec::new();
        for node in &nodes {
            if !services.contains(&node.row.service.as_str()) {
                services.push(&node.row.service);
            }
        }
        let start = rows.iter().map(|row| row.start).min().unwrap_or(UNIX_EPOCH);
        let end = rows.iter().map(|row| row.end).max().unwrap_or(start);
        let columns = Columns::new(&nodes, &details, &services, style);
        let total = end.duration_since(start).unwrap_or_default();
        Self { style, nodes, details, services, start, total, columns }
    }

    fn draw(&self, out: &mut String) {
        self.draw_rule(out);
        for (node, detail) in self.nodes.iter().zip(&self.details) {
            self.draw_span(out, node, detail);
        }
    }

    fn draw_rule(&self, out: &mut String) {
        let Some(first) = self.nodes.first() else { return };
        let mut facts = vec![(text::duration(self.total), Ink::Plain)];
        let errors = self.nodes.iter().filter(|node| node.row.is_error()).count();
        if errors > 0 {
            facts.push((text::count(errors, "error"), Ink::Red));
        }
        facts.push((text::count(self.nodes.len(), "span"), Ink::Plain));
        match self.services[..] {
            [] | [""] => {}
            [service] => facts.insert(0, (text::fit(&text::harmless(service), 24), Ink::Cyan)),
            _ => facts.push((text::count(self.services.len(), "service"), Ink::Plain)),
        }
        let trace_id = first.row.trace_id.to_string();
        let right = format!("{} {trace_id}", text::time_of_day(self.start));
        rule(out, self.style, &text::harmless(&first.row.name), &facts, &[&right, &trace_id]);
    }

    fn draw_span(&self, out: &mut String, node: &Node<'_>, detail: &Detail) {
        let row = node.row;
        let columns = &self.columns;
        let service_ink = self.service_ink(&row.service);
        let name_ink = match () {
            () if row.is_error() => Ink::Red,
            () if node.depth() == 0 || row.kind != SpanKind::Internal => Ink::Bold,
            () => Ink::Plain,
        };
        let mut line = Line::new(self.style);
        line.pad_to(MARGIN).push(&node.branch(columns.levels), Ink::Dim);
        let label_end = MARGIN + columns.label;
        line.push(
            &text::fit(&text::harmless(&row.name), label_end.saturating_sub(line.column())),
            name_ink,
        );
        let mut column = label_end + GAP;
        if columns.service > 0 {
            let service = text::fit(&text::harmless(&row.service), columns.service);
            line.pad_to(column).push(&service, service_ink);
            column += columns.service + GAP;
        }
        line.pad_to(column).push(kind(&row.kind), Ink::Dim);
        column += columns.kind + GAP;
        let duration = text::duration(row.duration());
        line.pad_to(column + columns.duration - text::width(&duration)).push(&duration, Ink::Plain);
        column += columns.duration + GAP;
        let bar_ink = if row.is_error() { Ink::Red } else { service_ink };
        line.pad_to(column).push(&self.bar(row), bar_ink);
        column += columns.bar + GAP;
        if let Some((outcome, ink)) = &detail.outcome {
            line.pad_to(column).push(&text::fit(outcome, columns.outcome), *ink);
        }
        if columns.inline {
            let column = if columns.outcome > 0 { column + columns.outcome + GAP } else { column };
            line.pad_to(column).push(&detail.facts, Ink::Dim);
        }
        line.finish(out);
        self.draw_below(out, node, detail);
    }

    /// What does not fit on the span's own line.
    fn draw_below(&self, out: &mut String, node: &Node<'_>, detail: &Detail) {
        let guides = node.guides(self.columns.levels);
        let room = self.style.columns().saturating_sub(MARGIN + text::width(&guides));
        let mut below = |text: &str, ink| {
            let mut line = Line::new(self.style);
            line.pad_to(MARGIN).push(&guides, Ink::Dim).push(text, ink).finish(out);
        };
        if !self.columns.inline && !detail.facts.is_empty() {
            below(&text::fit(&detail.facts, room), Ink::Dim);
        }
        if let Some(message) = &detail.message {
            for (index, part) in text::wrap(message, room.saturating_sub(2), 5).iter().enumerate() {
                let mark = if index == 0 { "✗" } else { " " };
                below(&format!("{mark} {part}"), Ink::Red);
            }
        }
        for link in &detail.links {
            below(&text::fit(link, room), Ink::Dim);
        }
    }

    fn service_ink(&self, service: &str) -> Ink {
        let index = self.services.iter().position(|known| *known == service).unwrap_or(0);
        PALETTE[index % PALETTE.len()]
    }

    /// The span on the trace's time axis, in half columns.
    fn bar(&self, row: &SpanRow) -> String {
        let halves = 2 * self.columns.bar;
        let total = self.total.as_secs_f64();
        let at = |time: SystemTime| {
            let offset = time.duration_since(self.start).unwrap_or_default().as_secs_f64();
            // A trace without duration is drawn over its whole width.
            let share = if total > 0.0 { offset / total } else { 0.0 };
            ((share * halves as f64).round() as usize).min(halves)
        };
        let first = at(row.start).min(halves - 1);
        let last = if total > 0.0 { at(row.end).max(first + 1) } else { halves };
        let cell = |index: usize| {
            let covered = |half: usize| (first..last).contains(&half);
            match (covered(2 * index), covered(2 * index + 1)) {
                (true, true) => '━',
                (true, false) => '╸',
                (false, true) => '╺',
                (false, false) => ' ',
            }
        };
        (0..self.columns.bar).map(cell).collect()
    }
}

impl Columns {
    fn new(nodes: &[Node<'_>], details: &[Detail], services: &[&str], style: Style) -> Self {
        const WIDEST_BAR: usize = 40;
        /// Narrower than this, the facts go below the spans.
        const FAIR_BAR: usize = 12;
        const NARROWEST_BAR: usize = 10;
        const NARROWEST_LABEL: usize = 10;
        let width = style.columns();
        let widest =
            |column: &dyn Fn(usize) -> usize| (0..nodes.len()).map(column).max().unwrap_or(0);

        let most_label = width * 2 / 5;
        let levels = most_label / 2 / LEVEL;
        let label = widest(&|i| {
            text::width(&nodes[i].branch(levels)) + text::width(&text::harmless(&nodes[i].row.name))
        });
        let service = match services.len() {
            0 | 1 => 0,
            _ => services
                .iter()
                .map(|name| text::width(&text::harmless(name)))
                .max()
                .unwrap_or(0)
                .min(width / 7),
        };
        let kind = widest(&|i| kind(&nodes[i].row.kind).len());
        let duration = widest(&|i| text::width(&text::duration(nodes[i].row.duration())));
        let outcome =
            widest(&|i| details[i].outcome.as_ref().map_or(0, |(outcome, _)| text::width(outcome)));
        let facts = widest(&|i| text::width(&details[i].facts));

        let mut columns = Self {
            levels,
            label: label.clamp(1, most_label),
            service,
            kind,
            duration,
            bar: 0,
            outcome: outcome.min(width / 5),
            inline: true,
        };
        let gap = |column: usize| if column > 0 { column + GAP } else { 0 };
        let fixed = |columns: &Self| {
            MARGIN
                + [columns.label, columns.service, kind, duration, columns.outcome]
                    .map(gap)
                    .iter()
                    .sum::<usize>()
        };
        let room = width.saturating_sub(fixed(&columns));
        columns.inline = room >= FAIR_BAR + gap(facts);
        if columns.inline {
            columns.bar = (room - gap(facts)).min(WIDEST_BAR);
        } else {
            // A narrow terminal: names give way until there is a bar to see.
            let missing = (fixed(&columns) + NARROWEST_BAR).saturating_sub(width);
            if missing > 0 {
                columns.label -= missing.min(columns.label.saturating_sub(NARROWEST_LABEL));
                columns.levels = levels.min(columns.label.saturating_sub(12) / LEVEL);
            }
            columns.bar = width.saturating_sub(fixed(&columns)).clamp(3, WIDEST_BAR);
        }
        columns
    }
}

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
