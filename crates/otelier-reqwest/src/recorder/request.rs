//! One attempt to send a request.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::Context;
use otelier_instrument::body::{ResponseFraming, content_length};
use otelier_instrument::payload::SharedCapture;
use otelier_instrument::semconv::http::{
    HttpClientOperation, HttpClientRequest, HttpHeaderValue, HttpHeaders, HttpHeadersMut,
    HttpResponse,
};
use otelier_instrument::{ErrorType, Operation};

use super::attempts::{Attempts, InFlight, RecorderId, RequestIdentity};

/// The operation of an attempt. Dropped before its end, it is cancelled.
#[derive(Debug)]
#[must_use = "an attempt that is dropped ends as cancelled"]
pub struct SentRequest {
    operation: HttpClientOperation,
    framing: ResponseFraming,
    recorder: RecorderId,
    identity: RequestIdentity,
    in_flight: Option<Arc<InFlight>>,
    with_response_body: bool,
    /// Whether the response's body is captured.
    captures_body: bool,
    succeeded: bool,
}

impl SentRequest {
    pub(super) fn new(
        operation: HttpClientOperation,
        method: &str,
        recorder: RecorderId,
        identity: RequestIdentity,
        with_response_body: bool,
    ) -> Self {
        Self {
            operation,
            framing: ResponseFraming::to_method(method),
            recorder,
            identity,
            in_flight: None,
            with_response_body,
            captures_body: false,
            succeeded: false,
        }
    }

    /// Whether a signal is enabled, so that the attempt is to be counted.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.operation.is_recording()
    }

    /// Whether the attempt ends with the response's body: the user asked for it, or the body is
    /// captured.
    #[must_use]
    pub fn with_response_body(&self) -> bool {
        self.with_response_body || self.captures_body
    }

    /// Captures the body of the request. `None` if it is not to be recorded.
    #[must_use]
    pub fn capture_request_body(&mut self, request: &impl HttpHeaders) -> Option<SharedCapture> {
        self.operation.capture_request_body(request)
    }

    /// Whether the sizes of bodies are recorded.
    #[must_use]
    pub fn wants_body_sizes(&self) -> bool {
        self.operation.wants_body_sizes()
    }

    /// Counts this attempt, if it is recorded.
    pub fn count_in(&mut self, attempts: &mut Attempts) {
        if self.is_recording() {
            self.in_flight = Some(attempts.begin(self.recorder, self.identity));
        }
    }

    /// Writes the operation's context into the headers of the request, in place of what an earlier
    /// attempt wrote.
    pub fn inject(&self, headers: &mut impl HttpHeadersMut) {
        self.operation.inject(headers);
    }

    /// Records the size of the request's body in bytes.
    pub fn set_request_body_size(&mut self, bytes: u64) {
        self.operation.set_request_body_size(bytes);
    }

    /// Records the status and the headers of the response.
    pub fn set_response(&mut self, response: &impl HttpResponse) {
        self.succeeded = (100..400).contains(&response.status());
        self.framing.set_response(response.status(), content_length(response));
        self.operation.set_response(response);
        self.captures_body = self.operation.capture_response_body(response);
        self.in_flight = None;
    }

    /// Starts to count anew if the attempt succeeded: the next one is of another request.
    pub fn finish_in(&self, attempts: &mut Attempts) {
        if self.succeeded {
            attempts.succeed(self.recorder);
        }
    }

    /// Decides whether the response's body has to be observed; the attempt ends here if not.
    ///
    /// `is_end_stream` and `exact` are what the body says of itself: that it has no more frames,
    /// and how many bytes it has.
    #[must_use]
    pub fn observe_body(
        mut self,
        is_end_stream: bool,
        exact: Option<u64>,
    ) -> Option<(ResponseFraming, Self)> {
        let size = self.framing.size(is_end_stream, exact);
        if self.is_recording() && self.with_response_body() && size != Some(0) {
            self.operation.set_response_body_size(0);
            return Some((self.framing, self));
        }
        if let Some(size) = size.or(self.framing.announced()) {
            self.operation.set_response_body_size(size);
        }
        self.end();
        None
    }

    /// Records how many bytes of the response's body were received.
    pub fn set_received(&mut self, bytes: u64) {
        self.operation.set_response_body_size(bytes);
    }

    /// Records a frame of `len` bytes of the response's body, of which `chunk` is the first
    /// contiguous part. `total` is the size of all frames so far.
    pub fn set_received_frame(&mut self, chunk: &[u8], len: usize, total: u64) {
        self.set_received(total);
        self.operation.push_response_body(chunk, len);
    }

    /// Ends the attempt: a response was received.
    pub fn end(self) {
        self.operation.end();
    }
}

impl Operation for SentRequest {
    fn context(&self) -> &Context {
        self.operation.context()
    }

    fn fail(self, error: ErrorType) {
        self.operation.fail(error);
    }
}

/// A request, with how often it was sent before.
pub(super) struct Resent<'a, R> {
    pub(super) request: &'a R,
    pub(super) resend_count: u32,
}

impl<R: HttpClientRequest> HttpHeaders for Resent<'_, R> {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        self.request.headers(name)
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        self.request.all_headers()
    }
}

impl<R: HttpClientRequest> HttpClientRequest for Resent<'_, R> {
    fn method(&self) -> &str {
        self.request.method()
    }

    fn url(&self) -> Cow<'_, str> {
        self.request.url()
    }

    fn scheme(&self) -> &str {
        self.request.scheme()
    }

    fn host(&self) -> &str {
        self.request.host()
    }

    fn port(&self) -> Option<u16> {
        self.request.port()
    }

    fn template(&self) -> Option<&str> {
        self.request.template()
    }

    fn resend_count(&self) -> u32 {
        self.resend_count
    }
}
