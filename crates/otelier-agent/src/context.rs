//! The context of one thread, for work that a library does on another.

use opentelemetry::Context;

use crate::process;

/// The context that was current where a call was made.
///
/// ```
/// use otelier_agent::Captured;
///
/// let captured = Captured::current();
/// let work = std::thread::spawn(move || Captured::enter(captured.as_ref(), || 7));
/// assert_eq!(work.join().unwrap(), 7);
/// ```
#[derive(Clone, Debug)]
pub struct Captured(Context);

impl Captured {
    /// Captures the current context. `None` where hooks do nothing.
    #[must_use]
    pub fn current() -> Option<Self> {
        process::is_on().then(|| Self(Context::current()))
    }

    /// Captures `context`, in which a library's work on an operation is done.
    #[cfg(feature = "aws")]
    pub(crate) fn of(context: &Context) -> Self {
        Self(context.clone())
    }

    /// Does `work` in the captured context.
    pub fn enter<R>(captured: Option<&Self>, work: impl FnOnce() -> R) -> R {
        let _attached = captured.map(|captured| captured.0.clone().attach());
        work()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::Context;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Number(u8);

    #[test]
    fn captured_context_is_current_on_another_thread() {
        let captured = Captured(Context::new().with_value(Number(7)));
        let seen = std::thread::spawn(move || {
            let inside =
                Captured::enter(Some(&captured), || Context::current().get().map(|Number(it)| *it));
            (inside, Context::current().get::<Number>().is_some())
        });
        assert_eq!(seen.join().unwrap(), (Some(7), false));
    }

    #[test]
    fn nothing_captured_changes_nothing() {
        let _attached = Context::new().with_value(Number(1)).attach();
        let inside = Captured::enter(None, || Context::current().get::<Number>().is_some());
        assert!(inside);
    }
}
