//! Fields as text, with the values of sensitive keys masked.
//!
//! Replaces the formatter of `tracing-subscriber`, which has no way to change a value. What it
//! writes looks the same. It is used for events and for spans alike, so a span's fields in a line
//! are masked too.

use std::error::Error;
use std::fmt::{self, Write as _};

use otelier_instrument::masking::MASK;
use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

use crate::fields::causes;
use crate::masked::Masking;

/// Writes `message key=value key=value`, as `tracing-subscriber` does.
pub(super) struct MaskedFields;

impl<'w> FormatFields<'w> for MaskedFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut write =
            WriteFields { writer, masking: Masking::current(), is_first: true, result: Ok(()) };
        fields.record(&mut write);
        write.result
    }
}

/// Writes fields one after the other, while `tracing` shows them.
struct WriteFields<'w> {
    writer: Writer<'w>,
    masking: Masking,
    /// No space goes before the first field.
    is_first: bool,
    /// The first failure to write; nothing is written after it. A visitor cannot return it.
    result: fmt::Result,
}

impl WriteFields<'_> {
    /// `value` is called only if it may be shown. The message has no name before it, and is masked
    /// as text.
    fn add(&mut self, name: &str, value: impl FnOnce() -> String) {
        // What the crate `log` adds is no field of the user's.
        if self.result.is_err() || name.starts_with("log.") {
            return;
        }
        let space = if std::mem::take(&mut self.is_first) { "" } else { " " };
        let name = name.strip_prefix("r#").unwrap_or(name);
        let value = match self.masking.is_sensitive(name) {
            true if name != "message" => MASK.to_owned(),
            _ => self.masking.text(value()),
        };
        self.result = match (name, self.writer.has_ansi_escapes()) {
            ("message", _) => write!(self.writer, "{space}{value}"),
            (_, false) => write!(self.writer, "{space}{name}={value}"),
            // Names are italic, and what is between them and the values is dimmed.
            (_, true) => {
                write!(self.writer, "{space}\u{1b}[3m{name}\u{1b}[0m\u{1b}[2m=\u{1b}[0m{value}")
            }
        };
    }
}

impl Visit for WriteFields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), || match field.name() {
            "message" => value.to_owned(),
            _ => format!("{value:?}"),
        });
    }

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        self.add(field.name(), || {
            let mut text = error.to_string();
            if let Some(causes) = causes(error) {
                let _ = write!(text, " {}", causes.replace('\n', " "));
            }
            text
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field.name(), || format!("{value:?}"));
    }
}
