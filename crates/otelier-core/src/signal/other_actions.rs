//! Who else listens for a signal that Otelier handles.
//!
//! tokio, `signal-hook` and this crate share one handler for each signal, that of
//! `signal-hook-registry`. Each of them registers actions with it, and these cannot be listed. But
//! they are numbered as they are registered, so a number that is missing between two of ours is
//! another's. And tokio registers one action for each signal, when it is first listened for: if
//! listening through tokio takes no number, the program has listened before.
//!
//! Where the answer is not certain it is "others listen": then Otelier does nothing, and the
//! program ends in its own way, or not at all, as without Otelier.

use std::hash::{Hash as _, Hasher};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGCONT;
use signal_hook::{SigId, flag, low_level};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal as listen};

use super::dispositions::Dispositions;

/// Counts the actions that others have registered.
#[derive(Debug)]
pub(super) struct OtherActions {
    /// The number that was taken last.
    last: u128,
    /// How many actions of others there are.
    others: u128,
    /// What was caught when counting began.
    before: Dispositions,
}

impl OtherActions {
    /// Counts from now on. Fails where the numbers cannot be seen.
    pub(super) fn count() -> io::Result<Self> {
        let unknown = || io::Error::other("signal-hook-registry does not number its actions");
        let first = next_number()?.ok_or_else(unknown)?;
        let last = next_number()?.ok_or_else(unknown)?;
        if last != first + 1 {
            return Err(unknown());
        }
        let mut counted = Self { last, others: 0, before: Dispositions::default() };
        counted.restart();
        Ok(counted)
    }

    /// Forgets what was counted: the actions so far are ours.
    pub(super) fn restart(&mut self) {
        self.update();
        self.others = 0;
        self.before = Dispositions::current().unwrap_or_default();
    }

    /// Whether others listen for `signal`, one of `handled`. Where that cannot be known, they do: a
    /// program must not be ended while it shuts down.
    pub(super) fn others_listen(&mut self, signal: i32, handled: &[i32]) -> bool {
        self.try_others_listen(signal, handled).unwrap_or(true)
    }

    /// `None` where the count fails. Asking about a signal registers an action of tokio for it,
    /// which is counted as ours.
    fn try_others_listen(&mut self, signal: i32, handled: &[i32]) -> Option<bool> {
        self.update()?;
        if self.others == 0 {
            return Some(false);
        }
        let others = self.others;
        if self.tokio_listens(signal)? {
            return Some(true);
        }
        let mut known = 0;
        for &other in handled.iter().filter(|&&other| other != signal) {
            known += u128::from(self.tokio_listens(other)?);
        }
        // What was registered for a signal that nothing was registered for before is no action of
        // a signal that is handled here.
        let now = Dispositions::current()?;
        known += u128::from(now.caught.count_without(self.before.caught));
        Some(others > known)
    }

    /// Counts the actions that were registered since the last time.
    /// `None` if no number can be had, or a number is smaller than expected.
    fn update(&mut self) -> Option<()> {
        let number = next_number().ok()??;
        self.others += number.checked_sub(self.last + 1)?;
        self.last = number;
        Some(())
    }

    /// Whether `signal` was ever listened for through tokio. It is from now on.
    /// Builds a runtime for the moment, since listening needs one. `None` if that fails.
    fn tokio_listens(&mut self, signal: i32) -> Option<bool> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().ok()?;
        let before = self.others;
        let listener = {
            let _inside = runtime.enter();
            listen(SignalKind::from_raw(signal))
        };
        drop(listener.ok()?);
        self.update()?;
        let registered = self.others > before;
        // That action is ours.
        self.others = before;
        Some(!registered)
    }
}

/// The signal that actions are registered for to see their numbers. It continues a process, whether
/// it is caught or not.
const PROBED: i32 = SIGCONT;

/// The number that an action gets now.
/// Registers an action that does nothing of consequence, and removes it. `None` if the id hides its
/// number.
fn next_number() -> io::Result<Option<u128>> {
    let id = flag::register(PROBED, Arc::new(AtomicBool::new(false)))?;
    low_level::unregister(id);
    Ok(number_of(&id))
}

/// The number of an action is private, but it is hashed.
/// `None` if a later version of the library hashes something else.
fn number_of(id: &SigId) -> Option<u128> {
    #[derive(Default)]
    struct Number(Option<u128>);

    impl Hasher for Number {
        fn write(&mut self, _: &[u8]) {}

        fn write_u128(&mut self, number: u128) {
            self.0 = Some(number);
        }

        fn finish(&self) -> u64 {
            0
        }
    }

    let mut number = Number::default();
    id.hash(&mut number);
    number.0
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGALRM, SIGHUP, SIGPROF, SIGUSR1, SIGUSR2};

    use super::*;
    use crate::signal::tests::alone;

    fn register(signal: i32) {
        flag::register(signal, Arc::new(AtomicBool::new(false))).unwrap();
    }

    /// As where our handler is installed for these signals.
    fn handle(signals: [i32; 2]) -> OtherActions {
        let mut actions = OtherActions::count().unwrap();
        signals.into_iter().for_each(register);
        actions.restart();
        actions
    }

    fn listen_by_tokio(signal: i32) {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _inside = runtime.enter();
        drop(listen(SignalKind::from_raw(signal)).unwrap());
    }

    #[test]
    fn listeners_are_told_apart_by_signal() {
        let _alone = alone();
        let handled = [SIGUSR1, SIGUSR2];
        let mut actions = handle(handled);
        assert_eq!(handled.map(|it| actions.others_listen(it, &handled)), [false, false]);
        listen_by_tokio(SIGHUP);
        assert!(!actions.others_listen(SIGUSR1, &handled), "that is another signal");

        // To ask is to listen, so these are signals that were not asked about.
        let handled = [SIGALRM, SIGPROF];
        let mut actions = handle(handled);
        listen_by_tokio(SIGPROF);
        assert!(!actions.others_listen(SIGALRM, &handled));
        assert!(actions.others_listen(SIGPROF, &handled));

        let mut actions = handle(handled);
        register(SIGPROF);
        assert!(actions.others_listen(SIGPROF, &handled));
    }
}
