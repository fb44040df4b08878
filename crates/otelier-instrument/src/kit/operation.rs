//! The life of an operation: it is entered for each piece of work, and ends once, whichever way the work goes.

use std::future::poll_fn;
use std::pin::pin;

use opentelemetry::Context;

use crate::kit::ErrorType;

/// One instrumented operation: a span and its metrics, from start to end.
///
/// Dropped without an end, an operation ends itself as [`ErrorType::PANIC`] while its thread unwinds and as
/// [`ErrorType::CANCELLED`] otherwise.
pub trait Operation: Sized {
    /// The context in which the operation's work runs: its span is the current one there.
    fn context(&self) -> &Context;

    /// Ends the operation as failed.
    fn fail(self, error: ErrorType);
}

/// Runs one piece of the work of the operation in `slot`: a call, or a single poll.
///
/// The operation's context is current while `work` runs. If `work` panics, the operation ends as
/// [`ErrorType::PANIC`] here and now: whoever catches the panic further up may keep the future alive, so that its
/// drop would come too late to see it.
pub fn enter<O: Operation, R>(slot: &mut Option<O>, work: impl FnOnce() -> R) -> R {
    let Some(operation) = slot else { return work() };
    let _attached = operation.context().clone().attach();
    let mut guard = FailOnPanic { slot, armed: true };
    let result = work();
    guard.armed = false;
    result
}

/// Drives `future` as the work of the operation in `slot`: each poll is [entered](enter).
pub async fn drive<O: Operation, F: Future>(slot: &mut Option<O>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| enter(slot, || future.as_mut().poll(cx))).await
}

struct FailOnPanic<'a, O: Operation> {
    slot: &'a mut Option<O>,
    armed: bool,
}

impl<O: Operation> Drop for FailOnPanic<'_, O> {
    fn drop(&mut self) {
        if self.armed
            && let Some(operation) = self.slot.take()
        {
            operation.fail(ErrorType::PANIC);
        }
    }
}
