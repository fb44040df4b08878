//! What Otelier itself has to say, as `tracing` events and, before there is a subscriber, on
//! standard error.
//!
//! Most services call `init` before they set a subscriber up, and many never have one. A warning
//! that is not seen anywhere is none, so in that case, and only then, it is written to standard
//! error. This module is the only one of the libraries that writes there.

use std::io::Write as _;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::config::LogLevel;

/// The level from which on diagnostics are shown: that of the last `init`.
///
/// A `LogLevel` as a number, of which the greater ones show more.
static LEVEL: AtomicU8 = AtomicU8::new(LogLevel::Info as u8);

/// Shows only diagnostics of `level` and above from now on.
///
/// `init` calls it before it says anything, so that warnings about settings are subject to it
/// already.
pub(crate) fn set_level(level: LogLevel) {
    LEVEL.store(level as u8, Ordering::Relaxed);
}

/// Says that something is wrong but taken care of. `message` must hold no secret.
pub(crate) fn warn(message: &str) {
    if shown(LogLevel::Warn) {
        tracing::warn!(target: "otelier", "{message}");
        without_subscriber("warning", message);
    }
}

/// Says what is good to know in normal operation.
pub(crate) fn info(message: &str) {
    if shown(LogLevel::Info) {
        tracing::info!(target: "otelier", "{message}");
        without_subscriber("info", message);
    }
}

/// Says what was decided, for a user who looks into a problem. The message is only made if it is
/// shown.
pub(crate) fn debug(message: impl FnOnce() -> String) {
    if shown(LogLevel::Debug) {
        let message = message();
        tracing::debug!(target: "otelier", "{message}");
        without_subscriber("debug", &message);
    }
}

/// Whether messages of `level` are shown at the level that was set.
fn shown(level: LogLevel) -> bool {
    LEVEL.load(Ordering::Relaxed) >= level as u8
}

/// Writes the line to standard error, if no `tracing` subscriber was ever set in this process.
fn without_subscriber(level: &str, message: &str) {
    if !tracing::dispatcher::has_been_set() {
        // There is nothing left to do when standard error is closed.
        let _ = writeln!(std::io::stderr(), "otelier: {level}: {message}");
    }
}

/// Runs `build` without the SDK's own warnings about variables, which repeat ours and show the
/// values.
pub(crate) fn without_sdk_warnings<T>(build: impl FnOnce() -> T) -> T {
    // Without any subscriber nothing is shown anyway, and setting even the empty one would turn off
    // the fallback of `tracing` to the `log` crate for the rest of the process.
    if tracing::dispatcher::has_been_set() {
        tracing::dispatcher::with_default(&tracing::Dispatch::none(), build)
    } else {
        build()
    }
}
