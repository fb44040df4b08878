//! A future under a span.
//!
//! The span starts with the first poll, so that a future that waits in a queue or is never polled
//! does not count as work. During each poll the context of the span is current, and between polls
//! it is not: other tasks of the same thread never see it.
//!
//! A future that is dropped drops its operation, which ends the span as cancelled. A panic in a
//! poll unwinds through `enter`, which takes the operation.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use otelier_instrument::enter;
use pin_project_lite::pin_project;

use super::SpanStart;
use super::operation::SpanOperation;

pin_project! {
    /// A future under a span, which ends with it. [`span`](super::span) makes it.
    ///
    /// If it is dropped before its end, the span has the `error.type` `cancelled`. One that is
    /// never polled has no span.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Spanned<F> {
        #[pin]
        future: F,
        // Taken when the future is first polled.
        start: Option<SpanStart>,
        operation: Option<SpanOperation>,
    }
}

impl<F> Spanned<F> {
    /// `start` has the parent, which was current when the future was made.
    pub(super) fn new(future: F, start: SpanStart) -> Self {
        Self { future, start: Some(start), operation: None }
    }
}

impl<F, T, E> Future for Spanned<F>
where
    F: Future<Output = Result<T, E>>,
    E: fmt::Display,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, E>> {
        let this = self.project();
        if let Some(start) = this.start.take() {
            *this.operation = Some(start.start());
        }
        let result = ready!(enter(this.operation, || this.future.poll(cx)));
        if let Some(operation) = this.operation.take() {
            operation.end_with(&result);
        }
        Poll::Ready(result)
    }
}
