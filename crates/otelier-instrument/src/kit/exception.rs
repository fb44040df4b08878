//! Errors as log records, in whatever logs the process has.

use std::any::type_name;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, InstrumentationScope};

use crate::kit::{ErrorType, catch_panic, value};
use crate::masking::MaskingContext;
use crate::semconv::exception::{EXCEPTION_MESSAGE, EXCEPTION_TYPE};
use crate::settings;

/// An error as telemetry records it: the name of its type, and what it says without what is secret
/// in that.
///
/// ```
/// use otelier_instrument::kit::Exception;
///
/// let error = std::io::Error::other("mysql://joe:pw@db refused, token=abc");
/// let exception = Exception::of(&error);
/// assert_eq!(exception.type_name(), "std::io::error::Error");
/// assert_eq!(exception.message(), "mysql://REDACTED:REDACTED@db refused, token=****");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    type_name: &'static str,
    error_type: ErrorType,
    message: String,
}

impl Exception {
    /// What is recorded of `error`. A `Display` that panics says nothing.
    #[must_use]
    pub fn of<E: fmt::Display + ?Sized>(error: &E) -> Self {
        let message = catch_panic(|| error.to_string()).unwrap_or_default();
        let masked =
            settings::current().masking.text(MaskingContext::General, &message).into_owned();
        Self {
            type_name: type_name::<E>(),
            error_type: ErrorType::of_type::<E>(),
            message: value::truncate_string(masked),
        }
    }

    /// `exception.type`: the full name of the error's type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// `error.type`: the same, but [`ErrorType::OTHER`] where the type says nothing.
    #[must_use]
    pub fn error_type(&self) -> &ErrorType {
        &self.error_type
    }

    /// `exception.message`: what the error says, masked and cut.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The message, to be kept.
    #[must_use]
    pub fn into_message(self) -> String {
        self.message
    }
}

/// A log record that telemetry makes by itself.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'static str,
    pub(crate) severity: Severity,
    pub(crate) body: Option<String>,
    pub(crate) attributes: Vec<(&'static str, AnyValue)>,
    /// Its span is the one that the record belongs to.
    pub(crate) cx: &'a Context,
}

impl<'a> Entry<'a> {
    /// An error under `cx`.
    pub(crate) fn of_exception(
        name: &'static str,
        severity: Severity,
        exception: &Exception,
        cx: &'a Context,
    ) -> Self {
        let attributes = vec![
            (EXCEPTION_TYPE, AnyValue::from(exception.type_name)),
            (EXCEPTION_MESSAGE, AnyValue::from(exception.message.clone())),
        ];
        Self { name, severity, body: None, attributes, cx }
    }
}

/// A logger provider of any type: that of the API has an associated type.
pub(crate) trait EmitEntry: Send + Sync {
    fn emit(&self, scope: &InstrumentationScope, entry: Entry<'_>);
}

impl<P> EmitEntry for P
where
    P: LoggerProvider + Send + Sync,
{
    fn emit(&self, scope: &InstrumentationScope, entry: Entry<'_>) {
        let logger = self.logger_with_scope(scope.clone());
        if !logger.event_enabled(entry.severity, scope.name(), Some(entry.name)) {
            return;
        }
        let mut record = logger.create_log_record();
        record.set_event_name(entry.name);
        record.set_timestamp(SystemTime::now());
        record.set_severity_number(entry.severity);
        record.set_severity_text(entry.severity.name());
        if let Some(body) = entry.body {
            record.set_body(body.into());
        }
        record.add_attributes(entry.attributes);
        let span = entry.cx.span().span_context().clone();
        if span.is_valid() {
            record.set_trace_context(span.trace_id(), span.span_id(), Some(span.trace_flags()));
        }
        logger.emit(record);
    }
}

static GLOBAL: RwLock<Option<Arc<dyn EmitEntry>>> = RwLock::new(None);

/// Makes `provider` the one whose logs integrations write errors to, unless one is given in code:
/// OpenTelemetry has no global one. `otelier::init()` calls it.
pub fn set_logger_provider<P>(provider: P)
where
    P: LoggerProvider + Send + Sync + 'static,
{
    *GLOBAL.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(provider));
}

/// The logger provider of the process.
pub(super) fn global_logger_provider() -> Option<Arc<dyn EmitEntry>> {
    GLOBAL.read().unwrap_or_else(PoisonError::into_inner).clone()
}
