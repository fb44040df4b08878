//! Bodies that are followed: the response's to its end, the request's to count it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use otelier_instrument::{ErrorType, Operation, enter};
use pin_project_lite::pin_project;

use crate::request::RequestOperation;

pin_project! {
    /// A response body whose end is the end of its request.
    ///
    /// The request's context is current while the body is polled.
    #[derive(Debug)]
    pub struct OtelBody<B> {
        #[pin]
        inner: B,
        operation: Option<RequestOperation>,
    }
}

impl<B> OtelBody<B> {
    pub(crate) fn new(inner: B, operation: Option<RequestOperation>) -> Self {
        Self { inner, operation }
    }
}

impl<B: Body> Body for OtelBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let polled = ready!(enter(this.operation, || this.inner.as_mut().poll_frame(cx)));
        if let Some(operation) = this.operation {
            operation.add_sent(data_len(&polled));
        }
        // Nobody is bound to ask for another frame after one that is the last by its kind, its count or its own word.
        let is_over = match &polled {
            Some(Ok(frame)) => {
                frame.is_trailers()
                    || this.inner.is_end_stream()
                    || this.operation.as_ref().is_some_and(RequestOperation::is_all_sent)
            }
            Some(Err(_)) | None => true,
        };
        if is_over && let Some(operation) = this.operation.take() {
            match &polled {
                Some(Err(_)) => operation.fail(ErrorType::of_type::<B::Error>()),
                _ => operation.end(),
            }
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Counts the bytes that were read of a request's body.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    pub(crate) fn of(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    #[cfg_attr(
        not(feature = "axum"),
        expect(dead_code, reason = "only axum's body type can be replaced")
    )]
    fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(feature = "axum")]
pin_project! {
    /// A request body that counts what is read of it.
    pub(crate) struct CountedBody<B> {
        #[pin]
        inner: B,
        counter: Counter,
    }
}

#[cfg(feature = "axum")]
impl<B> CountedBody<B> {
    pub(crate) fn new(inner: B, counter: Counter) -> Self {
        Self { inner, counter }
    }
}

#[cfg(feature = "axum")]
impl<B: Body> Body for CountedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let polled = ready!(this.inner.poll_frame(cx));
        this.counter.add(data_len(&polled));
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The bytes in what a poll of a body gave: those of a data frame.
fn data_len<D: bytes::Buf, E>(polled: &Option<Result<Frame<D>, E>>) -> u64 {
    let data = polled.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref);
    data.map_or(0, |data| data.remaining() as u64)
}
