//! Log records, a line each where that is wide enough.
//!
//! A record takes one of two ways. If its span is still to be drawn, `Waiting` keeps it, and the
//! tree draws it below the span. If not, it is a line here, at once: it has no span, its trace was
//! drawn before, or too many records wait.
//!
//! The SDK lends a batch only for the time of `export`, so each record is copied into a `LogRow`.
//! That happens on the thread of the processor, while the writing thread only gets text.

use std::time::{Duration, SystemTime};

use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLogRecord};

use super::Console;
use super::style::{Ink, Line, Style, severity_ink};
use super::text;
use super::tree::LogRow;

/// Writes log records to the console: time, severity, target, message, attributes and the trace
/// they belong to. A record of a trace that a
/// [`ConsoleSpanProcessor`](super::ConsoleSpanProcessor) of the same console is still to draw is
/// shown there, below its span.
///
/// Nothing is cut: what was logged can be read. Line feeds and other control characters are shown
/// escaped.
#[derive(Debug)]
pub struct ConsoleLogExporter {
    /// Where the lines go, shared with the processor of spans.
    console: Console,
}

impl ConsoleLogExporter {
    /// Writes to `console`.
    #[must_use]
    pub fn new(console: &Console) -> Self {
        Self { console: console.clone() }
    }
}

impl LogExporter for ConsoleLogExporter {
    /// Never fails: what the terminal cannot take is dropped and counted by `Output`.
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let style = self.console.style;
        let mut out = String::new();
        for (record, scope) in batch.iter() {
            // Below its span, if that is still to be drawn.
            if let Some(log) = self.console.waiting().hold(row(record, scope.name())) {
                out.push_str(&line(&log, style));
            }
        }
        if !out.is_empty() {
            self.console.output.submit(move || out);
        }
        Ok(())
    }

    /// Records that still wait for their trace are drawn when the processor of spans is flushed or
    /// shut down.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.console.flush(timeout)
    }
}

/// Where the lines after the first begin: below the target. That is after the time, the level and a
/// gap of two columns.
const INDENT: usize = 22;

/// A copy of `record` that outlives the batch. `scope` is the name of its instrumentation scope,
/// and stands in for a target. The time is that of the event or, without it, when it was observed;
/// the message is the body or, without it, the name of the event.
fn row(record: &SdkLogRecord, scope: &str) -> LogRow {
    let severity = record.severity_number();
    let message = match (record.body(), record.event_name()) {
        (Some(body), _) => display(body),
        (None, event) => event.unwrap_or_default().to_owned(),
    };
    let attribute = |(key, value): &(Key, AnyValue)| (key.to_string(), display(value));
    let (trace_id, span_id) = match record.trace_context() {
        Some(trace) => (trace.trace_id, trace.span_id),
        None => (TraceId::INVALID, SpanId::INVALID),
    };
    LogRow {
        trace_id,
        span_id,
        time: record
            .timestamp()
            .or_else(|| record.observed_timestamp())
            .unwrap_or(SystemTime::UNIX_EPOCH),
        severity,
        level: record
            .severity_text()
            .or(severity.as_ref().map(Severity::name))
            .unwrap_or_default()
            .to_owned(),
        target: record.target().map_or(scope, |target| target).to_owned(),
        message,
        attributes: record.attributes_iter().map(attribute).collect(),
    }
}

/// A record as a line of its own, or several if it is long. Ends with a line feed. The target, the
/// message, the attributes and the ids follow the level; empty parts are left out.
///
/// `style` says where it is wide enough for one line. Also used by the processor of spans, for
/// records whose trace has no span to draw.
pub(super) fn line(log: &LogRow, style: Style) -> String {
    let mut out = String::new();
    let mut line = Line::new(style);
    line.push(&text::time_of_day(log.time), Ink::Dim).push("  ", Ink::Plain);
    line.push(&text::fit(&text::harmless(&log.level), 5), severity_ink(log.severity));
    line.pad_to(INDENT - 2);

    let mut parts = vec![(log.target.clone(), Ink::Dim), (log.message.clone(), Ink::Plain)];
    parts.extend(log.attributes.iter().map(|(key, value)| (format!("{key}={value}"), Ink::Dim)));
    if log.trace_id != TraceId::INVALID {
        parts.push((format!("trace {} span {}", log.trace_id, log.span_id), Ink::Dim));
    }
    for (part, ink) in parts.iter().filter(|(part, _)| !part.is_empty()) {
        append(&mut out, &mut line, style, &text::harmless(part), *ink);
    }
    line.finish(&mut out);
    out
}

/// Puts `part` behind what the line holds, or on lines of its own if it does not fit. `part` must
/// be harmless. Lines that are full are written to `out`; the last one stays in `line`.
fn append(out: &mut String, line: &mut Line, style: Style, part: &str, ink: Ink) {
    if line.column() + 2 + text::width(part) <= style.columns() {
        line.push("  ", Ink::Plain).push(part, ink);
        return;
    }
    for part in text::wrap(part, style.columns() - INDENT, usize::MAX) {
        if line.column() > INDENT {
            line.finish(out);
            *line = Line::new(style);
        }
        line.pad_to(INDENT).push(&part, ink);
    }
}

/// A value as text. Bytes are only counted; maps are sorted by key, since their order is random.
fn display(value: &AnyValue) -> String {
    match value {
        AnyValue::Int(value) => value.to_string(),
        AnyValue::Double(value) => value.to_string(),
        AnyValue::Boolean(value) => value.to_string(),
        AnyValue::String(value) => value.as_str().to_owned(),
        AnyValue::Bytes(value) => format!("({})", text::count(value.len(), "byte")),
        AnyValue::ListAny(values) => {
            let values: Vec<_> = values.iter().map(display).collect();
            format!("[{}]", values.join(", "))
        }
        AnyValue::Map(map) => {
            let mut pairs: Vec<_> =
                map.iter().map(|(key, value)| format!("{key}: {}", display(value))).collect();
            pairs.sort_unstable();
            format!("{{{}}}", pairs.join(", "))
        }
        // The enum may grow.
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests;
