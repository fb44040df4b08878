//! What `init` sets for the whole process: the global propagators and providers.
//!
//! Libraries find telemetry by the globals of the `opentelemetry` crate, so `init` sets them once
//! and never takes them back. There is no global provider of loggers there;
//! `otelier_instrument::kit` has one of its own. What is not set keeps the default of that crate,
//! which does nothing.

use opentelemetry::global;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};

use crate::config::{Propagator, Signal};
use crate::contained_callbacks::ContainedCallbacks;
use crate::pipeline::Pipeline;
use crate::propagation::{B3Propagator, BaggagePropagator, TraceContextPropagator, XrayPropagator};

/// Makes `propagators` the global ones. They are used in this order, and each of them writes its
/// own fields.
pub(crate) fn install_propagators(propagators: &[Propagator]) {
    // The global default does nothing, which is what an empty list asks for.
    if !propagators.is_empty() {
        let propagators =
            propagators.iter().map(|&propagator| text_map_propagator(propagator)).collect();
        global::set_text_map_propagator(TextMapCompositePropagator::new(propagators));
    }
}

/// The propagator that a setting names. All are those of `otelier_propagation`.
fn text_map_propagator(propagator: Propagator) -> Box<dyn TextMapPropagator + Send + Sync> {
    match propagator {
        Propagator::TraceContext => Box::new(TraceContextPropagator::new()),
        Propagator::Baggage => Box::new(BaggagePropagator::new()),
        Propagator::B3 => Box::new(B3Propagator::new()),
        Propagator::B3Multi => Box::new(B3Propagator::multi()),
        Propagator::Xray => Box::new(XrayPropagator::new()),
    }
}

/// Makes the providers of `pipeline` the global ones.
///
/// Only signals that go somewhere are installed, so that the others cost nothing: the global
/// default does nothing. At the end the change is announced, so that integrations look for
/// providers again.
pub(crate) fn install_providers(pipeline: &Pipeline) {
    if pipeline.is_on(Signal::Traces) {
        global::set_tracer_provider(pipeline.tracer_provider.clone());
    }
    if pipeline.is_on(Signal::Metrics) {
        global::set_meter_provider(ContainedCallbacks(pipeline.meter_provider.clone()));
    }
    if pipeline.is_on(Signal::Logs) {
        otelier_instrument::kit::set_logger_provider(pipeline.logger_provider.clone());
    }
    otelier_instrument::announce_providers();
}
