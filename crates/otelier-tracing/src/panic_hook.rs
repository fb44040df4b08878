//! Panics as log records.
//!
//! The hook is global to the process and replaces none: it records first, then calls the one that
//! was there before, which usually prints the panic. A panic before Otelier is set up is not
//! recorded.

use std::panic::{self, PanicHookInfo};
use std::time::SystemTime;

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use otelier_instrument::scope;
use otelier_instrument::semconv::code::{CODE_COLUMN_NUMBER, CODE_FILE_PATH, CODE_LINE_NUMBER};
use otelier_instrument::semconv::exception::{EXCEPTION_MESSAGE, EXCEPTION_TYPE};

use crate::masked::Masking;

/// Records each panic from now on, and then lets the hook that was there before do its work.
pub(crate) fn install() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        record(info);
        before(info);
    }));
}

/// Source: <https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/>.
///
/// Emits one record of severity ERROR on the current span, with the message masked. Does nothing
/// without a pipeline.
fn record(info: &PanicHookInfo<'_>) {
    let Some(provider) = otelier_core::logger_provider() else { return };
    let logger = provider.logger_with_scope(scope!());
    let message = Masking::current().text(message(info).to_owned());
    let mut record = logger.create_log_record();
    record.set_timestamp(SystemTime::now());
    record.set_severity_number(Severity::Error);
    record.set_severity_text("ERROR");
    record.set_target("panic");
    record.set_body(AnyValue::from(format!("panic: {message}")));
    record.add_attribute(EXCEPTION_TYPE, "panic");
    record.add_attribute(EXCEPTION_MESSAGE, message);
    if let Some(place) = info.location() {
        record.add_attribute(CODE_FILE_PATH, place.file().to_owned());
        record.add_attribute(CODE_LINE_NUMBER, i64::from(place.line()));
        record.add_attribute(CODE_COLUMN_NUMBER, i64::from(place.column()));
    }
    logger.emit(record);
    // A program that aborts on a panic has no later moment, for spans and metrics neither. One that
    // unwinds delivers as usual, and a request that panicked must not wait for a collector.
    if cfg!(panic = "abort") {
        otelier_core::deliver();
    }
}

/// The text of `panic!` with or without arguments. A payload of another type has no text to show.
fn message<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = info.payload();
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is no text")
}
