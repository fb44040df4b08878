//! How the work of an operation is run: in its context, and with its panics seen where they pass.

use std::future::poll_fn;
use std::pin::pin;

use opentelemetry::Context;

use crate::kit::ErrorType;

/// One instrumented operation: a span and its metrics, from start to end.
///
/// Each operation has an `end` of its own for success. Dropped without an end, it ends itself: as
/// [`ErrorType::PANIC`] while its thread unwinds, otherwise as cancelled, which is a failure of
/// servers and consumers and none of clients and producers ([`Outcome`](crate::kit::Outcome)).
///
/// ```
/// use otelier_instrument::semconv::db::{DbClient, DbRequest, DbSystem};
/// use otelier_instrument::{ErrorType, Operation, Providers, integration};
///
/// let client = DbClient::new(integration!("my-database"), Providers::default());
/// let operation = client.start(|| DbRequest::new(DbSystem::POSTGRESQL));
/// let answer: Result<(), std::io::Error> = {
///     let _attached = operation.context().clone().attach();
///     Ok(())
/// };
/// match answer {
///     Ok(()) => operation.end(),
///     Err(_) => operation.fail(ErrorType::of_type::<std::io::Error>()),
/// }
/// ```
pub trait Operation: Sized {
    /// The context in which the operation's work runs: its span is the current one there.
    fn context(&self) -> &Context;

    /// Ends the operation as failed: `error.type` is `error`, and the span's status is Error.
    fn fail(self, error: ErrorType);
}

/// Runs one piece of the work of the operation in `slot`: a call, or a single poll.
///
/// The operation's context is current while `work` runs. If `work` panics, the operation ends as
/// [`ErrorType::PANIC`] here and now, and `slot` is empty. Code further up may catch the panic and
/// drop the future later, when the thread no longer unwinds; a drop then could not see that there
/// was a panic.
///
/// ```
/// use opentelemetry::Context;
/// use otelier_instrument::semconv::db::{DbClient, DbRequest, DbSystem};
/// use otelier_instrument::{Providers, enter, integration};
///
/// let client = DbClient::new(integration!("my-database"), Providers::default());
/// let mut operation = Some(client.start(|| DbRequest::new(DbSystem::POSTGRESQL)));
/// let inside = enter(&mut operation, Context::current);
/// if let Some(operation) = operation {
///     operation.end();
/// }
/// # drop(inside);
/// ```
pub fn enter<O: Operation, R>(slot: &mut Option<O>, work: impl FnOnce() -> R) -> R {
    let Some(operation) = slot else { return work() };
    let _attached = operation.context().clone().attach();
    let mut guard = FailOnPanic { slot, armed: true };
    let result = work();
    guard.armed = false;
    result
}

/// Drives `future` as the work of the operation in `slot`: each poll is [entered](enter).
///
/// If the returned future is dropped, an operation that it owns is dropped too, and ends as
/// cancelled.
///
/// ```
/// use otelier_instrument::semconv::db::{DbClient, DbRequest, DbSystem};
/// use otelier_instrument::{Operation, ErrorType, drive};
///
/// async fn query(
///     client: &DbClient,
///     call: impl Future<Output = Result<u8, u16>>,
/// ) -> Result<u8, u16> {
///     let mut operation = Some(client.start(|| DbRequest::new(DbSystem::POSTGRESQL)));
///     let result = drive(&mut operation, call).await;
///     if let Some(operation) = operation {
///         match &result {
///             Ok(_) => operation.end(),
///             Err(code) => operation.fail(ErrorType::from_code(code.to_string())),
///         }
///     }
///     result
/// }
/// ```
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
