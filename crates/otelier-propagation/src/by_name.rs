//! Finds a propagator by its name in configuration.

use opentelemetry::propagation::TextMapPropagator;

use crate::{B3Propagator, BaggagePropagator, TraceContextPropagator, XrayPropagator};

/// Returns the propagator that `OTEL_PROPAGATORS` calls `name`, if it is one of the table in the
/// docs of the [crate](crate).
///
/// `none` is not a propagator but the absence of all, so it is not known here.
#[must_use]
pub fn by_name(name: &str) -> Option<Box<dyn TextMapPropagator + Send + Sync>> {
    Some(match name {
        "tracecontext" => Box::new(TraceContextPropagator::new()),
        "baggage" => Box::new(BaggagePropagator::new()),
        "b3" => Box::new(B3Propagator::new()),
        "b3multi" => Box::new(B3Propagator::multi()),
        "xray" => Box::new(XrayPropagator::new()),
        _ => return None,
    })
}
