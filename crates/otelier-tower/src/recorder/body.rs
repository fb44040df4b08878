//! The body of a request that is being served: its size and its text.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use otelier_instrument::body::BodyObserver;
use otelier_instrument::payload::SharedCapture;
use otelier_instrument::semconv::http::HttpServerOperation;

/// Observes the body of a request. Clones observe it together: one is part of the body, the other
/// of the request that ends with what was seen by then.
#[derive(Clone, Debug)]
pub struct RequestBodyObserver {
    size: Size,
    capture: Option<SharedCapture>,
}

#[derive(Clone, Debug)]
enum Size {
    NotRecorded,
    Known(u64),
    Counted(Arc<AtomicU64>),
}

impl RequestBodyObserver {
    pub(super) fn new(
        exact: Option<u64>,
        wants_size: bool,
        capture: Option<SharedCapture>,
    ) -> Self {
        let size = match (wants_size, exact) {
            (false, _) => Size::NotRecorded,
            (true, Some(bytes)) => Size::Known(bytes),
            (true, None) => Size::Counted(Arc::default()),
        };
        Self { size, capture }
    }

    /// Whether the body has to be observed. If not, all that is recorded is known.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        self.capture.is_some() || matches!(self.size, Size::Counted(_))
    }

    pub(super) fn record_size(self, operation: &mut HttpServerOperation) {
        match self.size {
            Size::NotRecorded => {}
            Size::Known(bytes) => operation.set_request_body_size(bytes),
            Size::Counted(bytes) => {
                operation.set_request_body_size(bytes.load(Ordering::Relaxed));
            }
        }
    }

    /// What is left to record if the body cannot be observed.
    #[must_use]
    pub fn unobserved(self) -> Option<Self> {
        matches!(self.size, Size::Known(_)).then_some(Self { capture: None, ..self })
    }
}

impl<E> BodyObserver<E> for RequestBodyObserver {
    fn on_data(&mut self, chunk: &[u8], len: usize, total: u64) {
        if let Size::Counted(bytes) = &self.size {
            bytes.store(total, Ordering::Relaxed);
        }
        if let Some(capture) = &self.capture {
            capture.push(chunk, len);
        }
    }

    fn on_end(self) {}

    fn on_error(self, _error: &E) {}
}
