//! The response's body: its end is the end of the request.

use otelier_instrument::body::BodyObserver;
use otelier_instrument::{Operation, enter};

use super::error::error_type;
use crate::recorder::ServedRequest;

/// Ends a request with the body of its response, and makes its context current while the body is
/// polled.
#[derive(Debug)]
pub struct ResponseObserver(ServedRequest);

impl ResponseObserver {
    pub(crate) fn new(request: ServedRequest) -> Self {
        Self(request)
    }
}

impl Operation for ResponseObserver {
    fn context(&self) -> &opentelemetry::Context {
        self.0.context()
    }

    fn fail(self, error: otelier_instrument::ErrorType) {
        self.0.fail(error);
    }
}

impl<E: 'static> BodyObserver<E> for ResponseObserver {
    fn poll<R>(observer: &mut Option<Self>, poll: impl FnOnce() -> R) -> R {
        enter(observer, poll)
    }

    fn on_data(&mut self, chunk: &[u8], len: usize, total: u64) {
        self.0.set_sent_frame(chunk, len, total);
    }

    fn on_end(self) {
        self.0.end();
    }

    fn on_error(self, error: &E) {
        self.0.fail(error_type(error));
    }
}
