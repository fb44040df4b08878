//! The metric instruments of messaging.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/>.

use opentelemetry::metrics::{Counter, Histogram, Meter};

use crate::kit::Instruments;
use crate::semconv::metric;

pub(crate) struct MessagingInstruments {
    pub(crate) operation_duration: Histogram<f64>,
    pub(crate) process_duration: Histogram<f64>,
    pub(crate) sent: Counter<u64>,
    pub(crate) consumed: Counter<u64>,
}

impl Instruments for MessagingInstruments {
    fn create(meter: &Meter) -> Self {
        let counter = |name, description| {
            meter.u64_counter(name).with_unit("{message}").with_description(description).build()
        };
        Self {
            operation_duration: metric::seconds(
                meter,
                metric::MESSAGING_CLIENT_OPERATION_DURATION,
                "Duration of messaging operation initiated by a producer or consumer client.",
                &metric::DURATION_BOUNDARIES,
            ),
            process_duration: metric::seconds(
                meter,
                metric::MESSAGING_PROCESS_DURATION,
                "Duration of processing operation.",
                &metric::DURATION_BOUNDARIES,
            ),
            sent: counter(
                metric::MESSAGING_CLIENT_SENT_MESSAGES,
                "Number of messages producer attempted to send to the broker.",
            ),
            consumed: counter(
                metric::MESSAGING_CLIENT_CONSUMED_MESSAGES,
                "Number of messages that were delivered to the application.",
            ),
        }
    }
}
