//! The bodies of HTTP messages: what a library's own body type reports while it is polled.

use otelier_instrument::body::{BodyObserver, ResponseFraming};
use otelier_instrument::{ErrorType, Operation, catch_panic, enter};
use otelier_reqwest::recorder::SentRequest;
use otelier_tower::recorder::{RequestBodyObserver, ServedRequest};

use crate::client::RequestText;

/// What observes a body while it is polled: see [`http_body!`](crate::http_body).
pub trait ObserveBody {
    /// Runs one poll of the body.
    fn poll<R>(&mut self, poll: impl FnOnce() -> R) -> R;

    /// Records a frame: `data` is what it holds, if it holds data. The body ends with it if it
    /// `is_last`: it has trailers, or the body says that nothing follows.
    fn frame(&mut self, data: Option<&[u8]>, is_last: bool);

    /// The body is complete.
    fn end(&mut self);

    /// The body failed.
    fn fail(&mut self, error: ErrorType);
}

/// Follows the body of a response to its end, which ends the operation. Dropped before, the
/// operation is cancelled.
#[derive(Debug)]
pub struct ResponseBody {
    operation: Option<Followed>,
    framing: ResponseFraming,
    total: u64,
}

/// Whose response it is.
#[derive(Debug)]
pub(crate) enum Followed {
    Served(ServedRequest),
    Sent(SentRequest),
}

impl ResponseBody {
    pub(crate) fn new(framing: ResponseFraming, operation: Followed) -> Self {
        Self { operation: Some(operation), framing, total: 0 }
    }
}

impl ObserveBody for ResponseBody {
    /// In the context of the operation.
    fn poll<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        enter(&mut self.operation, poll)
    }

    fn frame(&mut self, data: Option<&[u8]>, is_last: bool) {
        let Some(operation) = &mut self.operation else { return };
        catch_panic(|| {
            if let Some(data) = data {
                self.total = self.total.saturating_add(data.len() as u64);
                operation.frame(data, self.total);
            }
        });
        if is_last || self.framing.is_complete(self.total) {
            self.end();
        }
    }

    /// Ends the operation.
    fn end(&mut self) {
        if let Some(operation) = self.operation.take() {
            catch_panic(|| operation.end());
        }
    }

    /// Ends the operation.
    fn fail(&mut self, error: ErrorType) {
        if let Some(operation) = self.operation.take() {
            catch_panic(|| operation.fail(error));
        }
    }
}

impl Followed {
    fn frame(&mut self, data: &[u8], total: u64) {
        match self {
            Self::Served(request) => request.set_sent_frame(data, data.len(), total),
            Self::Sent(request) => request.set_received_frame(data, data.len(), total),
        }
    }

    fn end(self) {
        match self {
            Self::Served(request) => request.end(),
            Self::Sent(request) => request.end(),
        }
    }
}

impl Operation for Followed {
    fn context(&self) -> &opentelemetry::Context {
        match self {
            Self::Served(request) => request.context(),
            Self::Sent(request) => request.context(),
        }
    }

    fn fail(self, error: ErrorType) {
        match self {
            Self::Served(request) => request.fail(error),
            Self::Sent(request) => request.fail(error),
        }
    }
}

/// Observes the body of a request that is being served: its size and its text.
#[derive(Debug)]
pub struct RequestBody {
    observer: RequestBodyObserver,
    total: u64,
}

impl RequestBody {
    pub(crate) fn new(observer: RequestBodyObserver) -> Self {
        Self { observer, total: 0 }
    }
}

impl ObserveBody for RequestBody {
    fn poll<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        poll()
    }

    fn frame(&mut self, data: Option<&[u8]>, _: bool) {
        let Some(data) = data else { return };
        self.total = self.total.saturating_add(data.len() as u64);
        let observer = &mut self.observer;
        // Of the two, this one has no use for the error's type.
        catch_panic(|| BodyObserver::<()>::on_data(observer, data, data.len(), self.total));
    }

    /// The operation knows by itself when it ends.
    fn end(&mut self) {}

    fn fail(&mut self, _: ErrorType) {}
}

impl ObserveBody for RequestText {
    fn poll<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        poll()
    }

    fn frame(&mut self, data: Option<&[u8]>, _: bool) {
        if let Some(data) = data {
            self.data(data);
        }
    }

    /// The operation knows by itself when it ends.
    fn end(&mut self) {}

    fn fail(&mut self, _: ErrorType) {}
}

/// Defines `Observed`, a body around the calling library's own that something observes.
///
/// It is given that body's type, the types of its data and of its errors, and a function that names
/// an error. A macro, because the library's crate `http_body` is another one than ours.
#[macro_export]
macro_rules! http_body {
    ($body:ty, $data:ty, $error:ty, $name:expr) => {
        /// A body that is observed while it is polled.
        struct Observed<O> {
            body: $body,
            observer: O,
        }

        impl<O: $crate::ObserveBody + ::std::marker::Unpin> ::http_body::Body for Observed<O> {
            type Data = $data;
            type Error = $error;

            fn poll_frame(
                self: ::std::pin::Pin<&mut Self>,
                cx: &mut ::std::task::Context<'_>,
            ) -> ::std::task::Poll<
                ::std::option::Option<::std::result::Result<::http_body::Frame<$data>, $error>>,
            > {
                let Self { body, observer } = self.get_mut();
                let polled = ::std::task::ready!(observer.poll(|| {
                    ::http_body::Body::poll_frame(::std::pin::Pin::new(&mut *body), cx)
                }));
                match &polled {
                    Some(Ok(frame)) => {
                        let ends = ::http_body::Body::is_end_stream(body);
                        let data = frame.data_ref().map(|data| &data[..]);
                        observer.frame(data, ends || frame.is_trailers());
                    }
                    Some(Err(error)) => observer.fail($name(error)),
                    None => observer.end(),
                }
                ::std::task::Poll::Ready(polled)
            }

            fn is_end_stream(&self) -> bool {
                ::http_body::Body::is_end_stream(&self.body)
            }

            fn size_hint(&self) -> ::http_body::SizeHint {
                ::http_body::Body::size_hint(&self.body)
            }
        }
    };
}
