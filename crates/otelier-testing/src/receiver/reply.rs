//! What the receiver answers, so that tests can see an exporter cope.

use std::time::Duration;

/// An answer to an export request.
///
/// ```
/// use otelier_testing::{OtlpReceiver, Reply};
/// use std::time::Duration;
///
/// let receiver = OtlpReceiver::start();
/// receiver.respond_once(Reply::status(503).with_retry_after(Duration::from_secs(1)));
/// receiver.respond_with(Reply::accept().with_delay(Duration::from_millis(200)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Reply {
    /// An HTTP status, also for gRPC, where it is translated.
    pub(super) status: u16,
    /// What the client is asked to wait.
    pub(super) retry_after: Option<Duration>,
    /// How long the answer itself is held back.
    pub(super) delay: Option<Duration>,
    /// Holds the answer back until the receiver stops.
    pub(super) hang: bool,
    /// How many items were rejected, and why.
    pub(super) partial: Option<(i64, String)>,
}

impl Reply {
    /// Accepts everything, which is what a receiver does by default.
    pub fn accept() -> Self {
        Self { status: 200, retry_after: None, delay: None, hang: false, partial: None }
    }

    /// Answers with this HTTP status, over gRPC with the code that corresponds to it by the
    /// specification of OTLP. Anything but 2xx refuses the data.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::accept() }
    }

    /// Never answers, until the receiver stops.
    pub fn hang() -> Self {
        Self { hang: true, ..Self::status(503) }
    }

    /// Accepts, but reports that `rejected` spans, points or records were not, with this message.
    ///
    /// ```
    /// use otelier_testing::{OtlpReceiver, Reply};
    ///
    /// let receiver = OtlpReceiver::start();
    /// receiver.respond_with(Reply::partial_success(3, "quota exceeded"));
    /// ```
    pub fn partial_success(rejected: i64, message: impl Into<String>) -> Self {
        Self { partial: Some((rejected, message.into())), ..Self::accept() }
    }

    /// Asks to try again after this long: `Retry-After` over HTTP in whole seconds, `RetryInfo`
    /// over gRPC.
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Answers this much later.
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Whether the data of the request counts as received.
    pub(super) fn accepts(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The error message of an answer that refuses.
    pub(super) fn message(&self) -> String {
        format!("set to answer {}", self.status)
    }
}
