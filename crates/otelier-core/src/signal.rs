//! The signals by which a process is asked to stop: for programs that wait for them, and for those
//! that do not.
//!
//! There are two ways. A program calls `shutdown_signal` and ends by itself when the future
//! resolves. Or it does nothing, and the handler of `default_action` delivers what is pending
//! before the signal has its usual effect. That handler must not end a program that handles the
//! signal in a way of its own, so it first finds out who else listens: `dispositions` says what is
//! handled before it is installed, and `other_actions` what is registered after. Linux alone tells
//! this, so other systems have no handler.

#[cfg(target_os = "linux")]
mod default_action;
#[cfg(target_os = "linux")]
mod dispositions;
#[cfg(target_os = "linux")]
mod other_actions;
mod shutdown;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub use self::shutdown::shutdown_signal;

/// Whether the program waits for a [`shutdown_signal`].
static IS_AWAITED: AtomicBool = AtomicBool::new(false);

/// The signals that the program handles by its own account, as bits.
static HANDLED: AtomicU64 = AtomicU64::new(0);

/// Notes that the program handles `signal`, by its number, in a way that Otelier cannot see: its
/// own [handler](crate::Builder::with_signal_handler) leaves that signal to the program.
///
/// For code that hears of handlers as they are registered, with a `signal-hook-registry` that is
/// another one than Otelier's.
///
/// ```
/// # mod otelier { pub use otelier_core::*; }
/// const SIGTERM: i32 = 15;
/// otelier::note_handled_signal(SIGTERM);
/// ```
pub fn note_handled_signal(signal: i32) {
    HANDLED.fetch_or(bit(signal), Ordering::SeqCst);
}

/// Whether the program handles `signal` by its own account.
#[cfg(target_os = "linux")]
fn is_noted(signal: i32) -> bool {
    HANDLED.load(Ordering::SeqCst) & bit(signal) != 0
}

/// None for what is no signal.
fn bit(signal: i32) -> u64 {
    u32::try_from(signal).ok().and_then(|signal| 1_u64.checked_shl(signal)).unwrap_or(0)
}

/// From now on SIGTERM and SIGINT deliver what is pending before they end the process, where the
/// program does not handle them. Does nothing on a system where that cannot be determined.
pub(crate) fn install_handler() {
    #[cfg(target_os = "linux")]
    default_action::install();
}

/// Once it is `true` it stays so.
#[cfg(target_os = "linux")]
fn is_awaited() -> bool {
    IS_AWAITED.load(Ordering::SeqCst)
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// OtherActions are counted for the whole process, so tests that listen take turns.
    pub(super) fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
