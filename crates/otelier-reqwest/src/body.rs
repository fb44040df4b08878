//! The response's body, when its end is the end of the operation.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use otelier_instrument::semconv::http::HttpClientOperation;
use otelier_instrument::{Operation, enter};
use reqwest::{Body, Request, Response, ResponseBuilderExt};

use crate::error::reqwest_error_type;

/// How many bytes of body `request` has, if it knows.
pub(crate) fn request_size(request: &Request) -> Option<u64> {
    request.body().map_or(Some(0), |body| body.size_hint().exact())
}

/// `response` with a body that ends `operation` when it ends, fails or is dropped. Nothing else about it changes.
pub(crate) fn follow(response: Response, operation: HttpClientOperation) -> Response {
    let url = response.url().clone();
    let (mut parts, body) = http::Response::<Body>::from(response).into_parts();
    // Without it, the response would be one of a made-up URL.
    if let Some(with_url) = http::response::Builder::new().url(url).extensions_mut() {
        parts.extensions.extend(std::mem::take(with_url));
    }
    let body = FollowedBody::new(body, operation);
    Response::from(http::Response::from_parts(parts, Body::wrap(body)))
}

struct FollowedBody {
    inner: Body,
    operation: Option<HttpClientOperation>,
    received: u64,
}

impl FollowedBody {
    fn new(inner: Body, operation: HttpClientOperation) -> Self {
        let mut body = Self { inner, operation: Some(operation), received: 0 };
        body.count(0);
        // The answer to a HEAD request has no body, and nobody may ever poll it.
        body.end_if_done();
        body
    }

    fn count(&mut self, bytes: usize) {
        self.received = self.received.saturating_add(bytes as u64);
        if let Some(operation) = &mut self.operation {
            operation.set_response_body_size(self.received);
        }
    }

    /// Ends the operation with the last frame: a reader that knows the length does not ask for what comes after.
    fn end_if_done(&mut self) {
        if self.inner.is_end_stream() {
            self.end();
        }
    }

    fn end(&mut self) {
        if let Some(operation) = self.operation.take() {
            operation.end();
        }
    }
}

impl http_body::Body for FollowedBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.get_mut();
        let polled = enter(&mut this.operation, || Pin::new(&mut this.inner).poll_frame(cx));
        match &polled {
            Poll::Pending => {}
            Poll::Ready(Some(Ok(frame))) => {
                this.count(frame.data_ref().map_or(0, Bytes::len));
                match frame.is_trailers() {
                    true => this.end(),
                    false => this.end_if_done(),
                }
            }
            Poll::Ready(Some(Err(error))) => {
                if let Some(operation) = this.operation.take() {
                    operation.fail(reqwest_error_type(error));
                }
            }
            Poll::Ready(None) => this.end(),
        }
        polled
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }
}
