//! The names of what a log record says about an error.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/>.

/// The type of the error.
pub const EXCEPTION_TYPE: &str = "exception.type";
/// What the error says.
pub const EXCEPTION_MESSAGE: &str = "exception.message";
/// The errors that caused it, or where it was made.
pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
