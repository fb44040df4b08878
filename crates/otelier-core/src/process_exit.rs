//! Ends the pipeline when the process exits, for a guard that is never dropped.
//!
//! A guard in a `static`, one that was leaked, and `std::process::exit` drop nothing. On Unix a
//! process that returns from `main` or calls `exit`, on any thread, runs what was registered with
//! `atexit`. The values of its thread may be gone by then, so another thread does the work; those
//! of the exporters still run. Elsewhere nothing happens, as without this.

use crate::pipeline::Pipeline;

/// From now on `pipeline` ends with the process. There is one in the life of a process.
pub(crate) fn end_at_exit(pipeline: &std::sync::Arc<Pipeline>) {
    // Nothing is to be delivered where telemetry is off.
    if pipeline.has_signals() {
        #[cfg(unix)]
        unix::register();
    }
}

#[cfg(unix)]
mod unix {
    use std::sync::Once;
    use std::thread;

    use otelier_instrument::catch_panic;

    use crate::{current, diagnostics};

    pub(super) fn register() {
        static REGISTERED: Once = Once::new();
        REGISTERED.call_once(|| {
            if !shutdown_hooks::add_shutdown_hook(at_exit) {
                diagnostics::debug(|| "there is no room for a function that runs at exit".into());
            }
        });
    }

    /// Takes as long as the pipeline takes to end: a few seconds at most.
    extern "C" fn at_exit() {
        // A panic that left would abort the process.
        catch_panic(|| {
            let Some(pipeline) = current::get() else { return };
            // In a forked child the lock of the pipeline may be held by nobody.
            if pipeline.is_forked() || pipeline.is_ended() {
                return;
            }
            let deliver = || {
                if let Err(error) = pipeline.end() {
                    diagnostics::warn(&error.to_string());
                }
            };
            if let Ok(thread) = thread::Builder::new().name("otelier-exit".into()).spawn(deliver) {
                let _ = thread.join();
            }
        });
    }
}
