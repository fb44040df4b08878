//! Carries a context to work that leaves its task.

use opentelemetry::Context;
use opentelemetry::context::{FutureExt, WithContext};

/// Makes `future` run, wherever it is polled, in the context that is current now.
///
/// For what is spawned, which does not inherit the context:
///
/// ```
/// # mod otelier { pub use otelier_instrument::kit::carry_future as carry_context; }
/// # async fn send_mail() {}
/// # async fn handle() {
/// tokio::spawn(otelier::carry_context(send_mail()));
/// # }
/// # mod tokio { pub fn spawn<F: Future + Send + 'static>(_: F) where F::Output: Send {} }
/// ```
pub fn carry_future<F: Future>(future: F) -> WithContext<F> {
    future.with_current_context()
}

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
