//! Metric names, and the bucket boundaries that the conventions give.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>.

use opentelemetry::metrics::{Histogram, Meter};

/// Seconds from a request's arrival to the end of its response. Histogram.
pub const HTTP_SERVER_REQUEST_DURATION: &str = "http.server.request.duration";
/// Requests that are being served. Up-down counter; opt-in.
pub const HTTP_SERVER_ACTIVE_REQUESTS: &str = "http.server.active_requests";
/// Bytes of request bodies. Histogram; opt-in.
pub const HTTP_SERVER_REQUEST_BODY_SIZE: &str = "http.server.request.body.size";
/// Bytes of response bodies. Histogram; opt-in.
pub const HTTP_SERVER_RESPONSE_BODY_SIZE: &str = "http.server.response.body.size";
/// Seconds from sending a request to its response. Histogram.
pub const HTTP_CLIENT_REQUEST_DURATION: &str = "http.client.request.duration";
/// Bytes of request bodies. Histogram; opt-in.
pub const HTTP_CLIENT_REQUEST_BODY_SIZE: &str = "http.client.request.body.size";
/// Bytes of response bodies. Histogram; opt-in.
pub const HTTP_CLIENT_RESPONSE_BODY_SIZE: &str = "http.client.response.body.size";

/// Boundaries, in seconds, of the durations of requests and of messages.
pub(crate) const DURATION_BOUNDARIES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// A histogram of durations in seconds.
pub(crate) fn seconds(
    meter: &Meter,
    name: &'static str,
    description: &'static str,
    boundaries: &[f64],
) -> Histogram<f64> {
    meter
        .f64_histogram(name)
        .with_unit("s")
        .with_description(description)
        .with_boundaries(boundaries.to_vec())
        .build()
}

/// A histogram of sizes in bytes.
pub(crate) fn bytes(meter: &Meter, name: &'static str, description: &'static str) -> Histogram<u64> {
    meter.u64_histogram(name).with_unit("By").with_description(description).build()
}
