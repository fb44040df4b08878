//! The one deadline that every export, retry and wait of a pipeline keeps once it is shut down.
//!
//! Each exporter has a clone of the `ShutdownSignal` of its pipeline. Before the shutdown a wait
//! ends by its own limit only. When the shutdown begins, waits end early, so that a retry is made
//! at once, and from then on every limit is the earlier of its own and the deadline. So the time
//! that a shutdown takes does not depend on how many exporters and retries there are.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Tells the exporters of a pipeline that it is being shut down, and until when they may go on.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShutdownSignal(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// `None` until the shutdown begins. It is set once and never changes.
    deadline: Mutex<Option<Instant>>,
    /// Wakes those that wait when the deadline is set.
    begun: Condvar,
}

impl ShutdownSignal {
    /// Begins the shutdown. A retry that is waiting is made at once, and nothing begins after
    /// `deadline`. A second call changes nothing.
    pub(crate) fn begin(&self, deadline: Instant) {
        self.lock().get_or_insert(deadline);
        self.0.begun.notify_all();
    }

    /// Until when exports may go on, if the shutdown has begun.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        *self.lock()
    }

    /// The earlier of `limit` and the deadline.
    pub(super) fn bound(&self, limit: Instant) -> Instant {
        self.deadline().map_or(limit, |deadline| deadline.min(limit))
    }

    /// Whether the deadline has passed.
    pub(super) fn is_over(&self) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Waits until `time`. Returns early if the shutdown begins meanwhile.
    /// After that has begun, this waits until the deadline at most.
    pub(super) fn wait_until(&self, time: Instant) {
        let deadline = self.lock();
        let delay = time.saturating_duration_since(Instant::now());
        if let Some(deadline) = *deadline {
            let delay = delay.min(deadline.saturating_duration_since(Instant::now()));
            std::thread::sleep(delay);
        } else {
            let waited = self.0.begun.wait_timeout_while(deadline, delay, |it| it.is_none());
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// The value is replaced in one step, so a poisoned lock is as good as another.
    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `timeout` from now, or in a day for one that no clock can express.
pub(super) fn after(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or_else(|| now + Duration::from_secs(24 * 60 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginning_ends_a_wait_early() {
        let signal = ShutdownSignal::default();
        let waiting = signal.clone();
        let far = after(Duration::from_secs(3600));
        let thread = std::thread::spawn(move || waiting.wait_until(far));
        // If the thread is late it finds a deadline that has passed.
        signal.begin(Instant::now());
        thread.join().unwrap();
        assert!(Instant::now() < far);
    }

    #[test]
    fn first_deadline_counts() {
        let signal = ShutdownSignal::default();
        let (near, far) = (Instant::now(), after(Duration::from_secs(3600)));
        assert_eq!((signal.bound(far), signal.is_over()), (far, false));
        signal.begin(near);
        signal.begin(far);
        assert_eq!((signal.deadline(), signal.bound(far)), (Some(near), near));
        assert!(signal.is_over());
        // Does not wait, since the deadline has passed.
        signal.wait_until(far);
    }

    #[test]
    fn no_timeout_is_too_long() {
        assert!(after(Duration::MAX) > Instant::now());
    }
}
