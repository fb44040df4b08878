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
        sent: u64,
    }
}

impl<B> OtelBody<B> {
    pub(crate) fn new(inner: B, mut operation: Option<RequestOperation>) -> Self {
        if let Some(operation) = &mut operation {
            operation.set_sent(0);
        }
        Self { inner, operation, sent: 0 }
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
            *this.sent += data_len(&polled);
            operation.set_sent(*this.sent);
        }
        match &polled {
            // The last frame may say that it is the last: nobody is bound to ask for another then.
            Some(Ok(_)) if !this.inner.is_end_stream() => {}
            Some(Err(_)) => {
                if let Some(operation) = this.operation.take() {
                    operation.fail(ErrorType::of_type::<B::Error>());
                }
            }
            Some(Ok(_)) | None => {
                if let Some(operation) = this.operation.take() {
                    operation.end();
                }
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

    #[cfg_attr(not(feature = "axum"), expect(dead_code, reason = "only axum's body type can be replaced"))]
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
