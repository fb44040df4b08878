//! Carries a context to work that leaves its task.

use opentelemetry::Context;
use opentelemetry::context::{FutureExt, WithContext};

/// Makes `work` run, wherever and whenever it is called, in the context that is current now.
///
/// For work that leaves its task: what is spawned does not inherit the context. The callback of a
/// protocol upgrade is such work, because it runs when the request is over:
///
/// ```
/// # async fn chat(socket: ()) {}
/// let on_upgrade = otelier_instrument::carry_context(|socket| chat(socket));
/// ```
pub fn carry_context<A, F, T>(work: F) -> impl FnOnce(A) -> WithContext<T>
where
    F: FnOnce(A) -> T,
    T: Future,
{
    let cx = Context::current();
    move |argument| {
        let attached = cx.clone().attach();
        let future = work(argument);
        drop(attached);
        future.with_context(cx)
    }
}
