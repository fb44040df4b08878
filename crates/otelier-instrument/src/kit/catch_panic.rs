//! Contains the panics of code that is not ours: a user's propagator, sampler or span processor.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `work` gives, or nothing if it panics.
///
/// The panic is reported by the process's panic hook as any other, and goes no further: it would take down the user's
/// call, or, in a drop while unwinding, the process.
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_goes_no_further() {
        assert_eq!(catch_panic(|| 7), Some(7));
        assert_eq!(catch_panic(|| -> u8 { panic!("on purpose") }), None);
    }
}
