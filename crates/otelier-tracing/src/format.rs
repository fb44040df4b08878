//! Lines on standard error, masked as log records are, each with the ids of the span that it was
//! written in.
//!
//! The formats are those of `tracing-subscriber`, with two things added: values are masked, and the
//! ids of the span are written. `compact` gets both by a formatter of fields and a wrapper.
//! `pretty` writes fields by itself, so its line is formatted without colors, masked as text, and
//! shown so if that changed anything. `json` is written here as a whole, from the same fields as a
//! log record.

mod fields;
mod ids;
mod json;

use std::fmt;
use std::io::IsTerminal as _;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{self, FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{self as fmt_layer, FmtContext};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, fmt::MakeWriter};

use self::fields::MaskedFields;
use self::ids::Ids;
use self::json::Json;
use crate::masked::Masking;

/// The layer that writes lines in `format`, or none.
///
/// `ansi` is whether to color. `none`, and any format that is not known here, gives no layer.
pub(crate) fn lines<S, W>(
    format: otelier_core::LogFormat,
    ansi: bool,
    writer: W,
) -> Option<Box<dyn Layer<S> + Send + Sync>>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    use otelier_core::LogFormat;
    let layer = fmt_layer::layer().with_writer(writer).with_ansi(ansi);
    Some(match format {
        LogFormat::Pretty => layer
            .pretty()
            .map_event_format(|inner| WithIds {
                plain: Some(inner.clone().with_ansi(false)),
                inner: inner.with_ansi(ansi),
                place: Place::Below,
            })
            .boxed(),
        LogFormat::Compact => layer
            .compact()
            .fmt_fields(MaskedFields)
            .map_event_format(|inner| WithIds {
                plain: None,
                inner: inner.with_ansi(ansi),
                place: Place::End,
            })
            .boxed(),
        LogFormat::Json => layer.map_event_format(|_| Json).boxed(),
        _ => return None,
    })
}

/// The format where none is asked for, and whether to color: as a terminal can show it.
pub(crate) fn default_of_terminal() -> (otelier_core::LogFormat, bool) {
    match std::io::stderr().is_terminal() {
        true => (otelier_core::LogFormat::Pretty, true),
        false => (otelier_core::LogFormat::Compact, false),
    }
}

/// Another format, with the ids of the current span added.
struct WithIds<F> {
    /// Writes the line as a whole, without ids.
    inner: F,
    /// The same without colors, where the format writes fields by itself: a line that holds
    /// anything to mask is written so.
    plain: Option<F>,
    /// Where the ids go.
    place: Place,
}

/// Where a format has room for the ids.
#[derive(Clone, Copy)]
enum Place {
    /// At the end of the line.
    End,
    /// On a line of their own below it.
    Below,
}

impl<S, N, F> FormatEvent<S, N> for WithIds<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
    F: FormatEvent<S, N>,
{
    /// Formats into a string where there is something to mask or to add: the ids have to go before
    /// the line's end.
    fn format_event(
        &self,
        cx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let ids = Ids::current();
        if ids.is_none() && self.plain.is_none() {
            return self.inner.format_event(cx, writer, event);
        }
        let mut line = String::new();
        if let Some(plain) = &self.plain {
            plain.format_event(cx, format::Writer::new(&mut line), event)?;
            let masked = Masking::current().text(line.clone());
            match masked == line {
                true => line.clear(),
                false => line = masked,
            }
        }
        if line.is_empty() {
            self.inner.format_event(cx, format::Writer::new(&mut line), event)?;
        }
        let Some(Ids { trace, span }) = ids else { return writer.write_str(&line) };
        let text = line.trim_end_matches('\n');
        let end = &line[text.len()..];
        match self.place {
            Place::End => write!(writer, "{text} trace_id={trace} span_id={span}{end}"),
            Place::Below => {
                write!(writer, "{text}\n    with trace_id: {trace}, span_id: {span}{end}")
            }
        }
    }
}
