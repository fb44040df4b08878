//! A request that is being served, with what is found out about it on the way.

use std::sync::LazyLock;

use opentelemetry::trace::SpanContext;
use opentelemetry::{Context, KeyValue};
use otelier_instrument::body::{ResponseFraming, content_length};
use otelier_instrument::semconv::http::{HttpHeaders, HttpResponse, HttpServerOperation};
use otelier_instrument::{ErrorType, Operation, enter};

use super::body::RequestBodyObserver;
use super::mark::RouteSlot;
use super::reported;

/// The operation of a request. It ends with the response's body; dropped before, it is `cancelled`.
#[derive(Debug)]
#[must_use = "a request that is dropped ends as cancelled"]
pub struct ServedRequest {
    operation: Option<HttpServerOperation>,
    slot: Option<RouteSlot>,
    received: Option<RequestBodyObserver>,
    /// Whether the response's body is captured.
    captures_body: bool,
    framing: ResponseFraming,
}

impl ServedRequest {
    pub(super) fn new(
        operation: HttpServerOperation,
        slot: Option<RouteSlot>,
        method: &str,
    ) -> Self {
        let framing = ResponseFraming::to_method(method);
        Self { operation: Some(operation), slot, received: None, captures_body: false, framing }
    }

    /// Runs one poll of the work on the request in `slot`: in its context, and with the error that
    /// is [reported](super::record_error) in it.
    pub fn poll<R>(slot: &mut Option<Self>, poll: impl FnOnce() -> R) -> R {
        let Some(operation) = slot.as_ref().map(|request| request.operation.as_ref()) else {
            // A layer further out has the operation, and collects the error.
            return poll();
        };
        let is_wanted = operation.is_some_and(HttpServerOperation::records_exceptions);
        let (result, error) = reported::collect(is_wanted, || enter(slot, poll));
        if let Some(error) = error
            && let Some(operation) = slot.as_mut().and_then(|request| request.operation.as_mut())
        {
            operation.record_exception(*error);
        }
        result
    }

    /// Adds attributes of the user's own to the span.
    pub fn add_span_attributes(&mut self, attributes: impl IntoIterator<Item = KeyValue>) {
        if let Some(operation) = &mut self.operation {
            operation.add_span_attributes(attributes);
        }
    }

    /// Adds attributes of the user's own to the metrics of the request.
    pub fn add_metric_attributes(&mut self, attributes: impl IntoIterator<Item = KeyValue>) {
        if let Some(operation) = &mut self.operation {
            operation.add_metric_attributes(attributes);
        }
    }

    /// Whether anything is recorded.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.operation.as_ref().is_some_and(HttpServerOperation::is_recording)
    }

    /// The span context; invalid without a span.
    #[must_use]
    pub fn span_context(&self) -> SpanContext {
        let operation = self.operation.as_ref();
        operation.map_or(SpanContext::NONE, HttpServerOperation::span_context)
    }

    /// What is to observe the request's body, if its size or its text is recorded. `exact` is how
    /// many bytes the body says it has.
    ///
    /// It belongs to the body and, as a clone, to [`set_request_body`](Self::set_request_body).
    #[must_use]
    pub fn request_body_observer(
        &mut self,
        headers: &impl HttpHeaders,
        exact: Option<u64>,
    ) -> Option<RequestBodyObserver> {
        let operation = self.operation.as_mut()?;
        let capture = match exact {
            Some(0) => None,
            _ => operation.capture_request_body(headers),
        };
        let wants_size = operation.wants_body_sizes();
        (wants_size || capture.is_some())
            .then(|| RequestBodyObserver::new(exact, wants_size, capture))
    }

    /// Records of the request's body what `observer` has seen when the request ends.
    pub fn set_request_body(&mut self, observer: RequestBodyObserver) {
        self.received = Some(observer);
    }

    /// Records the status and the headers of the response.
    pub fn set_response(&mut self, response: &impl HttpResponse) {
        self.framing.set_response(response.status(), content_length(response));
        if let Some(operation) = &mut self.operation {
            operation.set_response(response);
            operation.set_response_body_size(0);
            self.captures_body = operation.capture_response_body(response);
        }
    }

    /// Decides whether the response's body has to be observed.
    ///
    /// `is_end_stream` and `exact` are what the body says of itself: that it has no more frames,
    /// and how many bytes it has. If the size is certain and the text is not captured, all of it
    /// counts as sent, the request ends here, and the answer is `None`.
    #[must_use]
    pub fn observe_body(
        mut self,
        is_end_stream: bool,
        exact: Option<u64>,
    ) -> Option<(ResponseFraming, Self)> {
        match self.framing.size(is_end_stream, exact) {
            Some(size) if size == 0 || !self.captures_body => {
                self.set_sent(size);
                self.end();
                None
            }
            _ => Some((self.framing, self)),
        }
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

    /// Records a frame of `len` bytes of the response's body, of which `chunk` is the first
    /// contiguous part. `total` is the size of all frames so far.
    pub fn set_sent_frame(&mut self, chunk: &[u8], len: usize, total: u64) {
        self.set_sent(total);
        if let Some(operation) = &mut self.operation {
            operation.push_response_body(chunk, len);
        }
    }

    /// The operation, with everything that is known by now.
    fn finish(&mut self) -> Option<HttpServerOperation> {
        let mut operation = self.operation.take()?;
        if let Some(route) = self.slot.take().and_then(|slot| slot.take()) {
            operation.set_route(&route);
        }
        if let Some(received) = self.received.take() {
            received.record_size(&mut operation);
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
