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

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context as TaskContext, Poll, Waker};
    use std::thread;

    use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
    use otelier_testing::{Capture, assert_tree, span};

    use super::*;

    /// What `future` gives on another thread, where nothing is current.
    fn elsewhere<T: Send>(future: impl Future<Output = T> + Send) -> T {
        let run = || match pin!(future).poll(&mut TaskContext::from_waker(Waker::noop())) {
            Poll::Ready(output) => {
                assert!(!Context::current().has_active_span(), "nothing stays behind");
                output
            }
            Poll::Pending => panic!("the future waits"),
        };
        thread::scope(|scope| scope.spawn(run).join()).expect("no panic")
    }

    #[test]
    fn carried_work_belongs_to_the_span_that_was_current() {
        let capture = Capture::new();
        let tracer = capture.tracer_provider().tracer("test");
        let step = |name: &'static str| {
            let tracer = tracer.clone();
            async move { tracer.in_span(name, |_| ()) }
        };
        let (future, callback, lost) = tracer.in_span("request", |_| {
            let callback = carry_context(|name| {
                tracer.in_span("call", |_| ());
                step(name)
            });
            (carry_future(step("carried")), callback, step("lost"))
        });
        elsewhere(future);
        elsewhere(async { callback("called back").await });
        elsewhere(lost);
        let lost = capture.span("lost");
        assert_eq!(lost.parent_span_id, None, "what is not carried starts a trace");
        let spans: Vec<_> =
            capture.spans().into_iter().filter(|it| it.trace_id != lost.trace_id).collect();
        let children = ["carried", "call", "called back"].map(span);
        assert_tree(&spans, span("request").root().children(children));
    }
}
