//! The names of what a log record says about an error.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/>.

/// The name of a log record about an error, where nothing more special is known of it.
pub const EVENT_NAME: &str = "exception";
/// The name of a log record about an error that a server's handler reported.
pub const HTTP_SERVER_REQUEST_EXCEPTION: &str = "http.server.request.exception";
/// The type of the error.
pub const EXCEPTION_TYPE: &str = "exception.type";
/// What the error says.
pub const EXCEPTION_MESSAGE: &str = "exception.message";
/// The errors that caused it, or where it was made.
pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
