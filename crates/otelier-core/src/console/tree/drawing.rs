//! Draws one trace: a rule, a time scale, and for each span its line and what belongs below it.
//!
//! A span's line has, from the left: the branch of the tree and the name, the service if there are
//! several, the kind if there is room, the duration, the bar, and behind the bar what `Detail` has.
//! All of them begin at the columns that `Columns` gives, so the lines of a trace form a table.
//!
//! What is too long for its column is cut with an ellipsis. Details that do not fit behind the bar
//! move to a line below, in whole; error messages and log records are wrapped, up to `MOST_LINES`
//! lines. Lines below a span repeat the guides of the tree, so that the branches are not
//! interrupted.
//!
//! Every text that came from a span passes through `harmless` before it is measured, because
//! escaping changes its width.

use opentelemetry::trace::{SpanKind, Status};

use super::super::style::{Ink, Line, Style, rule, severity_ink};
use super::super::text;
use super::detail::Detail;
use super::layout::{Columns, DURATION, Layout};
use super::order::Node;
use super::time_scale::TimeScale;
use super::{GAP, LogRow, MARGIN, PALETTE, SpanRow, Tree, kind};

/// Lines of an error's message or of a log record that are shown.
///
/// What is beyond them is cut, as a backtrace in a message would push the rest of the trace away.
const MOST_LINES: usize = 5;
/// Columns for the level of a log record: the longest of the usual names, such as `ERROR`.
const LEVEL_WIDTH: usize = 5;

/// A trace on its way to the terminal.
pub(super) struct Drawing<'a> {
    /// What is drawn.
    tree: &'a Tree<'a>,
    /// Decides the colors of services; the columns follow from it.
    layout: &'a Layout,
    /// The columns for the width of this terminal.
    columns: Columns,
    /// The time of the whole trace, over the columns of the bars.
    scale: TimeScale,
    /// The width of the terminal, and whether in color.
    style: Style,
}

impl<'a> Drawing<'a> {
    /// `layout` must have been widened for `tree` before.
    pub(super) fn new(tree: &'a Tree<'a>, layout: &'a Layout, style: Style) -> Self {
        let columns = layout.columns(style);
        let scale = TimeScale::new(tree.start, tree.total, columns.bar);
        Self { tree, layout, columns, scale, style }
    }

    /// Appends the whole trace to `out`, each line with its line feed. Log records whose span is
    /// not here come last, each with the id of that span.
    ///
    /// The marks of the time scale have a line only if there is room for one of them at least.
    pub(super) fn draw(&self, out: &mut String) {
        let tree = self.tree;
        self.draw_rule(out);
        let marks = self.scale.marks();
        if !marks.is_empty() {
            self.line().pad_to(self.columns.bar_at).push(&marks, Ink::Dim).finish(out);
        }
        for ((node, detail), logs) in tree.nodes.iter().zip(&tree.details).zip(&tree.logs) {
            self.draw_span(out, node, detail);
            self.draw_below(out, node, detail, logs);
        }
        for log in &tree.stray_logs {
            let span = format!("span {}", log.span_id);
            self.draw_log(out, "", log, &[(span, Ink::Dim)]);
        }
    }

    /// An empty line in the style of the drawing.
    fn line(&self) -> Line {
        Line::new(self.style)
    }

    /// The rule above the trace: what it is about, its duration, how many errors and spans it has,
    /// its service or the number of services, and on the right the time of its start and the trace
    /// id. On a narrow terminal the time is left out first.
    ///
    /// Nothing is drawn without spans.
    fn draw_rule(&self, out: &mut String) {
        let tree = self.tree;
        let Some(first) = tree.nodes.first() else { return };
        let mut facts = vec![(text::duration(tree.total), Ink::Plain)];
        let errors = tree.nodes.iter().filter(|node| node.row.is_error()).count();
        if errors > 0 {
            facts.push((text::count(errors, "error"), Ink::Red));
        }
        facts.push((text::count(tree.nodes.len(), "span"), Ink::Plain));
        match tree.services[..] {
            [] | [""] => {}
            [service] => {
                let ink = self.service_ink(service);
                facts.insert(0, (text::fit(&text::harmless(service), 24), ink));
            }
            _ => facts.push((text::count(tree.services.len(), "service"), Ink::Plain)),
        }
        let trace_id = first.row.trace_id.to_string();
        let right = format!("{} {trace_id}", text::time_of_day(tree.start));
        rule(out, self.style, &text::harmless(tree.title()), &facts, &[&right, &trace_id]);
    }

    /// The line of one span. Names are red for errors, and bold for roots and for spans of other
    /// kinds than internal.
    ///
    /// The bar has the color of its service.
    fn draw_span(&self, out: &mut String, node: &Node<'_>, detail: &Detail) {
        let row = node.row;
        let columns = &self.columns;
        let service_ink = self.service_ink(&row.service);
        let name_ink = match () {
            () if row.is_error() => Ink::Red,
            () if node.depth() == 0 || row.kind != SpanKind::Internal => Ink::Bold,
            () => Ink::Plain,
        };
        let mut line = self.line();
        line.pad_to(MARGIN).push(&node.branch(columns.levels), Ink::Dim);
        let label_end = MARGIN + columns.label;
        let name = text::harmless(&row.name);
        line.push(&text::fit(&name, label_end.saturating_sub(line.column())), name_ink);
        let mut column = label_end + GAP;
        if columns.service > 0 {
            let service = text::fit(&text::harmless(&row.service), columns.service);
            line.pad_to(column).push(&service, service_ink);
            column += columns.service + GAP;
        }
        if columns.kind > 0 {
            line.pad_to(column).push(kind(&row.kind), Ink::Dim);
            column += columns.kind + GAP;
        }
        let duration = text::duration(row.duration());
        let duration_ink = if detail.is_slow { Ink::Yellow } else { Ink::Plain };
        line.pad_to(column + DURATION.saturating_sub(text::width(&duration)));
        line.push(&duration, duration_ink);
        line.pad_to(columns.bar_at).push(&self.scale.bar(row.start, row.end), service_ink);
        for (index, (part, ink)) in self.behind_bar(detail).into_iter().enumerate() {
            let column = match index {
                0 => columns.bar_at + columns.bar + GAP,
                _ => line.column() + GAP,
            };
            line.pad_to(column).push(&part, ink);
        }
        line.finish(out);
    }

