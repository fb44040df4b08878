//! What is looked for until it is found: global providers may be set after an integration is built.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

use crate::kit::{catch_panic, change};

/// The time between two looks, if nothing was announced: a look costs an allocation.
const INTERVAL: Duration = Duration::from_millis(10);

/// A value that is looked for until it is found, or once if the first answer is final.
pub(super) struct Resolved<T> {
    found: OnceLock<Option<T>>,
    /// `None` if the first answer is final.
    polling: Option<Polling>,
}

impl<T> Resolved<T> {
    pub(super) fn new(is_final: bool) -> Self {
        Self { found: OnceLock::new(), polling: (!is_final).then(Polling::default) }
    }

    pub(super) fn get_or_resolve(&self, resolve: impl FnOnce() -> Option<T>) -> Option<&T> {
        if let Some(found) = self.found.get() {
            return found.as_ref();
        }
        let Some(polling) = &self.polling else {
            return self.found.get_or_init(|| catch_panic(resolve).flatten()).as_ref();
        };
        let changes = change::count();
        if !polling.is_due(now(), changes) {
            return None;
        }
        // After a panic nothing is looked for any more: each look would be reported and none would
        // help.
        let found = catch_panic(resolve);
        if matches!(found, Some(None)) {
            polling.postpone(now(), changes);
            return None;
        }
        self.found.get_or_init(|| found.flatten()).as_ref()
    }
}

/// When to look again: after a change, and else at intervals. All who ask before the first has
/// found nothing may look, so that no thread misses what is there while another looks.
#[derive(Debug, Default)]
struct Polling {
    /// How many changes there were before the last look, and one more; 0 before the first look.
    seen: AtomicUsize,
    /// In nanoseconds since the first use of any.
    next: AtomicU64,
}

impl Polling {
    fn is_due(&self, now: Duration, changes: usize) -> bool {
        self.seen.load(Ordering::Relaxed) != changes.wrapping_add(1)
            || nanoseconds(now) >= self.next.load(Ordering::Relaxed)
    }

    /// Nothing was found by a look that began when there were so many `changes`.
    fn postpone(&self, now: Duration, changes: usize) {
        self.seen.store(changes.wrapping_add(1), Ordering::Relaxed);
        self.next.store(nanoseconds(now.saturating_add(INTERVAL)), Ordering::Relaxed);
    }
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

    #[test]
    fn polls_at_intervals() {
        let polling = Polling::default();
        for now in [START, START + INTERVAL, START + 2 * INTERVAL] {
            assert_eq!(polling.is_due(now - Duration::from_nanos(1), 0), now == START);
            assert!(polling.is_due(now, 0));
            assert!(polling.is_due(now, 0), "nothing was missed yet");
            polling.postpone(now, 0);
        }
    }

    #[test]
    fn polls_at_once_after_a_change() {
        let polling = Polling::default();
        polling.postpone(START, 0);
        assert!(!polling.is_due(START, 0));
        assert!(polling.is_due(START, 1), "something changed");
        polling.postpone(START, 1);
        assert!(!polling.is_due(START, 1));
        assert!(polling.is_due(START, 2), "something changed during the look");
    }

    #[test]
    fn a_change_reaches_what_was_there_before() {
        let resolved = Resolved::new(false);
        assert_eq!(resolved.get_or_resolve(|| None::<u8>), None);
        let polling = resolved.polling.as_ref().expect("an answer that is not final");
        polling.next.store(u64::MAX, Ordering::Relaxed);
        change::announce();
        assert_eq!(resolved.get_or_resolve(|| Some(7)), Some(&7));
    }

    #[test]
    fn concurrent_looks_all_find() {
        let resolved = Resolved::new(false);
        // Comes while the first one has not yet found what is there.
        let second = || resolved.get_or_resolve(|| Some(2)).copied();
        let mut seconds = None;
        let first = resolved.get_or_resolve(|| {
            seconds = second();
            Some(1)
        });
        assert_eq!((first.copied(), seconds), (Some(2), Some(2)));
    }
}
