//! The bodies of HTTP messages: what a library's own body type reports while it is polled.

use otelier_instrument::body::{BodyObserver, ResponseFraming};
use otelier_instrument::{ErrorType, Operation, catch_panic, enter};
use otelier_reqwest::recorder::SentRequest;
use otelier_tower::recorder::{RequestBodyObserver, ServedRequest};

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

    /// Runs one poll of the body, in the context of the operation.
    pub fn poll<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        enter(&mut self.operation, poll)
    }

    /// Records a frame: `data` is what it holds, if it holds data. The body ends with it if it
    /// `is_last`: it has trailers, or the body says that nothing follows.
    pub fn frame(&mut self, data: Option<&[u8]>, is_last: bool) {
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

    /// Ends the operation: the body is complete.
    pub fn end(&mut self) {
        if let Some(operation) = self.operation.take() {
            catch_panic(|| operation.end());
        }
    }

    /// Ends the operation: the body failed with an error of this type.
    pub fn fail<E: ?Sized>(&mut self) {
        self.fail_with(ErrorType::of_type::<E>());
    }

    /// Ends the operation: the body failed with what `code` names.
    pub fn fail_with_code(&mut self, code: &str) {
        self.fail_with(ErrorType::from_code(code));
    }

    fn fail_with(&mut self, error: ErrorType) {
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

    /// Records a frame of data.
    pub fn frame(&mut self, data: &[u8]) {
        self.total = self.total.saturating_add(data.len() as u64);
        let observer = &mut self.observer;
        // Of the two, this one has no use for the error's type.
        catch_panic(|| BodyObserver::<()>::on_data(observer, data, data.len(), self.total));
    }
}
