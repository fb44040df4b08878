//! What both sides of HTTP measure of a request: how long it took, and the sizes of its bodies.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};

use crate::payload::{PayloadCapture, SharedCapture};
use crate::semconv::{attribute, metric};

use super::config::Side;

/// The histograms of one side.
pub(super) struct RequestInstruments {
    duration: Histogram<f64>,
    request_body_size: Histogram<u64>,
    response_body_size: Histogram<u64>,
}

impl RequestInstruments {
    pub(super) fn create(meter: &Meter, side: Side) -> Self {
        let [duration, request, response] = match side {
            Side::Server => [
                (metric::HTTP_SERVER_REQUEST_DURATION, "Duration of HTTP server requests."),
                (metric::HTTP_SERVER_REQUEST_BODY_SIZE, "Size of HTTP server request bodies."),
                (metric::HTTP_SERVER_RESPONSE_BODY_SIZE, "Size of HTTP server response bodies."),
            ],
            Side::Client => [
                (metric::HTTP_CLIENT_REQUEST_DURATION, "Duration of HTTP client requests."),
                (metric::HTTP_CLIENT_REQUEST_BODY_SIZE, "Size of HTTP client request bodies."),
                (metric::HTTP_CLIENT_RESPONSE_BODY_SIZE, "Size of HTTP client response bodies."),
            ],
        };
        Self {
            duration: metric::seconds(meter, duration.0, duration.1, &metric::DURATION_BOUNDARIES),
            request_body_size: metric::bytes(meter, request.0, request.1),
            response_body_size: metric::bytes(meter, response.0, response.1),
        }
    }

    pub(super) fn record(&self, took: Duration, sizes: BodySizes, attributes: &[KeyValue]) {
        self.duration.record(took.as_secs_f64(), attributes);
        if let Some(bytes) = sizes.request {
            self.request_body_size.record(bytes, attributes);
        }
        if let Some(bytes) = sizes.response {
            self.response_body_size.record(bytes, attributes);
        }
    }
}

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
pub(super) struct Bodies {
    pub(super) request: Option<SharedCapture>,
    pub(super) response: Option<Box<PayloadCapture>>,
}

impl Bodies {
    pub(super) fn into_attributes(self) -> impl Iterator<Item = KeyValue> {
        let request = self.request.and_then(|capture| capture.finish());
        let request = request.map(|body| KeyValue::new(attribute::HTTP_REQUEST_BODY, body));
        let response = self.response.and_then(|capture| capture.finish());
        let response = response.map(|body| KeyValue::new(attribute::HTTP_RESPONSE_BODY, body));
        request.into_iter().chain(response)
    }
}
