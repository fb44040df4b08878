//! Events as log records.
//!
//! Each event becomes one record, in the thread that emits it. The ids of the current span are
//! added by the SDK, which takes them from the current context; this file does not handle them.
//!
//! Fields of spans are kept only if the program named them. They are then collected when a span is
//! made or recorded, stored in its extensions, and copied into the records of events within it.
//!
//! The checks in `on_event` are in order of their cost: whether the event is telemetry's own,
//! whether there is a logger, whether the logger wants it, and only then are its fields formatted.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/logs/data-model/>.

use std::sync::OnceLock;
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use opentelemetry_sdk::logs::{SdkLogger, SdkLoggerProvider};
use otelier_instrument::scope;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::registry::LookupSpan;

use crate::fields::{Collect, Fields};
use crate::masked::Masking;
use crate::own::{is_own, is_own_target};

/// Makes a log record of each event.
#[derive(Debug, Default)]
pub(crate) struct LogLayer {
    /// Set once; a later pipeline does not replace it.
    logger: OnceLock<SdkLogger>,
    /// The fields of spans that go into the records of events within them.
    span_fields: Vec<String>,
}

/// The fields of a span that were asked for.
struct SpanFields(Vec<(Key, AnyValue)>);

impl LogLayer {
    /// Makes records with `provider`, else with that of the pipeline as soon as there is one.
    pub(crate) fn new(provider: Option<&SdkLoggerProvider>, span_fields: Vec<String>) -> Self {
        let layer = Self { span_fields, ..Self::default() };
        if let Some(provider) = provider {
            let _ = layer.logger.set(provider.logger_with_scope(scope!()));
        }
        layer
    }

    /// `None` before there is a pipeline; events are then not recorded.
    fn logger(&self) -> Option<&SdkLogger> {
        if self.logger.get().is_none()
            && let Some(provider) = otelier_core::logger_provider()
        {
            let _ = self.logger.set(provider.logger_with_scope(scope!()));
        }
        self.logger.get()
    }

    /// Adds the named fields to `kept`. A field that is recorded again replaces its earlier value.
    fn keep_span_fields(&self, fields: Fields, kept: &mut Vec<(Key, AnyValue)>) {
        for (key, value) in fields.attributes {
            if self.span_fields.iter().any(|name| name == key.as_str()) {
                kept.retain(|(known, _)| *known != key);
                kept.push((key, value));
            }
        }
    }

    /// The masked fields of whatever `record` visits: an event, a new span, or values added to one.
    fn collect(record: impl FnOnce(&mut Collect<'_>)) -> Fields {
        let mut fields = Fields::default();
        record(&mut Collect { fields: &mut fields, masking: &Masking::current() });
        fields
    }
}

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: LayerContext<'_, S>) {
        if self.span_fields.is_empty() {
            return;
        }
        let mut kept = Vec::new();
        self.keep_span_fields(Self::collect(|it| attributes.record(it)), &mut kept);
        if let Some(span) = cx.span(id) {
            span.extensions_mut().insert(SpanFields(kept));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: LayerContext<'_, S>) {
        if let Some(span) = cx.span(id)
            && let Some(SpanFields(kept)) = span.extensions_mut().get_mut()
        {
            self.keep_span_fields(Self::collect(|it| values.record(it)), kept);
        }
    }

    fn on_event(&self, event: &Event<'_>, cx: LayerContext<'_, S>) {
        let metadata = event.metadata();
        if is_own(metadata) || Context::map_current(Context::is_telemetry_suppressed) {
            return;
        }
        let Some(logger) = self.logger() else { return };
        let (severity, text) = severity(*metadata.level());
        if !logger.event_enabled(severity, metadata.target(), None) {
            return;
        }
        let mut fields = Self::collect(|it| event.record(it));
        if fields.log_target.as_deref().is_some_and(is_own_target) {
            return;
        }
        if !self.span_fields.is_empty()
            && let Some(scope) = cx.event_scope(event)
        {
            // From the innermost span outward: the nearest span's value wins, and the event's own
            // beats all.
            for span in scope {
                if let Some(SpanFields(kept)) = span.extensions().get() {
                    for (key, value) in kept {
                        if fields.attributes.iter().all(|(known, _)| known != key) {
                            fields.attributes.push((key.clone(), value.clone()));
                        }
                    }
                }
            }
        }

        let mut record = logger.create_log_record();
        record.set_timestamp(SystemTime::now());
        record.set_severity_number(severity);
        record.set_severity_text(text);
        match fields.log_target {
            Some(target) => record.set_target(target),
            None => record.set_target(metadata.target()),
        }
        if let Some(name) = event_name(metadata) {
            record.set_event_name(name);
        }
        if let Some(message) = fields.message {
            record.set_body(AnyValue::from(message));
        }
        record.add_attributes(fields.attributes);
        logger.emit(record);
    }
}

/// The name that was given to an event, not the one that `tracing` makes of its place.
fn event_name(metadata: &'static Metadata<'static>) -> Option<&'static str> {
    let name = metadata.name();
    (!name.starts_with("event ") && !name.starts_with("log ")).then_some(name)
}

/// Source: <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.
///
/// The number and the text of a level.
pub(crate) fn severity(level: Level) -> (Severity, &'static str) {
    match level {
        Level::ERROR => (Severity::Error, "ERROR"),
        Level::WARN => (Severity::Warn, "WARN"),
        Level::INFO => (Severity::Info, "INFO"),
        Level::DEBUG => (Severity::Debug, "DEBUG"),
        Level::TRACE => (Severity::Trace, "TRACE"),
    }
}