    /// The outcome, whether the span is slow, and its details if they are short. In this order, as
    /// far as there is room. The outcome is cut if it must be, the other two are left out.
    fn behind_bar(&self, detail: &Detail) -> Vec<(String, Ink)> {
        let mut room = self.room_behind_bar();
        let mut parts = Vec::new();
        if let Some((outcome, ink)) = &detail.outcome {
            let outcome = text::fit(outcome, room);
            room = room.saturating_sub(text::width(&outcome) + GAP);
            parts.push((outcome, *ink));
        }
        if detail.is_slow && room >= 4 {
            room = room.saturating_sub(4 + GAP);
            parts.push(("slow".to_owned(), Ink::Yellow));
        }
        if !detail.facts.is_empty() && text::width(&detail.facts) <= room {
            parts.push((detail.facts.clone(), Ink::Dim));
        }
        parts
    }

    /// Columns from the gap after the bar to the edge of the terminal.
    fn room_behind_bar(&self) -> usize {
        let columns = &self.columns;
        self.style.columns().saturating_sub(columns.bar_at + columns.bar + GAP)
    }

    /// What does not fit on the span's own line, and its log records. In this order: details, the
    /// message of the error, links, log records.
    ///
    /// A log record of an exception is left out if the status of the span says the same.
    fn draw_below(&self, out: &mut String, node: &Node<'_>, detail: &Detail, logs: &[&LogRow]) {
        let guides = node.guides(self.columns.levels);
        let room = self.style.columns().saturating_sub(MARGIN + text::width(&guides));
        let mut below = |text: &str, ink| {
            let mut line = self.line();
            line.pad_to(MARGIN).push(&guides, Ink::Dim).push(text, ink).finish(out);
        };
        let is_inline = self.behind_bar(detail).iter().any(|(part, _)| *part == detail.facts);
        if !detail.facts.is_empty() && !is_inline {
            below(&text::fit(&detail.facts, room), Ink::Dim);
        }
        if let Some(message) = &detail.message {
            let lines = text::wrap(message, room.saturating_sub(2), MOST_LINES);
            for (index, part) in lines.iter().enumerate() {
                let mark = if index == 0 { "✗" } else { " " };
                below(&format!("{mark} {part}"), Ink::Red);
            }
        }
        for link in &detail.links {
            below(&text::fit(link, room), Ink::Dim);
        }
        for log in logs.iter().filter(|log| !repeats_status(log, node.row)) {
            self.draw_log(out, &guides, log, &[]);
        }
    }

    /// A log record: how long after the trace's start, level, message, fields. `guides` are those
    /// of the span, and `more` are parts that come at the end. A part that does not fit on the line
    /// goes on lines of its own, below the message.
    fn draw_log(&self, out: &mut String, guides: &str, log: &LogRow, more: &[(String, Ink)]) {
        let start = |line: &mut Line| {
            line.pad_to(MARGIN).push(guides, Ink::Dim);
        };
        let mut line = self.line();
        start(&mut line);
        let level = text::fit(&text::harmless(&log.level), LEVEL_WIDTH);
        line.push(&level, severity_ink(log.severity));
        let indent = line.column() + LEVEL_WIDTH - text::width(&level) + GAP;
        let room = self.style.columns().saturating_sub(indent);
        line.pad_to(indent);

        let mut parts = vec![(text::harmless(&log.message), Ink::Plain)];
        parts.extend(log.attributes.iter().map(|(key, value)| {
            (format!("{}={}", text::harmless(key), text::harmless(value)), Ink::Dim)
        }));
        let offset = log.time.duration_since(self.tree.start).unwrap_or_default();
        parts.push((format!("+{}", text::duration(offset)), Ink::Dim));
        parts.extend_from_slice(more);
        for (part, ink) in parts.iter().filter(|(part, _)| !part.is_empty()) {
            let gap = if line.column() > indent { GAP } else { 0 };
            if line.column() + gap + text::width(part) <= self.style.columns() {
                let column = line.column() + gap;
                line.pad_to(column).push(part, *ink);
                continue;
            }
            for part in text::wrap(part, room, MOST_LINES) {
                if line.column() > indent {
                    line.finish(out);
                    line = self.line();
                    start(&mut line);
                    line.pad_to(indent);
                }
                line.push(&part, *ink);
            }
        }
        line.finish(out);
    }

    /// The same color for a service in all traces of a run; with more services than colors, some
    /// share one.
    fn service_ink(&self, service: &str) -> Ink {
        PALETTE[self.layout.index_of(service) % PALETTE.len()]
    }
}

/// Whether a record is of an exception that the span's status tells of in the same words.
///
/// `exception.message` must be the whole description; both are cut and masked alike where Otelier
/// records them.
fn repeats_status(log: &LogRow, row: &SpanRow) -> bool {
    let Status::Error { description } = &row.status else { return false };
    log.attributes.iter().any(|(key, value)| {
        key.split_once('.') == Some(("exception", "message")) && *value == **description
    })
}
