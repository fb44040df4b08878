//! A body that reports what passes through it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::{BodyObserver, ResponseFraming};

pin_project! {
    /// A body that reports its frames and its end to an observer, and is unchanged otherwise.
    ///
    /// The end is the first of: the end of the stream, trailers, a frame after which the body says
    /// that it is over, and the length that the message announced. A reader that knows the length
    /// does not poll again after the last frame.
    ///
    /// ```
    /// use otelier_instrument::body::{BodyObserver, ObservedBody};
    ///
    /// /// Keeps the first bytes of a body.
    /// struct FirstBytes(Vec<u8>);
    ///
    /// impl<E> BodyObserver<E> for FirstBytes {
    ///     fn on_data(&mut self, chunk: &[u8], _len: usize, _total: u64) {
    ///         let room = 2048 - self.0.len();
    ///         self.0.extend(&chunk[..chunk.len().min(room)]);
    ///     }
    ///     fn on_end(self) {}
    ///     fn on_error(self, _error: &E) {}
    /// }
    ///
    /// # fn wrap<B: http_body::Body>(body: B) -> impl http_body::Body {
    /// ObservedBody::new(body, None, FirstBytes(Vec::new()))
    /// # }
    /// ```
    #[derive(Debug)]
    pub struct ObservedBody<B, O> {
        #[pin]
        inner: B,
        observer: Option<O>,
        framing: Option<ResponseFraming>,
        total: u64,
    }
}

impl<B: Body, O: BodyObserver<B::Error>> ObservedBody<B, O> {
    /// Observes `inner`, which is the body of a response with `framing`, or a request's.
    ///
    /// A body that is over before it is read reports its end at once, since it may never be polled.
    pub fn new(inner: B, framing: Option<ResponseFraming>, observer: O) -> Self {
        let mut body = Self::unobserved(inner);
        if framing.is_some_and(|framing| framing.size(body.inner.is_end_stream(), None).is_some()) {
            observer.on_end();
        } else {
            body.observer = Some(observer);
            body.framing = framing;
        }
        body
    }
}

impl<B, O> ObservedBody<B, O> {
    /// Wraps `inner` without an observer.
    pub const fn unobserved(inner: B) -> Self {
        Self { inner, observer: None, framing: None, total: 0 }
    }
}

impl<B, O> Body for ObservedBody<B, O>
where
    B: Body,
    O: BodyObserver<B::Error>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let polled = ready!(O::poll(this.observer, || this.inner.as_mut().poll_frame(cx)));
        let is_over = match &polled {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    let len = data.remaining();
                    *this.total = this.total.saturating_add(len as u64);
                    if let Some(observer) = this.observer {
                        observer.on_data(data.chunk(), len, *this.total);
                    }
                }
                frame.is_trailers()
                    || this.inner.is_end_stream()
                    || this.framing.is_some_and(|framing| framing.is_complete(*this.total))
            }
            Some(Err(error)) => {
                if let Some(observer) = this.observer.take() {
                    observer.on_error(error);
                }
                false
            }
            None => true,
        };
        if is_over && let Some(observer) = this.observer.take() {
            observer.on_end();
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
