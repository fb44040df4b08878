//! A panic in a handler of events is caught: it must not reach the task that the event is about.
//!
//! That holds for our handlers and for the user's, which ours call. The user's are called even if
//! ours panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs `handler`. A panic in it is logged once per process and otherwise ignored.
///
/// `whose` handler it was is in the log. `None` after a panic.
pub(crate) fn catch_panic<T>(whose: &str, handler: impl FnOnce() -> T) -> Option<T> {
    static LOGGED: AtomicBool = AtomicBool::new(false);
    let result = catch_unwind(AssertUnwindSafe(handler));
    if result.is_err() && !LOGGED.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            target: "otelier",
            whose,
            "mongodb: an event handler panicked, and the panic was caught"
        );
    }
    result.ok()
}

/// Logs that a client is not instrumented, because its handler is of a kind that a later driver
/// has.
#[cfg(feature = "mongodb-3")]
pub(crate) fn warn_about_unknown_handler() {
    tracing::warn!(
        target: "otelier",
        "mongodb: an event handler of an unknown kind cannot be chained; its client is not \
         instrumented"
    );
}
