//! Makes a log record anew, since the SDK has no way to change an attribute or to take the body
//! away.
//!
//! The masking and the limits of log records need it. A new field of `SdkLogRecord` has to be
//! copied here too, or it is lost for the records that are changed.
//!
//! `SdkLogRecord` has setters for everything, but attributes can only be added, and a body can be
//! replaced but not removed. Its constructor is private, so a record is made by a logger.

use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLogger};

use super::disabled;

/// Makes records, which nothing but a logger can.
/// Its logger belongs to a provider that does nothing: the records are never emitted through it.
#[derive(Debug)]
pub(super) struct Rebuild(SdkLogger);

impl Default for Rebuild {
    fn default() -> Self {
        Self(disabled::logger_provider().logger("otelier"))
    }
}

impl Rebuild {
    /// `record` with another body and other attributes.
    /// All else is copied. Attributes are in the order of `attributes`.
    pub(super) fn with(
        &self,
        record: &SdkLogRecord,
        body: Option<AnyValue>,
        attributes: impl Iterator<Item = (Key, AnyValue)>,
    ) -> SdkLogRecord {
        let mut new = self.0.create_log_record();
        if let Some(name) = record.event_name() {
            new.set_event_name(name);
        }
        if let Some(target) = record.target() {
            new.set_target(target.clone());
        }
        if let Some(timestamp) = record.timestamp() {
            new.set_timestamp(timestamp);
        }
        if let Some(timestamp) = record.observed_timestamp() {
            new.set_observed_timestamp(timestamp);
        }
        if let Some(context) = record.trace_context() {
            new.set_trace_context(context.trace_id, context.span_id, context.trace_flags);
        }
        if let Some(text) = record.severity_text() {
            new.set_severity_text(text);
        }
        if let Some(number) = record.severity_number() {
            new.set_severity_number(number);
        }
        if let Some(body) = body {
            new.set_body(body);
        }
        new.add_attributes(attributes);
        new
    }
}
