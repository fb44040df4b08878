//! How an operation ended.

use opentelemetry::trace::SpanKind;

use crate::kit::ErrorType;

/// How an operation ended.
///
/// From it come `error.type`, the same on span and metrics, and the status of the span.
///
/// ```
/// use otelier_instrument::kit::{ErrorType, Outcome};
///
/// let outcome = Outcome::Success.or_fail(|| Some(ErrorType::TIMEOUT));
/// assert_eq!(outcome.error(), Some(&ErrorType::TIMEOUT));
/// assert_eq!(Outcome::Cancelled.error(), None);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeded.
    Success,
    /// It failed: the span's status is Error, and `error.type` says how.
    Failure(ErrorType),
    /// Its own caller dropped a call or a message that was on its way out. By the conventions that
    /// is no error: the status is unset and there is no `error.type`. The span has
    /// `otelier.cancelled`.
    Cancelled,
}

impl Outcome {
    /// The outcome of an operation of `kind` that ended with `error`, if with any.
    ///
    /// [`ErrorType::CANCELLED`] is a failure of a server or a consumer: the request or message was
    /// not answered in full. A client or producer is [`Cancelled`](Self::Cancelled). Source:
    /// <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status>.
    pub(super) fn of(error: Option<ErrorType>, kind: &SpanKind) -> Self {
        match error {
            None => Self::Success,
            Some(error)
                if error == ErrorType::CANCELLED
                    && matches!(kind, SpanKind::Client | SpanKind::Producer) =>
            {
                Self::Cancelled
            }
            Some(error) => Self::Failure(error),
        }
    }

    /// How it failed, if it did.
    #[must_use]
    pub fn error(&self) -> Option<&ErrorType> {
        match self {
            Self::Failure(error) => Some(error),
            Self::Success | Self::Cancelled => None,
        }
    }

    /// The failure that `error` returns, if there is none yet: for a status or a code that is a
    /// failure though the call itself went well.
    #[must_use]
    pub fn or_fail(self, error: impl FnOnce() -> Option<ErrorType>) -> Self {
        match self {
            Self::Failure(_) => self,
            Self::Success | Self::Cancelled => error().map_or(self, Self::Failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_failures_of_servers_and_consumers_only() {
        use SpanKind::{Client, Consumer, Internal, Producer, Server};
        for kind in [Client, Producer] {
            assert_eq!(Outcome::of(Some(ErrorType::CANCELLED), &kind), Outcome::Cancelled);
        }
        for kind in [Server, Consumer, Internal] {
            let outcome = Outcome::of(Some(ErrorType::CANCELLED), &kind);
            assert_eq!(outcome, Outcome::Failure(ErrorType::CANCELLED));
        }
        for kind in [Client, Producer, Server, Consumer, Internal] {
            assert_eq!(Outcome::of(None, &kind), Outcome::Success);
            let outcome = Outcome::of(Some(ErrorType::PANIC), &kind);
            assert_eq!(outcome, Outcome::Failure(ErrorType::PANIC));
        }
    }

    #[test]
    fn the_first_failure_counts() {
        let other = || Some(ErrorType::OTHER);
        for outcome in [Outcome::Success, Outcome::Cancelled] {
            assert_eq!(outcome.clone().or_fail(other), Outcome::Failure(ErrorType::OTHER));
            assert_eq!(outcome.clone().or_fail(|| None), outcome);
        }
        let failure = Outcome::Failure(ErrorType::TIMEOUT);
        assert_eq!(failure.clone().or_fail(other), failure);
    }
}
