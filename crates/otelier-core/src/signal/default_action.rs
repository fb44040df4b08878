//! SIGTERM and SIGINT where the program does not handle them: what is pending is delivered, and
//! then the signal does what it would have done without Otelier.
//!
//! A thread of its own waits for signals, so the work is done outside of signal handlers, where
//! almost nothing is allowed. When a signal arrives and others handle it, nothing is done here.
//! Otherwise the pipeline is ended, which takes a few seconds at most, and then the default action
//! ends the process with the exit status that a parent expects. A second signal ends it at once.
//! The first process of a container is flushed and goes on. If the thread ends for any reason,
//! signals have their default action again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};

use super::dispositions::Dispositions;
use super::other_actions::OtherActions;
use super::{is_awaited, is_noted};
use crate::error::ExportError;
use crate::pipeline::Pipeline;
use crate::{current, diagnostics};

/// Those by which service managers and terminals ask a program to stop.
const SIGNALS: [i32; 2] = [SIGTERM, SIGINT];

/// Handles those of the signals that take their default action; the others stay as they are.
pub(super) fn install() {
    let Some(dispositions) = Dispositions::current() else {
        return not_installed("/proc/self/status says nothing");
    };
    let signals: Vec<i32> =
        SIGNALS.into_iter().filter(|&signal| dispositions.is_default(signal)).collect();
    if signals.is_empty() {
        return;
    }
    // The thread comes first: a signal that is caught and that no thread waits for would do
    // nothing.
    let (installed, is_installed) = mpsc::sync_channel(1);
    let spawned = thread::Builder::new()
        .name("otelier-signals".to_owned())
        .spawn(move || wait_for(&signals, &installed));
    if spawned.is_err() {
        return not_installed("there is no thread");
    }
    if let Ok(Err(error)) = is_installed.recv() {
        not_installed(error);
    }
}

/// Of interest only to those who look for it, so it is said at the level of debug.
fn not_installed(reason: impl std::fmt::Display) {
    diagnostics::debug(|| format!("SIGTERM and SIGINT are not handled: {reason}"));
}

/// Installs the handler, says through `installed` how that went, and then handles signals for as
/// long as the process lives.
fn wait_for(signals: &[i32], installed: &SyncSender<io::Result<()>>) {
    let ending = DefaultAction::default();
    let mut handler = match Handler::install(signals, &ending) {
        Ok(handler) => handler,
        Err(error) => {
            let _ = installed.send(Err(error));
            return;
        }
    };
    let _ = installed.send(Ok(()));
    handler.run(signals, &ending);
}

/// When it is dropped, or asked to, each signal takes its default action at once, in its handler.
/// The flag is read in the handler of each signal, so it is an atomic and nothing else.
#[derive(Default)]
struct DefaultAction(Arc<AtomicBool>);

impl DefaultAction {
    /// From now on a signal ends the process without delivering anything.
    fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Drop for DefaultAction {
    fn drop(&mut self) {
        self.begin();
    }
}

/// What the thread has.
struct Handler {
    /// The signals that are waited for.
    arrived: Signals,
    /// Counts from the time when our own actions were registered.
    others: OtherActions,
}

impl Handler {
    /// If this fails, `ending` is dropped by the caller, and actions that were registered by then
    /// do what the default is.
    fn install(signals: &[i32], ending: &DefaultAction) -> io::Result<Self> {
        let mut others = OtherActions::count()?;
        for &signal in signals {
            // It comes first, so that from the first step on the signal never does nothing.
            flag::register_conditional_default(signal, Arc::clone(&ending.0))?;
        }
        let arrived = Signals::new(signals)?;
        others.restart();
        Ok(Self { arrived, others })
    }

    /// Handles one signal after the other.
    fn run(&mut self, signals: &[i32], ending: &DefaultAction) {
        for signal in self.arrived.forever() {
            if is_awaited() || is_noted(signal) || self.others.others_listen(signal, signals) {
                continue;
            }
            let name = low_level::signal_name(signal).unwrap_or("a signal");
            diagnostics::debug(|| format!("{name}: delivering what is pending"));
            // The first process of a container is not ended by a signal that it does not handle.
            if std::process::id() == 1 {
                deliver(Pipeline::force_flush);
                continue;
            }
            // A second signal does not wait.
            ending.begin();
            deliver(Pipeline::end);
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

/// Does `work` with the pipeline of the process, if there is one, and warns of what was lost.
fn deliver(work: impl FnOnce(&Arc<Pipeline>) -> Result<(), ExportError>) {
    if let Some(Err(error)) = current::get().map(work) {
        diagnostics::warn(&error.to_string());
    }
}
