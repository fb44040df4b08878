//! What the semantic conventions say of each metric: its kind, its unit and its bucket boundaries.
//!
//! Written down from the conventions a second time, apart from the code that creates the
//! instruments: a test that took both from one place could not see a wrong boundary.
//!
//! Source: semantic conventions 1.44,
//! <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>,
//! <https://opentelemetry.io/docs/specs/semconv/db/database-metrics/>,
//! <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/> and
//! <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/>.

use crate::model::MetricKind;

/// What the conventions say of one metric.
pub(super) struct Convention {
    pub(super) kind: MetricKind,
    pub(super) unit: &'static str,
    /// `None` where they give no boundaries, or the metric is no histogram.
    pub(super) bounds: Option<&'static [f64]>,
}

/// In seconds. Boundaries of durations of requests, calls and messages.
const REQUESTS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// In seconds. Boundaries of durations of database operations.
const DATABASE: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// The convention of the metric `name`, if there is one.
pub(super) fn of(name: &str) -> Option<Convention> {
    use MetricKind::{Counter, Histogram, UpDownCounter};
    let (kind, unit, bounds) = match name {
        "http.server.request.duration"
        | "http.client.request.duration"
        | "rpc.client.call.duration"
        | "messaging.client.operation.duration"
        | "messaging.process.duration" => (Histogram, "s", Some(REQUESTS)),
        "db.client.operation.duration" => (Histogram, "s", Some(DATABASE)),
        "db.client.connection.create_time"
        | "db.client.connection.wait_time"
        | "db.client.connection.use_time" => (Histogram, "s", None),
        "http.server.request.body.size"
        | "http.server.response.body.size"
        | "http.client.request.body.size"
        | "http.client.response.body.size" => (Histogram, "By", None),
        "http.server.active_requests" => (UpDownCounter, "{request}", None),
        "messaging.client.sent.messages" | "messaging.client.consumed.messages" => {
            (Counter, "{message}", None)
        }
        "db.client.connection.count"
        | "db.client.connection.max"
        | "db.client.connection.idle.max"
        | "db.client.connection.idle.min" => (UpDownCounter, "{connection}", None),
        "db.client.connection.pending_requests" => (UpDownCounter, "{request}", None),
        "db.client.connection.timeouts" => (Counter, "{timeout}", None),
        _ => return None,
    };
    Some(Convention { kind, unit, bounds })
}
