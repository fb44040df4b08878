//! Otelier: one operation for each request that a client executes, redirects included.

use std::error::Error as _;
use std::task::{ready, Poll};

use bytes::Bytes;
use http_body::Body as _;
use otelier_agent::client::{self, RequestText, REQWEST};
use otelier_agent::{Captured, ClientRequest, ErrorType};

use super::{Client, Pending, PendingInner};
use crate::async_impl::{Body, Request, Response};
use crate::response::ResponseBuilderExt;

otelier_agent::http_headers!();
otelier_agent::http_body!(Body, Bytes, crate::Error, |error| {
    ErrorType::from_static(error_code(error))
});

/// The operation of the request that a future sends.
pub(crate) type Operation = Option<client::Request>;

impl Client {
    /// Executes a request under an operation.
    pub(in crate::async_impl) fn execute_request(&self, mut request: Request) -> Pending {
        let mut operation = start(&mut request);
        let mut pending = enter(&mut operation, || self.__otelier_execute(request));
        if let PendingInner::Error(Some(error)) = &pending.inner {
            fail(&mut operation, error);
        }
        pending.__otelier = operation;
        pending
    }
}

fn start(request: &mut Request) -> Operation {
    if !otelier_agent::is_on() {
        return None;
    }
    let captured = request.__otelier.take();
    let url = request.url();
    let read = ClientRequest {
        method: request.method().as_str(),
        url: url.as_str(),
        scheme: url.scheme(),
        host: url.host_str().unwrap_or_default(),
        port: url.port(),
        headers: Headers(request.headers()),
    };
    let mut operation = Captured::enter(captured.as_ref(), || REQWEST.start(&read))?;
    operation.inject(&mut HeadersMut(request.headers_mut()));
    if operation.wants_body_sizes() {
        if let Some(bytes) = request.body().map_or(Some(0), |body| body.size_hint().exact()) {
            operation.set_body_size(bytes);
        }
    }
    if let Some(text) = operation.capture_body(&Headers(request.headers())) {
        capture(request, text);
    }
    Some(operation)
}

/// Records the text of a request's body: at once if it is in memory, else while it is sent.
fn capture(request: &mut Request, text: RequestText) {
    if let Some(body) = request.body_mut() {
        match body.as_bytes() {
            Some(bytes) => text.data(bytes),
            None => {
                let sent = std::mem::replace(body, Body::from(Bytes::new()));
                *body = Body::wrap(Observed { body: sent, observer: text });
            }
        }
    }
}

fn enter<R>(operation: &mut Operation, work: impl FnOnce() -> R) -> R {
    client::Request::poll(operation, work)
}

/// Polls for the response of a request, which ends the operation.
pub(super) fn poll(
    operation: &mut Operation,
    poll: impl FnOnce() -> Poll<crate::Result<Response>>,
) -> Poll<crate::Result<Response>> {
    Poll::Ready(match ready!(enter(operation, poll)) {
        Ok(response) => Ok(respond(operation, response)),
        Err(error) => {
            fail(operation, &error);
            Err(error)
        }
    })
}

fn respond(operation: &mut Operation, response: Response) -> Response {
    let Some(mut operation) = operation.take() else { return response };
    let ends_with_body = operation.set_response(&otelier_agent::Response {
        status: response.status().as_u16(),
        version: version(response.version()),
        peer: response.remote_addr(),
        headers: Headers(response.headers()),
    });
    if ends_with_body {
        return follow(operation, response);
    }
    let _none = operation.observe_body(false, response.content_length());
    response
}

/// The same response, with a body that ends the operation.
fn follow(operation: client::Request, response: Response) -> Response {
    let url = response.url().clone();
    let response = http::Response::<Body>::from(response);
    let (is_end_stream, exact) =
        (response.body().is_end_stream(), response.body().size_hint().exact());
    let (mut parts, body) = response.into_parts();
    // Without it, the response would be one of a made-up URL.
    if let Some(with_url) = http::response::Builder::new().url(url).extensions_mut() {
        parts.extensions.extend(std::mem::take(with_url));
    }
    let body = match operation.observe_body(is_end_stream, exact) {
        Some(observer) => Body::wrap(Observed { body, observer }),
        None => body,
    };
    Response::from(http::Response::from_parts(parts, body))
}

fn fail(operation: &mut Operation, error: &crate::Error) {
    if let Some(operation) = operation.take() {
        operation.fail_with_code(error_code(error));
    }
}

/// A name from a small set, never a message.
fn error_code(error: &crate::Error) -> &'static str {
    // A connection that takes too long is a timeout first, a name that cannot be resolved is a
    // connection that failed, and nearly everything is an error of the request.
    match error {
        _ if error.is_timeout() => "timeout",
        _ if is_dns(error) => "dns",
        _ if error.is_connect() => "connect",
        _ if error.is_redirect() => "redirect",
        _ if error.is_decode() => "decode",
        _ if error.is_body() => "body",
        _ if error.is_builder() => "builder",
        _ if error.is_request() => "request",
        _ => "_OTHER",
    }
}

/// Whether the name of the server could not be resolved. What says so has no type to be named by.
fn is_dns(error: &crate::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.to_string() == "dns error" {
            return true;
        }
        cause = error.source();
    }
    false
}
