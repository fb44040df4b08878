//! Log records.

use std::time::SystemTime;

use opentelemetry::trace::{SpanId, TraceId};

use super::value::{Attributes, Scope, Value};

/// A log record.
///
/// ```
/// use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
/// use otelier_testing::Capture;
///
/// let capture = Capture::new();
/// let logger = capture.logger_provider().logger("doc");
/// let mut record = logger.create_log_record();
/// record.set_body(AnyValue::from("started"));
/// logger.emit(record);
/// assert_eq!(capture.logs()[0].body.as_str(), Some("started"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LogRecord {
    /// The name of the event, empty if it is none.
    pub event_name: String,
    /// The message.
    pub body: Value,
    /// The severity number, 0 to 24; 9 is INFO, 13 WARN, 17 ERROR.
    pub severity: i32,
    /// The severity as the source names it.
    pub severity_text: String,
    /// The attributes.
    pub attributes: Attributes,
    /// The trace it was logged in, or the invalid id.
    pub trace_id: TraceId,
    /// The span it was logged in, or the invalid id.
    pub span_id: SpanId,
    /// The scope that produced it.
    pub scope: Scope,
    /// The attributes of the resource, such as `service.name`.
    pub resource: Attributes,
    /// When it happened; the epoch if unknown.
    pub time: SystemTime,
    /// When it was observed.
    pub observed: SystemTime,
}

impl LogRecord {
    /// The attribute `key`, if it is set.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.get(key)
    }
}
