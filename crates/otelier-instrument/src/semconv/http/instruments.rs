//! What both sides of HTTP measure of a request: how long it took, and the sizes of its bodies.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};

use crate::semconv::metric;

use super::bodies::BodySizes;
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
