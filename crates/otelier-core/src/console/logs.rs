//! Log records, a line each where that is wide enough.

use std::time::{Duration, SystemTime};

use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLogRecord};

use super::Console;
use super::style::{Ink, Line, Style};
use super::text;

/// Writes log records to the console: time, severity, target, message, attributes and the trace
/// they belong to.
///
/// Nothing is cut: what was logged can be read. Line feeds and other control characters are shown
/// escaped.
#[derive(Debug)]
pub struct ConsoleLogExporter {
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
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let mut out = String::new();
        for (record, scope) in batch.iter() {
            draw(&mut out, self.console.style, record, scope.name());
        }
        self.console.output.submit(move || out);
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.console.flush(timeout)
    }
}

/// Where the lines after the first begin: below the target.
const INDENT: usize = 22;

fn draw(out: &mut String, style: Style, record: &SdkLogRecord, scope: &str) {
    let time = record
        .timestamp()
        .or_else(|| record.observed_timestamp())
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let severity = record.severity_number();
    let name = record.severity_text().or(severity.as_ref().map(Severity::name)).unwrap_or("");
    let mut line = Line::new(style);
    line.push(&text::time_of_day(time), Ink::Dim).push("  ", Ink::Plain);
    line.push(&text::fit(&text::harmless(name), 5), ink(severity)).pad_to(INDENT - 2);

    let target = record.target().map_or(scope, |target| target);
    let mut parts = vec![(target.to_owned(), Ink::Dim)];
    match (record.body(), record.event_name()) {
        (Some(body), _) => parts.push((display(body), Ink::Plain)),
        (None, Some(event)) => parts.push((event.to_owned(), Ink::Bold)),
        (None, None) => {}
    }
    let attribute =
        |(key, value): &(Key, AnyValue)| (format!("{key}={}", display(value)), Ink::Dim);
    parts.extend(record.attributes_iter().map(attribute));
    if let Some(trace) = record.trace_context() {
        parts.push((format!("trace {} span {}", trace.trace_id, trace.span_id), Ink::Dim));
    }
    for (part, ink) in parts.iter().filter(|(part, _)| !part.is_empty()) {
        append(out, &mut line, style, &text::harmless(part), *ink);
    }
    line.finish(out);
}

/// Puts `part` behind what the line holds, or on lines of its own if it does not fit.
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

fn ink(severity: Option<Severity>) -> Ink {
    match severity {
        None => Ink::Plain,
        Some(severity) if severity >= Severity::Error => Ink::Red,
        Some(severity) if severity >= Severity::Warn => Ink::Yellow,
        Some(severity) if severity >= Severity::Info => Ink::Green,
        Some(_) => Ink::Blue,
    }
}

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
