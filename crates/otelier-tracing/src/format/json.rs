//! One JSON object a line.
//!
//! The line is built as a JSON value and written at once, so that it is valid whatever a field
//! holds. Keys that have no value are left out. Values are masked by the collector of fields, as in
//! a log record.

use std::fmt;

use opentelemetry::logs::AnyValue;
use serde_json::{Map, Value};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::registry::LookupSpan;

use super::Ids;
use crate::fields::{Collect, Fields};
use crate::masked::Masking;

/// `timestamp`, `level`, `target`, `message`, `fields`, and within a trace `trace_id` and
/// `span_id`.
pub(super) struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut Collect { fields: &mut fields, masking: &Masking::current() });
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let metadata = event.metadata();
        let target = fields.log_target.as_deref().unwrap_or(metadata.target());

        let mut line = Map::new();
        line.insert("timestamp".into(), timestamp.into());
        line.insert("level".into(), metadata.level().as_str().into());
        line.insert("target".into(), target.into());
        if let Some(message) = fields.message {
            line.insert("message".into(), message.into());
        }
        if !fields.attributes.is_empty() {
            let attributes =
                fields.attributes.into_iter().map(|(key, it)| (key.to_string(), value(it)));
            line.insert("fields".into(), attributes.collect::<Map<_, _>>().into());
        }
        if let Some(Ids { trace, span }) = Ids::current() {
            line.insert("trace_id".into(), trace.to_string().into());
            line.insert("span_id".into(), span.to_string().into());
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// Types that a field cannot have, such as bytes, are written as `Debug` shows them.
fn value(value: AnyValue) -> Value {
    match value {
        AnyValue::Int(value) => value.into(),
        AnyValue::Double(value) => value.into(),
        AnyValue::Boolean(value) => value.into(),
        AnyValue::String(value) => value.as_str().into(),
        other => format!("{other:?}").into(),
    }
}
