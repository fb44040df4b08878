//! The bodies of a request and its response: how long they are, and their text where that is
//! captured.

use opentelemetry::KeyValue;

use crate::masking::MaskingContext;
use crate::payload::{PayloadCapture, SharedCapture};
use crate::semconv::attribute;

use super::config::HttpConfig;
use super::message::HttpHeaders;

/// The bytes of both bodies, as far as they are known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BodySizes {
    pub(super) request: Option<u64>,
    pub(super) response: Option<u64>,
}

impl BodySizes {
    pub(super) fn attributes(self) -> impl Iterator<Item = KeyValue> {
        let size = |key, bytes: u64| KeyValue::new(key, i64::try_from(bytes).unwrap_or(i64::MAX));
        let request = self.request.map(|bytes| size(attribute::HTTP_REQUEST_BODY_SIZE, bytes));
        let response = self.response.map(|bytes| size(attribute::HTTP_RESPONSE_BODY_SIZE, bytes));
        request.into_iter().chain(response)
    }
}

/// Both bodies, where they are captured. That of a response is in a box, because an operation is
/// moved around.
#[derive(Debug, Default)]
pub(super) struct CapturedBodies {
    /// The body itself has a clone: it may pass after the operation was told about it.
    request: Option<SharedCapture>,
    response: Option<Box<PayloadCapture>>,
}

impl CapturedBodies {
    /// Captures the body of the request with these headers, by what the result is given. `None` if
    /// it is not to be captured.
    pub(super) fn capture_request(
        &mut self,
        config: &HttpConfig,
        headers: &impl HttpHeaders,
    ) -> Option<SharedCapture> {
        let capture = config.capture(headers, MaskingContext::HttpRequestBodies)?;
        Some(self.request.insert(SharedCapture::new(capture)).clone())
    }

    /// Captures the body of the response with these headers. `false` if it is not to be captured.
    pub(super) fn capture_response(
        &mut self,
        config: &HttpConfig,
        headers: &impl HttpHeaders,
    ) -> bool {
        let capture = config.capture(headers, MaskingContext::HttpResponseBodies);
        self.response = capture.map(Box::new);
        self.response.is_some()
    }

    /// Takes a frame of `len` bytes of the response's body, of which `chunk` is the first
    /// contiguous part. Does nothing if that body is not captured.
    pub(super) fn push_response(&mut self, chunk: &[u8], len: usize) {
        if let Some(capture) = &mut self.response {
            capture.push_frame(chunk, len);
        }
    }

    /// What has passed by now.
    pub(super) fn into_attributes(self) -> impl Iterator<Item = KeyValue> {
        let request = self.request.and_then(|capture| capture.finish());
        let request = request.map(|body| KeyValue::new(attribute::HTTP_REQUEST_BODY, body));
        let response = self.response.and_then(|capture| capture.finish());
        let response = response.map(|body| KeyValue::new(attribute::HTTP_RESPONSE_BODY, body));
        request.into_iter().chain(response)
    }
}
