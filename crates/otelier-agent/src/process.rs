//! Whether hooks record in this process. Decided at the first hook, which sets telemetry up.
//!
//! The first hook may come after `main` has changed the environment, as by a `.env` file, so that
//! counts. From then on a hook costs one load of an atomic where telemetry is switched off.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use otelier_core::Guard;
use otelier_instrument::catch_panic;

use crate::inert;

const UNDECIDED: u8 = 0;
const OFF: u8 = 1;
const ON: u8 = 2;

static STATE: AtomicU8 = AtomicU8::new(UNDECIDED);
/// Empty where hooks do nothing. Never dropped: `otelier-core` delivers what is pending when the
/// process ends.
static GUARD: OnceLock<Option<Guard>> = OnceLock::new();

/// Whether hooks do anything. The first call sets telemetry up from the environment.
///
/// ```
/// if otelier_agent::is_on() {
///     // Collect what a hook needs.
/// }
/// ```
#[inline]
#[must_use]
pub fn is_on() -> bool {
    match STATE.load(Ordering::Acquire) {
        ON => true,
        OFF => false,
        _ => decide(),
    }
}

/// Other threads wait for the first, so that none of their operations is missed.
#[cold]
fn decide() -> bool {
    let is_on = GUARD.get_or_init(|| catch_panic(start).flatten()).is_some();
    STATE.store(if is_on { ON } else { OFF }, Ordering::Release);
    is_on
}

fn start() -> Option<Guard> {
    if inert::is_build() {
        return None;
    }
    // What is wrong in the environment is a warning of `init`; it fails only for what code asked
    // for.
    let guard = otelier_core::init().ok()?;
    (!guard.is_switched_off()).then_some(guard)
}

/// The program has a handler of the signal with this number from now on: it ends in its own way.
///
/// Its `signal-hook-registry` is another one than ours, and calls our handler as the one before it.
pub fn signal_handled(signal: i32) {
    otelier_core::note_handled_signal(signal);
}
