//! One attempt as an HTTP client span of its own.
//!
//! Only with `AttemptRecording::Spans`: otherwise an attempt that failed is an event of the call's
//! span, or nothing. The span is described by the HTTP conventions, from what the SDK knows of a
//! request before it sends it.

use std::borrow::Cow;

use opentelemetry::Context;
use otelier_instrument::semconv::http::{
    HttpClient, HttpClientOperation, HttpClientRequest, HttpHeaderValue, HttpHeaders, HttpResponse,
};
use otelier_instrument::{ErrorType, Operation};

use super::endpoint::Endpoint;

/// One attempt to send the request of a call.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Its ordinal number, from 1.
    pub number: u32,
    /// The HTTP method.
    pub method: &'a str,
    /// The URL that the request is sent to.
    pub url: &'a str,
}

/// Starts the span of `attempt`, as a child of the call's. `None` for a URL that is not absolute.
///
/// The span is not made the current one: the caller gives its context to the HTTP client.
pub(super) fn start(
    http: &HttpClient,
    call: &Context,
    attempt: &Attempt<'_>,
) -> Option<HttpClientOperation> {
    let endpoint = Endpoint::of(attempt.url)?;
    let _attached = call.clone().attach();
    Some(http.start(&Request { attempt, endpoint }))
}

/// Ends the span of an attempt.
///
/// A response decides, whatever the error says of it: its status is recorded, and the conventions
/// for HTTP tell whether that is a failure. Without one the error is recorded, if there is one.
pub(super) fn end(
    mut operation: HttpClientOperation,
    status: Option<u16>,
    error: Option<&ErrorType>,
) {
    match (status, error) {
        (Some(status), _) => {
            operation.set_response(&Response { status });
            operation.end();
        }
        (None, Some(error)) => operation.fail(error.clone()),
        (None, None) => operation.end(),
    }
}

/// The request of an attempt. None of its headers is recorded.
struct Request<'a> {
    attempt: &'a Attempt<'a>,
    endpoint: Endpoint<'a>,
}

impl HttpHeaders for Request<'_> {
    fn headers(&self, _: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        std::iter::empty()
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        std::iter::empty()
    }
}

impl HttpClientRequest for Request<'_> {
    fn method(&self) -> &str {
        self.attempt.method
    }

    fn url(&self) -> Cow<'_, str> {
        self.attempt.url.into()
    }

    fn scheme(&self) -> &str {
        self.endpoint.scheme
    }

    fn host(&self) -> &str {
        self.endpoint.host
    }

    fn port(&self) -> Option<u16> {
        self.endpoint.port
    }

    /// The first attempt is no resend.
    fn resend_count(&self) -> u32 {
        self.attempt.number.saturating_sub(1)
    }
}

/// The response to an attempt. The SDK does not say which version of HTTP it came with.
struct Response {
    status: u16,
}

impl HttpHeaders for Response {
    fn headers(&self, _: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        std::iter::empty()
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        std::iter::empty()
    }
}

impl HttpResponse for Response {
    fn status(&self) -> u16 {
        self.status
    }
}
