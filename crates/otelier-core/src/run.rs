//! The work of a short program: a span around it, and delivery at its end.
//!
//! `run` is `span` with two additions: the parent may come from the environment, and the pipeline
//! is flushed when the work has ended. The second is done by the trait `Delivered`, since what a
//! closure gives is ready and what a future gives is not: the one is delivered at once, the other
//! is wrapped in `Run`.
//!
//! A flush that fails is a warning and not the result, because the work may well have succeeded.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context as TaskContext, Poll, ready};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use pin_project_lite::pin_project;

use crate::child_process::context_from_environment;
use crate::pipeline::Pipeline;
use crate::work::{SpanStart, Spanned, Spans, Work};
use crate::{current, diagnostics};

/// Runs the work of a short program under a span called `name`, and delivers everything before it
/// returns. `work` is a future or a closure, and returns a [`Result`].
///
/// ```no_run
/// # mod otelier { pub use otelier_core::*; }
/// # async fn import() -> Result<(), std::io::Error> { Ok(()) }
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let _otel = otelier::init()?;
/// otelier::run("nightly-import", async { import().await }).await?;
/// # Ok(())
/// # }
/// ```
///
/// The span is that of [`span`](crate::span): INTERNAL, with the error that the work returns, its
/// panic or its cancellation. It says nothing of the program's arguments and of its result. It
/// belongs to the trace of the process that started this one, if the environment has its context
/// ([`context_from_environment`]), and otherwise starts a trace. Under a span that is current it is
/// a child of that.
///
/// When the work has ended, what is pending is exported, within five seconds at most; what could
/// not be delivered is warned about. The calling thread waits, that of a runtime too, as for the
/// end of the [`Guard`](crate::Guard). Telemetry goes on afterwards, so a program may run several
/// works.
pub fn run<W, Kind>(name: impl Into<Cow<'static, str>>, work: W) -> Delivery<W, Kind>
where
    W: Work<Kind, Output: Delivered>,
{
    static SPANS: LazyLock<Spans> = LazyLock::new(|| Spans::builder().build());
    let current = Context::current();
    let parent = match current.span().span_context().is_valid() {
        true => current,
        false => context_from_environment(),
    };
    work.run(SpanStart::new(&SPANS, name.into(), parent)).delivered()
}

/// What [`run`] returns: the result of a closure, or [`Run`], a future of the result.
pub type Delivery<W, Kind> = <<W as Work<Kind>>::Output as Delivered>::Output;

/// What work under a span gives, with delivery at its end.
///
/// It is implemented for what [`Work`] gives, and nothing else can implement it.
pub trait Delivered: sealed::Sealed {
    /// The same, after delivery.
    type Output;

    #[doc(hidden)]
    fn delivered(self) -> Self::Output;
}

impl<T, E> Delivered for Result<T, E> {
    type Output = Self;

    fn delivered(self) -> Self {
        deliver();
        self
    }
}

impl<F> Delivered for Spanned<F> {
    type Output = Run<F>;

    fn delivered(self) -> Run<F> {
        Run { work: self }
    }
}

pin_project! {
    /// The future that [`run`] returns. When the work has ended, the poll that notices it blocks
    /// until everything is delivered.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Run<F> {
        #[pin]
        work: Spanned<F>,
    }
}

impl<F, T, E> Future for Run<F>
where
    F: Future<Output = Result<T, E>>,
    E: fmt::Display,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Result<T, E>> {
        let result = ready!(self.project().work.poll(cx));
        deliver();
        Poll::Ready(result)
    }
}

/// Exports what is pending, and blocks the thread for it, five seconds at most. Before `init` there
/// is nothing to do.
///
/// Public for the panic hook of `otelier-tracing`, which has no guard.
#[doc(hidden)]
pub fn deliver() {
    if let Some(Err(error)) = current::get().map(Pipeline::force_flush) {
        diagnostics::warn(&error.to_string());
    }
}

/// Keeps other crates from implementing `Delivered`.
mod sealed {
    /// Implemented for exactly the types that `Delivered` is implemented for.
    pub trait Sealed {}

    impl<T, E> Sealed for Result<T, E> {}
    impl<F> Sealed for super::Spanned<F> {}
}
