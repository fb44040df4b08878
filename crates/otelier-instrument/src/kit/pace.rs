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
        Self {
            announced: AtomicUsize::new(ANNOUNCED.load(Ordering::Acquire)),
            next: AtomicU64::new(0),
        }
    }

    /// A look, if it is time for one. All who ask before somebody has [missed](Self::missed) may look, so that nobody goes
    /// without what is there while somebody else looks.
    pub(crate) fn look(&self) -> Option<Look> {
        self.look_at(now(), ANNOUNCED.load(Ordering::Acquire))
    }

    /// Nothing was there: it is time again after a while, or after an announcement since.
    pub(crate) fn missed(&self, look: Look) {
        self.missed_at(now(), look);
    }

    fn look_at(&self, now: Duration, announced: usize) -> Option<Look> {
        let news = self.announced.load(Ordering::Relaxed) != announced;
        (news || nanoseconds(now) >= self.next.load(Ordering::Relaxed))
            .then_some(Look { announced })
    }

    fn missed_at(&self, now: Duration, look: Look) {
        self.announced.store(look.announced, Ordering::Relaxed);
        self.next.store(nanoseconds(now.saturating_add(INTERVAL)), Ordering::Relaxed);
    }
}

/// What was announced before somebody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    announced: usize,
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1);

    fn pace() -> Pace {
        Pace { announced: AtomicUsize::new(0), next: AtomicU64::new(0) }
    }

    #[test]
    fn looks_at_first_and_then_at_intervals() {
        let pace = pace();
        for now in [START, START + INTERVAL, START + 2 * INTERVAL] {
            assert_eq!(pace.look_at(now - Duration::from_nanos(1), 0).is_some(), now == START);
            let look = pace.look_at(now, 0).expect("it is time");
            assert!(pace.look_at(now, 0).is_some(), "the first has not missed yet");
            pace.missed_at(now, look);
        }
    }

    #[test]
    fn looks_at_once_after_an_announcement() {
        let pace = pace();
        let look = pace.look_at(START, 0).expect("it is time");
        pace.missed_at(START, look);
        assert!(pace.look_at(START, 0).is_none());
        let look = pace.look_at(START, 1).expect("something was announced");
        pace.missed_at(START, look);
        assert!(pace.look_at(START, 1).is_none());
        assert!(pace.look_at(START, 2).is_some(), "something was announced while somebody looked");
    }

    #[test]
    fn an_announcement_reaches_each_that_was_there_before() {
        let pace = Pace::new();
        pace.next.store(u64::MAX, Ordering::Relaxed);
        announce_providers();
        assert!(pace.look().is_some());
    }
}
