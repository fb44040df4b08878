//! Metric names, and the bucket boundaries that the conventions give.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>,
//! <https://opentelemetry.io/docs/specs/semconv/database/database-metrics/>.

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
/// Seconds that an operation on a database took. Histogram.
pub const DB_CLIENT_OPERATION_DURATION: &str = "db.client.operation.duration";
/// Open connections, by state. Up-down counter.
pub const DB_CLIENT_CONNECTION_COUNT: &str = "db.client.connection.count";
/// The most connections that may be idle. Up-down counter.
pub const DB_CLIENT_CONNECTION_IDLE_MAX: &str = "db.client.connection.idle.max";
/// The fewest connections that are kept idle. Up-down counter.
pub const DB_CLIENT_CONNECTION_IDLE_MIN: &str = "db.client.connection.idle.min";
/// The most connections that may be open. Up-down counter.
pub const DB_CLIENT_CONNECTION_MAX: &str = "db.client.connection.max";
/// Callers that wait for a connection. Up-down counter.
pub const DB_CLIENT_CONNECTION_PENDING_REQUESTS: &str = "db.client.connection.pending_requests";
/// Callers that got no connection in time. Counter.
pub const DB_CLIENT_CONNECTION_TIMEOUTS: &str = "db.client.connection.timeouts";
/// Seconds that making a connection took. Histogram.
pub const DB_CLIENT_CONNECTION_CREATE_TIME: &str = "db.client.connection.create_time";
/// Seconds that a caller waited for a connection. Histogram.
pub const DB_CLIENT_CONNECTION_WAIT_TIME: &str = "db.client.connection.wait_time";
/// Seconds that a connection was in use. Histogram.
pub const DB_CLIENT_CONNECTION_USE_TIME: &str = "db.client.connection.use_time";

/// Seconds that a call of a remote procedure took, all its attempts included. Histogram.
pub const RPC_CLIENT_CALL_DURATION: &str = "rpc.client.call.duration";
/// Seconds that sending, receiving or settling messages took. Histogram.
pub const MESSAGING_CLIENT_OPERATION_DURATION: &str = "messaging.client.operation.duration";
/// Seconds that processing a message took. Histogram.
pub const MESSAGING_PROCESS_DURATION: &str = "messaging.process.duration";
/// Messages that a producer tried to send. Counter.
pub const MESSAGING_CLIENT_SENT_MESSAGES: &str = "messaging.client.sent.messages";
/// Messages that were delivered to the application. Counter.
pub const MESSAGING_CLIENT_CONSUMED_MESSAGES: &str = "messaging.client.consumed.messages";
/// Spans that a processor is done with; with `error.type` those that it dropped. Counter.
pub const OTEL_SDK_PROCESSOR_SPAN_PROCESSED: &str = "otel.sdk.processor.span.processed";
/// Log records that a processor is done with; with `error.type` those that it dropped. Counter.
pub const OTEL_SDK_PROCESSOR_LOG_PROCESSED: &str = "otel.sdk.processor.log.processed";
/// Spans that an exporter is done with; with `error.type` those that did not arrive. Counter.
pub const OTEL_SDK_EXPORTER_SPAN_EXPORTED: &str = "otel.sdk.exporter.span.exported";
/// Log records that an exporter is done with; with `error.type` those that did not arrive. Counter.
pub const OTEL_SDK_EXPORTER_LOG_EXPORTED: &str = "otel.sdk.exporter.log.exported";
/// Data points that an exporter is done with; with `error.type` those that did not arrive. Counter.
pub const OTEL_SDK_EXPORTER_METRIC_DATA_POINT_EXPORTED: &str =
    "otel.sdk.exporter.metric_data_point.exported";

/// Bucket boundaries in seconds, for durations of requests, of messages and of most other things.
pub const DURATION_BOUNDARIES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Bucket boundaries in seconds, for durations of database operations and of what their connections
/// do.
pub const DB_DURATION_BOUNDARIES: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// A histogram of durations in seconds, with these bucket boundaries.
///
/// ```
/// use opentelemetry::metrics::{Histogram, Meter};
/// use otelier_instrument::semconv::metric;
///
/// fn create(meter: &Meter) -> Histogram<f64> {
///     let boundaries = &metric::DURATION_BOUNDARIES;
///     metric::seconds(meter, "job.duration", "Duration of jobs.", boundaries)
/// }
/// ```
#[must_use]
pub fn seconds(
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
#[must_use]
pub fn bytes(meter: &Meter, name: &'static str, description: &'static str) -> Histogram<u64> {
    meter.u64_histogram(name).with_unit("By").with_description(description).build()
}
