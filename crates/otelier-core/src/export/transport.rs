//! What carries an encoded request to an endpoint, and what can go wrong on the way.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

/// A server that refuses a smaller request, without saying why, does so for another reason than its
/// size.
pub(super) const MAY_BE_TOO_LARGE: usize = 1024 * 1024;

/// A connection to the endpoint of one signal.
pub(super) trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Compresses a request, once for all attempts.
    fn compress(&self, body: Vec<u8>) -> Result<Bytes, String>;

    /// Sends a request once, and returns the body of the response. Blocks for `timeout` at most.
    fn send(&self, body: Bytes, timeout: Duration) -> Result<Bytes, Failure>;
}

/// Why a request was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: FailureKind,
    /// What happened, in the words of the server or of the library below.
    pub(super) reason: String,
    /// The value of the attribute `error.type`.
    pub(super) error_type: Cow<'static, str>,
}

/// What can be done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// The same request may succeed later, but not before the server's delay if it named one.
    Retryable { after: Option<Duration> },
    /// The request is larger than the server takes; its parts may be accepted.
    TooLarge,
    /// The same request would fail again.
    Permanent,
}

impl Failure {
    pub(super) fn new(
        kind: FailureKind,
        error_type: impl Into<Cow<'static, str>>,
        reason: impl Into<String>,
    ) -> Self {
        Self { kind, reason: reason.into(), error_type: error_type.into() }
    }

    /// Nothing came back within `timeout`.
    pub(super) fn timeout(timeout: Duration) -> Self {
        let kind = FailureKind::Retryable { after: None };
        Self::new(kind, "timeout", format!("no answer within {timeout:.1?}"))
    }

    pub(super) fn is_retryable(&self) -> bool {
        matches!(self.kind, FailureKind::Retryable { .. })
    }
}
