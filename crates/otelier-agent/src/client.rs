//! HTTP clients: requests that a library sends.
//!
//! The library reads its own types through the getters of [`HttpClientRequest`] and
//! [`HttpResponse`], so that nothing is copied unless it is recorded.

use std::sync::OnceLock;

use opentelemetry::Context;
use otelier_instrument::payload::SharedCapture;
use otelier_instrument::semconv::http::{
    HttpClientRequest, HttpHeaders, HttpHeadersMut, HttpOptions, HttpResponse,
};
use otelier_instrument::{ErrorType, Operation, Providers, catch_panic, enter};
use otelier_reqwest::recorder::{HttpClientRecorder, RequestIdentity, SentRequest};

use crate::body::{Followed, ResponseBody};
use crate::integration::integration;
use crate::process;

/// The requests of reqwest.
pub static REQWEST: HttpClient = HttpClient::new("reqwest");

/// Starts the operations of the requests of one library.
#[derive(Debug)]
pub struct HttpClient {
    /// What the settings call it.
    integration: &'static str,
    recorder: OnceLock<HttpClientRecorder>,
}

impl HttpClient {
    const fn new(integration: &'static str) -> Self {
        Self { integration, recorder: OnceLock::new() }
    }

    /// Starts the operation of a request, as a child of what is current.
    ///
    /// `None` where nothing is to be done.
    pub fn start(&self, request: &impl HttpClientRequest) -> Option<Request> {
        if process::is_on() { self.record(request) } else { None }
    }

    fn record(&self, request: &impl HttpClientRequest) -> Option<Request> {
        let identity = RequestIdentity::of(request);
        catch_panic(|| self.recorder().start(request, None, identity)).flatten().map(Request)
    }

    fn recorder(&self) -> &HttpClientRecorder {
        self.recorder.get_or_init(|| {
            let integration = integration(self.integration, "otelier-reqwest");
            HttpClientRecorder::new(integration, Providers::default(), HttpOptions::default())
        })
    }
}

/// A request that is being sent. Dropped before its end, it is cancelled.
#[derive(Debug)]
pub struct Request(SentRequest);

impl Request {
    /// Writes the context of the operation into the headers of the request.
    pub fn inject(&self, headers: &mut impl HttpHeadersMut) {
        catch_panic(|| self.0.inject(headers));
    }

    /// Whether the sizes of bodies are recorded.
    #[must_use]
    pub fn wants_body_sizes(&self) -> bool {
        self.0.wants_body_sizes()
    }

    /// Records the size of the request's body in bytes.
    pub fn set_body_size(&mut self, bytes: u64) {
        catch_panic(|| self.0.set_request_body_size(bytes));
    }

    /// Captures the text of the request's body. `None` if it is not to be recorded.
    #[must_use]
    pub fn capture_body(&mut self, headers: &impl HttpHeaders) -> Option<RequestText> {
        catch_panic(|| self.0.capture_request_body(headers)).flatten().map(RequestText)
    }

    /// Runs one poll of the work on the request in `slot`, in its context.
    pub fn poll<R>(slot: &mut Option<Self>, poll: impl FnOnce() -> R) -> R {
        enter(slot, poll)
    }

    /// Records the response. Says whether the request ends with the response's body, whose text is
    /// recorded.
    #[must_use]
    pub fn set_response(&mut self, response: &impl HttpResponse) -> bool {
        catch_panic(|| {
            self.0.set_response(response);
            self.0.with_response_body()
        })
        .unwrap_or(false)
    }

    /// Ends the request, unless the response's body has to be followed to its end.
    ///
    /// `is_end_stream` and `exact` are what the body says of itself: that it has no more frames,
    /// and how many bytes it has.
    #[must_use]
    pub fn observe_body(self, is_end_stream: bool, exact: Option<u64>) -> Option<ResponseBody> {
        catch_panic(|| {
            let (framing, sent) = self.0.observe_body(is_end_stream, exact)?;
            Some(ResponseBody::new(framing, Followed::Sent(sent)))
        })
        .flatten()
    }

    /// Ends the request: there was no response, for the reason that `code` names.
    pub fn fail_with_code(self, code: &'static str) {
        catch_panic(|| self.0.fail(ErrorType::from_static(code)));
    }
}

impl Operation for Request {
    fn context(&self) -> &Context {
        self.0.context()
    }

    fn fail(self, error: ErrorType) {
        self.0.fail(error);
    }
}

/// The text of a request's body, recorded while it is sent.
#[derive(Debug)]
pub struct RequestText(SharedCapture);

impl RequestText {
    /// Records data.
    pub fn data(&self, data: &[u8]) {
        catch_panic(|| self.0.push(data, data.len()));
    }
}

#[cfg(test)]
mod tests;
