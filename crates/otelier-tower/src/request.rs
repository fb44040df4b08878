//! The operation of one request, and what reaches it from elsewhere while it runs.

use http::header::CONTENT_LENGTH;
use http::{Method, Response};
use opentelemetry::Context;
use otelier_instrument::semconv::http::HttpServerOperation;
use otelier_instrument::{ErrorType, Operation};

use crate::body::Counter;
use crate::slot::RouteSlot;

/// A server operation with the route and the sizes that others find out.
///
/// Public because it is named in the bodies' traits; nobody outside can make one.
#[derive(Debug)]
pub struct RequestOperation {
    operation: Option<HttpServerOperation>,
    slot: Option<RouteSlot>,
    received: Option<Counter>,
    method: Method,
    announced: Option<u64>,
    sent: u64,
}

impl RequestOperation {
    pub(crate) fn new(
        operation: HttpServerOperation,
        slot: Option<RouteSlot>,
        received: Option<Counter>,
        method: Method,
    ) -> Self {
        Self { operation: Some(operation), slot, received, method, announced: None, sent: 0 }
    }

    pub(crate) fn set_response<B>(&mut self, response: &Response<B>) {
        let headers = response.headers();
        self.announced =
            headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if let Some(operation) = &mut self.operation {
            operation.set_response(response);
        }
    }

    /// Counts `bytes` of the response's body.
    pub(crate) fn add_sent(&mut self, bytes: u64) {
        self.sent = self.sent.saturating_add(bytes);
        if let Some(operation) = &mut self.operation {
            operation.set_response_body_size(self.sent);
        }
    }

    /// Whether the body has come to the length that the response's head announced: a server asks for no more then.
    pub(crate) fn is_all_sent(&self) -> bool {
        self.announced.is_some_and(|announced| self.sent >= announced)
    }

    /// The request's method, which has a say in whether a response has a body.
    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    pub(crate) fn end(mut self) {
        if let Some(operation) = self.finished() {
            operation.end();
        }
    }

    /// The operation, told everything there is to know.
    fn finished(&mut self) -> Option<HttpServerOperation> {
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

impl Operation for RequestOperation {
    fn context(&self) -> &Context {
        static NONE: std::sync::LazyLock<Context> = std::sync::LazyLock::new(Context::new);
        self.operation.as_ref().map_or(&NONE, |operation| operation.context())
    }

    fn fail(mut self, error: ErrorType) {
        if let Some(operation) = self.finished() {
            operation.fail(error);
        }
    }
}

impl Drop for RequestOperation {
    fn drop(&mut self) {
        // The operation ends itself when it is dropped; it only has to know everything by then.
        drop(self.finished());
    }
}
