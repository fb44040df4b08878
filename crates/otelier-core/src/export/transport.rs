//! What carries an encoded request to an endpoint, and what can go wrong on the way.
//!
//! There are two: `http` and `grpc`. A transport sends once. It judges what a failure means, since
//! only it knows the protocol, and leaves it to `retry` and `splitting` to act on that.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

/// A server that refuses a smaller request, without saying why, does so for another reason than its
/// size.
/// In bytes, as they are sent over HTTP, and before compression over gRPC.
pub(super) const MAY_BE_TOO_LARGE: usize = 1024 * 1024;

/// A connection to the endpoint of one signal.
pub(super) trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Compresses a request, once for all attempts.
    /// An error is a reason to show; the request is lost then.
    fn compress(&self, body: Vec<u8>) -> Result<Bytes, String>;

    /// Sends a request once, and returns the body of the response. Blocks for `timeout` at most.
    /// The body of the response may be empty, and is not looked into here.
    fn send(&self, body: Bytes, timeout: Duration) -> Result<Bytes, Failure>;
}

/// Why a request was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: FailureKind,
    /// What happened, in the words of the server or of the library below.
    pub(super) reason: String,
    /// The value of the attribute `error.type`.
    /// Of low cardinality: a status, or a name for what happened below.
    pub(super) error_type: Cow<'static, str>,
}

/// What can be done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// The same request may succeed later, but not before the server's delay if it named one.
    /// The delay is what the server asks for; `retry` bounds it.
    Retryable { after: Option<Duration> },
    /// The request is larger than the server takes; its parts may be accepted.
    /// One item that is too large by itself is lost.
    TooLarge,
    /// The same request would fail again.
    Permanent,
}

impl Failure {
    /// `reason` may hold secrets: they are hidden where it is shown, in `diagnosis`.
    pub(super) fn new(
        kind: FailureKind,
        error_type: impl Into<Cow<'static, str>>,
        reason: impl Into<String>,
    ) -> Self {
        Self { kind, reason: reason.into(), error_type: error_type.into() }
    }

    /// Nothing came back within `timeout`.
    /// It is retried, if the limit of the whole request leaves time for that.
    pub(super) fn timeout(timeout: Duration) -> Self {
        let kind = FailureKind::Retryable { after: None };
        Self::new(kind, "timeout", format!("no answer within {timeout:.1?}"))
    }

    pub(super) fn is_retryable(&self) -> bool {
        matches!(self.kind, FailureKind::Retryable { .. })
    }
}
