//! The metric instruments of an AWS client.

use opentelemetry::metrics::{Histogram, Meter};

use crate::kit::Instruments;
use crate::semconv::messaging::MessagingInstruments;
use crate::semconv::metric;

pub(super) struct AwsInstruments {
    pub(super) call_duration: Histogram<f64>,
    pub(super) database_duration: Histogram<f64>,
    pub(super) messaging: MessagingInstruments,
}

impl Instruments for AwsInstruments {
    fn create(meter: &Meter) -> Self {
        Self {
            call_duration: metric::seconds(
                meter,
                metric::RPC_CLIENT_CALL_DURATION,
                "Measures the duration of an outgoing Remote Procedure Call (RPC).",
                &metric::DURATION_BOUNDARIES,
            ),
            database_duration: metric::seconds(
                meter,
                metric::DB_CLIENT_OPERATION_DURATION,
                "Duration of database client operations.",
                &metric::DB_DURATION_BOUNDARIES,
            ),
            messaging: MessagingInstruments::create(meter),
        }
    }
}
