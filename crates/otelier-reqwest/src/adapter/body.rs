//! The response's body, when its end is the end of the attempt.

use http_body::Body as _;
use otelier_instrument::body::{BodyObserver, ObservedBody};
use otelier_instrument::payload::SharedCapture;
use otelier_instrument::{ErrorType, Operation, enter};

use super::error::reqwest_error_type;
use super::reqwest::{Body, Error, Request, Response, ResponseBuilderExt};
use crate::recorder::SentRequest;

/// How many bytes the body of `request` has, if it knows.
pub(super) fn request_size(request: &Request) -> Option<u64> {
    request.body().map_or(Some(0), |body| body.size_hint().exact())
}

/// Gives the body of `request` to `capture`: at once if it is in memory, else while it is sent.
pub(super) fn capture_request(request: &mut Request, capture: SharedCapture) {
    match request.body_mut() {
        None => {}
        Some(body) => match body.as_bytes() {
            Some(bytes) => capture.push(bytes, bytes.len()),
            None => {
                let streamed = std::mem::take(body);
                *body = Body::wrap(ObservedBody::new(streamed, None, capture));
            }
        },
    }
}

/// Ends `sent` with the response, or with its body. Nothing else about the response changes.
pub(super) fn end_with(sent: SentRequest, response: Response) -> Response {
    let url = response.url().clone();
    let response = http::Response::<Body>::from(response);
    let (is_end_stream, exact) =
        (response.body().is_end_stream(), response.body().size_hint().exact());
    let (mut parts, body) = response.into_parts();
    // Without it, the response would be one of a made-up URL.
    if let Some(with_url) = http::response::Builder::new().url(url).extensions_mut() {
        parts.extensions.extend(std::mem::take(with_url));
    }
    let body = match sent.observe_body(is_end_stream, exact) {
        Some((framing, sent)) => {
            Body::wrap(ObservedBody::new(body, Some(framing), ResponseObserver(sent)))
        }
        None => body,
    };
    Response::from(http::Response::from_parts(parts, body))
}

/// Ends an attempt with the body of its response, and makes its context current while the body is
/// polled.
struct ResponseObserver(SentRequest);

impl Operation for ResponseObserver {
    fn context(&self) -> &opentelemetry::Context {
        self.0.context()
    }

    fn fail(self, error: ErrorType) {
        self.0.fail(error);
    }
}

impl BodyObserver<Error> for ResponseObserver {
    fn poll<R>(observer: &mut Option<Self>, poll: impl FnOnce() -> R) -> R {
        enter(observer, poll)
    }

    fn on_data(&mut self, chunk: &[u8], len: usize, total: u64) {
        self.0.set_received_frame(chunk, len, total);
    }

    fn on_end(self) {
        self.0.end();
    }

    fn on_error(self, error: &Error) {
        self.0.fail(reqwest_error_type(error));
    }
}
