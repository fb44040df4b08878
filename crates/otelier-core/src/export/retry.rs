//! Sends a request again when the failure may pass, as OTLP asks, with growing delays.
//!
//! Each attempt is given all the time that is left, so a server that hangs takes the whole timeout
//! and there is no retry then. Attempts that fail at once are what is retried: after about 100,
//! 200, 400, 800 and 1600 milliseconds. A retry whose time would come after the limit is not waited
//! for; the failure is returned at once. When the shutdown begins, a pause ends early, except for
//! the part that the server has asked for.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::shutdown::ShutdownSignal;
use super::transport::{Failure, FailureKind, Transport};

/// Before the first retry. It doubles with each one.
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// After the first attempt, so there are six attempts in all.
const MAX_RETRIES: u32 = 5;
/// While the process waits for its end there are fewer, so that without a collector it ends soon.
const MAX_RETRIES_AT_SHUTDOWN: u32 = 3;
/// A server that asks for a longer pause is not obeyed: the telemetry would be lost meanwhile.
const MAX_SERVER_DELAY: Duration = Duration::from_secs(30);

/// A transport around which failed requests are sent again.
#[derive(Debug)]
pub(super) struct Retry {
    /// Sends each attempt.
    transport: Box<dyn Transport>,
    /// Bounds attempts and pauses by its deadline.
    shutdown: ShutdownSignal,
}

impl Retry {
    pub(super) fn new(transport: Box<dyn Transport>, shutdown: ShutdownSignal) -> Self {
        Self { transport, shutdown }
    }

    /// Once for all attempts.
    pub(super) fn compress(&self, body: Vec<u8>) -> Result<Bytes, String> {
        self.transport.compress(body)
    }

    /// Sends `body` until it is accepted, or cannot be before `limit` or the end of the pipeline.
    ///
    /// `limit` is for all attempts and pauses together. The failure that is returned is that of the
    /// last attempt.
    pub(super) fn send(&self, body: &Bytes, limit: Instant) -> Result<Bytes, Failure> {
        let mut delay = FIRST_DELAY;
        let mut retries = 0;
        loop {
            let remaining = self.shutdown.bound(limit).saturating_duration_since(Instant::now());
            let failure = match self.transport.send(body.clone(), remaining) {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let FailureKind::Retryable { after } = failure.kind else { return Err(failure) };
            let most = match self.shutdown.deadline() {
                Some(_) => MAX_RETRIES_AT_SHUTDOWN,
                None => MAX_RETRIES,
            };
            if retries >= most || !self.pause(delay + jitter(delay), after, limit) {
                return Err(failure);
            }
            delay *= 2;
            retries += 1;
        }
    }

    /// Waits before a retry. Returns whether there is time for one.
    ///
    /// `server` is the delay that the server asks for, if it does. Retries are made no earlier than
    /// that, and no earlier than `delay`. `limit` is bounded by the deadline of the shutdown.
    fn pause(&self, delay: Duration, server: Option<Duration>, limit: Instant) -> bool {
        let now = Instant::now();
        // The server's word holds even if the shutdown begins meanwhile.
        let not_before = now + server.unwrap_or_default().min(MAX_SERVER_DELAY);
        let mut time = not_before.max(now + delay);
        while Instant::now() < time {
            if time >= self.shutdown.bound(limit) {
                return false;
            }
            let begun = self.shutdown.deadline().is_some();
            self.shutdown.wait_until(time);
            if !begun && self.shutdown.deadline().is_some() {
                time = not_before;
            }
        }
        true
    }
}

/// Up to a tenth of `delay`, so that many services do not return at the same moment. The random
/// keys of a hasher need no crate for randomness.
fn jitter(delay: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    delay.mul_f64((random % 1000) as f64 / 10_000.0)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex, mpsc};

    use super::super::shutdown::after;
    use super::*;

    /// Answers as given, then accepts; reports each attempt with the time it was given.
    #[derive(Debug)]
    struct Scripted {
        replies: Mutex<VecDeque<Failure>>,
        attempts: mpsc::Sender<Duration>,
    }

    impl Transport for Scripted {
        fn compress(&self, body: Vec<u8>) -> Result<Bytes, String> {
            Ok(body.into())
        }

        fn send(&self, _: Bytes, timeout: Duration) -> Result<Bytes, Failure> {
            self.attempts.send(timeout).unwrap();
            match self.replies.lock().unwrap().pop_front() {
                Some(failure) => Err(failure),
                None => Ok(Bytes::from_static(b"yes")),
            }
        }
    }

    fn scripted(
        replies: impl IntoIterator<Item = Failure>,
    ) -> (Retry, ShutdownSignal, mpsc::Receiver<Duration>) {
        let (attempts, seen) = mpsc::channel();
        let replies = Mutex::new(replies.into_iter().collect());
        let shutdown = ShutdownSignal::default();
        let transport = Box::new(Scripted { replies, attempts });
        (Retry::new(transport, shutdown.clone()), shutdown, seen)
    }

    fn failure(kind: FailureKind) -> Failure {
        Failure::new(kind, "test", "set to fail")
    }

    fn retryable(seconds: u64) -> Failure {
        failure(FailureKind::Retryable { after: Some(Duration::from_secs(seconds)) })
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn passing_failures_are_retried() {
        let (retry, _, seen) = scripted([retryable(0), retryable(0)]);
        assert_eq!(retry.send(&Bytes::new(), after(MINUTE)), Ok(Bytes::from_static(b"yes")));
        assert_eq!(seen.try_iter().count(), 3);
    }

    #[test]
    fn lasting_failures_are_not() {
        for kind in [FailureKind::Permanent, FailureKind::TooLarge] {
            let (retry, _, seen) = scripted([failure(kind)]);
            assert_eq!(retry.send(&Bytes::new(), after(MINUTE)), Err(failure(kind)));
            assert_eq!(seen.try_iter().count(), 1);
        }
    }

    #[test]
    fn no_retry_begins_after_the_limit() {
        let (retry, _, seen) = scripted([retryable(20)]);
        let limit = after(Duration::from_secs(10));
        assert_eq!(retry.send(&Bytes::new(), limit), Err(retryable(20)));
        // It did not wait first.
        assert!(Instant::now() < limit);
        let attempts: Vec<_> = seen.try_iter().collect();
        assert!(attempts.len() == 1 && attempts[0] > Duration::from_secs(5), "{attempts:?}");
    }

    #[test]
    fn shutdown_ends_the_pause() {
        let (retry, shutdown, seen) =
            scripted(vec![failure(FailureKind::Retryable { after: None }); 9]);
        let retry = Arc::new(retry);
        let sending = Arc::clone(&retry);
        let thread = std::thread::spawn(move || sending.send(&Bytes::new(), after(Duration::MAX)));
        seen.recv().unwrap();
        shutdown.begin(Instant::now());
        assert!(thread.join().unwrap().is_err_and(|failure| failure.is_retryable()));
        // The attempt that the beginning allowed, if it came in time, had no time left.
        assert!(seen.try_iter().all(|timeout| timeout.is_zero()));
    }

    #[test]
    fn shutdown_has_fewer_retries() {
        let (retry, shutdown, seen) = scripted(vec![retryable(0); 9]);
        shutdown.begin(after(MINUTE));
        assert!(retry.send(&Bytes::new(), after(MINUTE)).is_err());
        assert_eq!(seen.try_iter().count(), 1 + MAX_RETRIES_AT_SHUTDOWN as usize);
    }
}
