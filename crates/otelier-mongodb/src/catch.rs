//! A panic in a handler of events is caught: it must not reach the task that the event is about.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs `handler`. A panic in it is logged once per process and otherwise ignored.
pub(crate) fn catch_panic<T>(whose: &str, handler: impl FnOnce() -> T) -> Option<T> {
    static LOGGED: AtomicBool = AtomicBool::new(false);
    let result = catch_unwind(AssertUnwindSafe(handler));
    if result.is_err() && !LOGGED.swap(true, Ordering::Relaxed) {
        tracing::warn!(target: "otelier", whose, "mongodb: an event handler panicked, and the panic was caught");
    }
    result.ok()
}
