//! One counter for everything that may change while integrations run: settings and global
//! providers.
//!
//! Whatever was worked out from either keeps the number it was worked out at, and is worked out
//! again when the number has grown.

use std::sync::atomic::{AtomicUsize, Ordering};

static CHANGES: AtomicUsize = AtomicUsize::new(0);

/// How many changes there were. Read it before reading what may change: a change in between then
/// makes the result look old, not new.
pub(crate) fn count() -> usize {
    CHANGES.load(Ordering::Acquire)
}

/// Says that something changed, after it changed.
pub(crate) fn announce() {
    CHANGES.fetch_add(1, Ordering::Release);
}
