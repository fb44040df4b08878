//! Catches the panics of code that is not ours: a user's propagator, sampler or span processor.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `work` returns, or nothing if it panics.
///
/// The process's panic hook reports the panic as any other. It goes no further: it would end the
/// user's call, or the process if something is dropped while the thread unwinds already.
///
/// ```
/// use otelier_instrument::catch_panic;
///
/// assert_eq!(catch_panic(|| 7), Some(7));
/// assert_eq!(catch_panic(|| -> u8 { panic!("in a user's callback") }), None);
/// ```
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
