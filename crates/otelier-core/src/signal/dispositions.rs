//! What a signal does to this process, as far as Linux says it: `/proc/self/status` has a mask of
//! the signals that are caught, and one of those that are ignored.
//!
//! Asking the system itself (`sigaction`) is `unsafe` in every library.
//!
//! The file is read when the handler is installed, and when a signal arrives that others may
//! handle.

use std::fs;

/// A set of signals: the bit `n - 1` is signal `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Signals(u128);

impl Signals {
    /// `false` for a number that is no signal.
    pub(super) fn contains(self, signal: i32) -> bool {
        u32::try_from(signal - 1).is_ok_and(|bit| self.0.checked_shr(bit).unwrap_or(0) & 1 == 1)
    }

    /// How many signals are in this set and not in `other`.
    pub(super) fn count_without(self, other: Self) -> u32 {
        (self.0 & !other.0).count_ones()
    }
}

/// The signals that do not take their default action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dispositions {
    /// Those with a handler, from any part of the program.
    pub(super) caught: Signals,
    /// Those that have no effect, as set by the program or by its parent.
    pub(super) ignored: Signals,
}

impl Dispositions {
    /// As they are now; `None` where the system does not say.
    pub(super) fn current() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/self/status").ok()?)
    }

    /// Whether the system does what it does for a program that knows nothing of signals.
    pub(super) fn is_default(self, signal: i32) -> bool {
        !self.caught.contains(signal) && !self.ignored.contains(signal)
    }

    /// The masks are in hexadecimal digits. `None` if either is missing or cannot be read.
    fn parse(status: &str) -> Option<Self> {
        let mask = |name: &str| {
            let text = status.lines().find_map(|line| line.strip_prefix(name))?;
            u128::from_str_radix(text.trim(), 16).ok().map(Signals)
        };
        Some(Self { caught: mask("SigCgt:")?, ignored: mask("SigIgn:")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Name:\tshop\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001002\n\
                          SigCgt:\t0000000180004440\nCapInh:\t0000000000000000\n";

    #[test]
    fn the_masks_of_the_system_are_read() {
        let dispositions = Dispositions::parse(STATUS).unwrap();
        let default: Vec<i32> = (1..=16).filter(|&it| dispositions.is_default(it)).collect();
        // Ignored are 2 and 13, caught 7, 11 and 15.
        assert_eq!(default, [1, 3, 4, 5, 6, 8, 9, 10, 12, 14, 16]);
        assert!(dispositions.caught.contains(33) && !dispositions.caught.contains(34));
        assert!(!dispositions.caught.contains(0) && !dispositions.caught.contains(500));
        assert_eq!(dispositions.caught.count_without(Signals(0x4000)), 4);
    }

    #[test]
    fn what_is_no_status_says_nothing() {
        for status in ["", "SigCgt:\t0\n", "SigCgt:\tx\nSigIgn:\t0\n"] {
            assert_eq!(Dispositions::parse(status), None, "{status}");
        }
    }

    #[test]
    fn this_process_has_dispositions() {
        // The runtime of Rust ignores SIGPIPE.
        assert!(!Dispositions::current().unwrap().is_default(13));
    }
}
