//! What `init` sets for the whole process: the global propagators and providers.

use opentelemetry::global;
use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};

use crate::config::{Propagator, Signal};
use crate::pipeline::Pipeline;
use crate::propagation::{B3Propagator, BaggagePropagator, TraceContextPropagator, XrayPropagator};

/// Makes `propagators` the global ones.
pub(crate) fn install_propagators(propagators: &[Propagator]) {
    // The global default does nothing, which is what an empty list asks for.
    if !propagators.is_empty() {
        let propagators =
            propagators.iter().map(|&propagator| text_map_propagator(propagator)).collect();
        global::set_text_map_propagator(TextMapCompositePropagator::new(propagators));
    }
}

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
/// default does nothing.
pub(crate) fn install_providers(pipeline: &Pipeline) {
    if pipeline.is_on(Signal::Traces) {
        global::set_tracer_provider(pipeline.tracer_provider.clone());
    }
    if pipeline.is_on(Signal::Metrics) {
        global::set_meter_provider(pipeline.meter_provider.clone());
    }
    if pipeline.is_on(Signal::Logs) {
        otelier_instrument::kit::set_logger_provider(pipeline.logger_provider.clone());
    }
    otelier_instrument::announce_providers();
}
