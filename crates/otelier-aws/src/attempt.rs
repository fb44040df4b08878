//! One attempt as a span of its own: the request of HTTP that it is.

use std::borrow::Cow;

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use http::Uri;
use opentelemetry::Context;
use otelier_instrument::semconv::http::{
    self as semconv, HttpClient, HttpClientOperation, HttpClientRequest, HttpHeaderValue,
    HttpHeaders,
};
use otelier_instrument::{ErrorType, Operation};

/// Starts the operation of attempt `number`, as a child of the call's.
pub(crate) fn start(
    http: &HttpClient,
    call: &Context,
    request: &HttpRequest,
    number: u32,
) -> Option<HttpClientOperation> {
    let uri: Uri = request.uri().parse().ok()?;
    let _attached = call.clone().attach();
    Some(http.start(&Attempt {
        request,
        scheme: uri.scheme_str()?,
        host: uri.host()?,
        port: uri.port_u16(),
        number,
    }))
}

/// Ends the operation of an attempt.
pub(crate) fn end(
    mut attempt: HttpClientOperation,
    response: Option<&HttpResponse>,
    error: Option<&ErrorType>,
) {
    match (response, error) {
        (Some(response), _) => {
            attempt.set_response(&Answer(response));
            attempt.end();
        }
        (None, Some(error)) => attempt.fail(error.clone()),
        (None, None) => attempt.end(),
    }
}

/// A request of one attempt. None of its headers is recorded.
struct Attempt<'a> {
    request: &'a HttpRequest,
    scheme: &'a str,
    host: &'a str,
    port: Option<u16>,
    number: u32,
}

impl HttpHeaders for Attempt<'_> {
    fn headers(&self, _: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        std::iter::empty()
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        std::iter::empty()
    }
}

impl HttpClientRequest for Attempt<'_> {
    fn method(&self) -> &str {
        self.request.method()
    }

    fn url(&self) -> Cow<'_, str> {
        self.request.uri().into()
    }

    fn scheme(&self) -> &str {
        self.scheme
    }

    fn host(&self) -> &str {
        self.host
    }

    fn port(&self) -> Option<u16> {
        self.port
    }

    fn resend_count(&self) -> u32 {
        self.number.saturating_sub(1)
    }
}

/// The response to an attempt. The SDK does not say which version of HTTP it came with.
struct Answer<'a>(&'a HttpResponse);

impl HttpHeaders for Answer<'_> {
    fn headers(&self, _: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        std::iter::empty()
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        std::iter::empty()
    }
}

impl semconv::HttpResponse for Answer<'_> {
    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }
}
