//! A request that is being served, with what is found out about it on the way.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use opentelemetry::Context;
use otelier_instrument::body::{BodyObserver, ResponseFraming, content_length};
use otelier_instrument::semconv::http::{HttpResponse, HttpServerOperation};
use otelier_instrument::{ErrorType, Operation};

use super::mark::RouteSlot;

/// The operation of a request. It ends with the response's body; dropped before, it is `cancelled`.
#[derive(Debug)]
#[must_use = "a request that is dropped ends as cancelled"]
pub struct ServedRequest {
    operation: Option<HttpServerOperation>,
    slot: Option<RouteSlot>,
    received: Option<RequestBodyCounter>,
    framing: ResponseFraming,
}

impl ServedRequest {
    pub(super) fn new(
        operation: HttpServerOperation,
        slot: Option<RouteSlot>,
        method: &str,
    ) -> Self {
        let framing = ResponseFraming::to_method(method);
        Self { operation: Some(operation), slot, received: None, framing }
    }

    /// Whether the sizes of bodies are recorded.
    #[must_use]
    pub fn wants_body_sizes(&self) -> bool {
        self.operation.as_ref().is_some_and(HttpServerOperation::wants_body_sizes)
    }

    /// Records the size of the request's body as what `counter` has counted when the request ends.
    pub fn set_request_body(&mut self, counter: RequestBodyCounter) {
        self.received = Some(counter);
    }

    /// Records the status and the headers of the response.
    pub fn set_response(&mut self, response: &impl HttpResponse) {
        self.framing.set_response(response.status(), content_length(response));
        if let Some(operation) = &mut self.operation {
            operation.set_response(response);
            operation.set_response_body_size(0);
        }
    }

    /// Decides whether the response's body has to be observed.
    ///
    /// `is_end_stream` and `exact` are what the body says of itself: that it has no more frames,
    /// and how many bytes it has. If the size is certain, all of it counts as sent, the request
    /// ends here, and the answer is `None`.
    #[must_use]
    pub fn observe_body(
        mut self,
        is_end_stream: bool,
        exact: Option<u64>,
    ) -> Option<(ResponseFraming, Self)> {
        let Some(size) = self.framing.size(is_end_stream, exact) else {
            return Some((self.framing, self));
        };
        self.set_sent(size);
        self.end();
        None
    }

    /// Ends the request: it was answered.
    pub fn end(mut self) {
        if let Some(operation) = self.finish() {
            operation.end();
        }
    }

    /// Records how many bytes of the response's body were sent.
    pub fn set_sent(&mut self, bytes: u64) {
        if let Some(operation) = &mut self.operation {
            operation.set_response_body_size(bytes);
        }
    }

    /// The operation, with everything that is known by now.
    fn finish(&mut self) -> Option<HttpServerOperation> {
        let mut operation = self.operation.take()?;
        if let Some(route) = self.slot.take().and_then(|slot| slot.take()) {
            operation.set_route(&route);
        }
        if let Some(received) = self.received.take() {
            operation.set_request_body_size(received.bytes());
        }
        Some(operation)
    }
}

impl Operation for ServedRequest {
    fn context(&self) -> &Context {
        static NONE: LazyLock<Context> = LazyLock::new(Context::new);
        self.operation.as_ref().map_or(&NONE, |operation| operation.context())
    }

    fn fail(mut self, error: ErrorType) {
        if let Some(operation) = self.finish() {
            operation.fail(error);
        }
    }
}

impl Drop for ServedRequest {
    fn drop(&mut self) {
        // The operation ends itself when it is dropped. It only needs the route and the sizes.
        drop(self.finish());
    }
}

/// Counts the bytes of a request's body. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct RequestBodyCounter(Arc<AtomicU64>);

impl RequestBodyCounter {
    /// A counter that has counted `bytes` already.
    #[must_use]
    pub fn starting_at(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl<E> BodyObserver<E> for RequestBodyCounter {
    fn on_data(&mut self, _chunk: &[u8], _len: usize, total: u64) {
        self.0.store(total, Ordering::Relaxed);
    }

    fn on_end(self) {}

    fn on_error(self, _error: &E) {}
}
