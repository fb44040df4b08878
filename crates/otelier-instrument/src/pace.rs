//! How often something that may yet come is looked for.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The time from one look to the next: short for whoever sets a provider, long for a server that has none.
const INTERVAL: Duration = Duration::from_millis(10);

static ANNOUNCED: AtomicUsize = AtomicUsize::new(0);

/// Tells every integration that global providers were set, so that its next operation looks for them at once.
///
/// `otelier::init()` calls it. Without the call they are found all the same, 10 ms later at the latest.
pub fn announce_providers() {
    ANNOUNCED.fetch_add(1, Ordering::Release);
}

/// Says when to look again: at first, after an announcement, and else at intervals.
#[derive(Debug)]
pub(crate) struct Pace {
    announced: AtomicUsize,
    /// In nanoseconds since the first use of any.
    next: AtomicU64,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { announced: AtomicUsize::new(ANNOUNCED.load(Ordering::Acquire)), next: AtomicU64::new(0) }
    }

    /// Whether it is time to look. Of several threads that ask at once, more than one may be told so.
    pub(crate) fn is_due(&self) -> bool {
        self.is_due_at(now(), ANNOUNCED.load(Ordering::Acquire))
    }

    fn is_due_at(&self, now: Duration, announced: usize) -> bool {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let news = self.announced.load(Ordering::Relaxed) != announced;
        if !news && now < self.next.load(Ordering::Relaxed) {
            return false;
        }
        self.announced.store(announced, Ordering::Relaxed);
        self.next.store(now.saturating_add(INTERVAL.as_nanos() as u64), Ordering::Relaxed);
        true
    }
}

fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1);

    #[test]
    fn looks_at_first_and_then_at_intervals() {
        let pace = Pace { announced: AtomicUsize::new(0), next: AtomicU64::new(0) };
        assert!(pace.is_due_at(START, 0));
        assert!(!pace.is_due_at(START, 0));
        assert!(!pace.is_due_at(START + INTERVAL - Duration::from_nanos(1), 0));
        assert!(pace.is_due_at(START + INTERVAL, 0));
        assert!(!pace.is_due_at(START + INTERVAL, 0));
    }

    #[test]
    fn looks_at_once_after_an_announcement() {
        let pace = Pace { announced: AtomicUsize::new(0), next: AtomicU64::new(0) };
        assert!(pace.is_due_at(START, 0));
        assert!(pace.is_due_at(START, 1));
        assert!(!pace.is_due_at(START, 1));
    }

    #[test]
    fn an_announcement_reaches_each_that_was_there_before() {
        let pace = Pace::new();
        pace.next.store(u64::MAX, Ordering::Relaxed);
        announce_providers();
        assert!(pace.is_due());
    }
}
