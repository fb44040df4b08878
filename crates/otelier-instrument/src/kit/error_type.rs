//! How an operation failed, as one low-cardinality name.

use std::borrow::Cow;
use std::fmt;

use opentelemetry::Value;

use crate::kit::value;

/// The value of `error.type`: a short name from a small set, never a message.
///
/// ```
/// use otelier_instrument::ErrorType;
///
/// assert_eq!(ErrorType::from_code("1062").as_str(), "1062");
/// assert_eq!(ErrorType::of_type::<std::fmt::Error>().as_str(), "core::fmt::Error");
/// ```
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/>.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ErrorType(Cow<'static, str>);

impl ErrorType {
    /// The operation was dropped before it was done. Of a client or producer that is no error:
    /// [`Outcome::Cancelled`](crate::kit::Outcome::Cancelled).
    pub const CANCELLED: Self = Self::from_static("cancelled");
    /// The code inside the operation panicked.
    pub const PANIC: Self = Self::from_static("panic");
    /// A time limit ran out.
    pub const TIMEOUT: Self = Self::from_static("timeout");
    /// Something failed for which there is no better name.
    pub const OTHER: Self = Self::from_static("_OTHER");

    /// A name known at compile time.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name of an error's type, for errors that have no code. The type of a boxed error says
    /// nothing: it is [`OTHER`](Self::OTHER).
    #[must_use]
    pub fn of_type<E: ?Sized>() -> Self {
        match std::any::type_name::<E>() {
            name if name.contains("dyn ") => Self::OTHER,
            name => Self::from_static(name),
        }
    }

    /// A name made at run time. It must come from a small set: a status or error code, a type's
    /// name.
    #[must_use]
    pub fn from_code(code: impl Into<String>) -> Self {
        Self(Cow::Owned(value::truncate_string(code.into())))
    }

    /// What a dropped operation is reported as: [`PANIC`](Self::PANIC) while unwinding, else
    /// [`CANCELLED`](Self::CANCELLED).
    pub(crate) fn of_drop() -> Self {
        if std::thread::panicking() { Self::PANIC } else { Self::CANCELLED }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ErrorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&ErrorType> for Value {
    fn from(error: &ErrorType) -> Self {
        error.0.clone().into()
    }
}
