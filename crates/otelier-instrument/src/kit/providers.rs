//! Where an integration's telemetry goes: providers given in code, else the global ones.

use std::fmt;
use std::sync::{Arc, LazyLock};

use opentelemetry::global::{self, BoxedTracer, ObjectSafeTracerProvider};
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState,
    Tracer, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope};

use crate::kit::catch_panic;

/// The providers and the propagator of one integration.
///
/// What is not given is taken from [`opentelemetry::global`], and looked for until it is there: an integration may be
/// built before the pipeline is, and [finds it](crate::announce_providers) soon after.
#[derive(Clone, Default)]
pub struct Providers {
    tracer: Option<Arc<dyn ObjectSafeTracerProvider + Send + Sync>>,
    meter: Option<Arc<dyn MeterProvider + Send + Sync>>,
    propagator: Option<Arc<dyn TextMapPropagator + Send + Sync>>,
}

impl Providers {
    /// Spans go to `provider`. A `NoopTracerProvider` turns them off.
    pub fn set_tracer_provider<P>(&mut self, provider: P)
    where
        P: ObjectSafeTracerProvider + Send + Sync + 'static,
    {
        self.tracer = Some(Arc::new(provider));
    }

    /// Metrics go to `provider`. A `NoopMeterProvider` turns them off.
    pub fn set_meter_provider<P>(&mut self, provider: P)
    where
        P: MeterProvider + Send + Sync + 'static,
    {
        self.meter = Some(Arc::new(provider));
    }

    /// Context is read and written by `propagator`.
    pub fn set_propagator<P>(&mut self, propagator: P)
    where
        P: TextMapPropagator + Send + Sync + 'static,
    {
        self.propagator = Some(Arc::new(propagator));
    }

    /// What `work` makes of the propagator; nothing if that panics.
    pub(crate) fn with_propagator<T>(
        &self,
        mut work: impl FnMut(&dyn TextMapPropagator) -> T,
    ) -> Option<T> {
        catch_panic(|| match &self.propagator {
            Some(propagator) => work(&**propagator),
            None => global::get_text_map_propagator(work),
        })
    }

    /// A tracer that makes real spans, or none as long as there is no such provider.
    pub(crate) fn tracer(&self, scope: &InstrumentationScope) -> Option<BoxedTracer> {
        let tracer = match &self.tracer {
            Some(provider) => BoxedTracer::new(provider.boxed_tracer(scope.clone())),
            None => global::tracer_provider().tracer_with_scope(scope.clone()),
        };
        (!is_noop(&tracer)).then_some(tracer)
    }

    /// A meter that records, or none as long as there is no such provider.
    pub(crate) fn meter(&self, scope: &InstrumentationScope) -> Option<Meter> {
        let provider = self.meter.clone().unwrap_or_else(global::meter_provider);
        // Only the API's no-op provider has nothing to keep: there is no other way to recognise it.
        (size_of_val(&*provider) > 0).then(|| provider.meter_with_scope(scope.clone()))
    }

    /// Whether a tracer provider was given in code, so that what it is cannot change any more.
    pub(crate) fn has_tracer_provider(&self) -> bool {
        self.tracer.is_some()
    }

    /// Whether a meter provider was given in code.
    #[must_use]
    pub fn has_meter_provider(&self) -> bool {
        self.meter.is_some()
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = |explicit: bool| if explicit { "explicit" } else { "global" };
        f.debug_struct("Providers")
            .field("tracer", &origin(self.tracer.is_some()))
            .field("meter", &origin(self.meter.is_some()))
            .field("propagator", &origin(self.propagator.is_some()))
            .finish()
    }
}

/// Whether `tracer` is the API's no-op, found out without starting a span that anybody could see: under a suppressed
/// context an SDK makes nothing, while the no-op repeats its parent's identity.
fn is_noop(tracer: &BoxedTracer) -> bool {
    static PARENT: LazyLock<Context> = LazyLock::new(|| {
        let identity = SpanContext::new(
            TraceId::from(u128::MAX),
            SpanId::from(u64::MAX),
            TraceFlags::NOT_SAMPLED,
            true,
            TraceState::NONE,
        );
        Context::new().with_remote_span_context(identity).with_telemetry_suppressed()
    });
    let probe = tracer.build_with_context(SpanBuilder::default(), &PARENT);
    probe.span_context() == PARENT.span().span_context()
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::noop::NoopTracerProvider;
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;

    fn tracer_of<P: ObjectSafeTracerProvider + Send + Sync + 'static>(
        provider: P,
    ) -> Option<BoxedTracer> {
        let mut providers = Providers::default();
        providers.set_tracer_provider(provider);
        providers.tracer(&InstrumentationScope::builder("test").build())
    }

    #[test]
    fn tells_a_tracer_from_the_no_op() {
        assert!(tracer_of(NoopTracerProvider::new()).is_none());
        assert!(tracer_of(SdkTracerProvider::builder().build()).is_some());
    }

    #[test]
    fn asking_leaves_no_span_behind() {
        let exporter = opentelemetry_sdk::trace::InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        assert!(tracer_of(provider).is_some());
        assert_eq!(exporter.get_finished_spans().expect("spans"), []);
    }

    #[test]
    fn tells_a_meter_from_the_no_op() {
        let scope = InstrumentationScope::builder("test").build();
        let mut providers = Providers::default();
        providers.set_meter_provider(opentelemetry::metrics::noop::NoopMeterProvider::new());
        assert!(providers.meter(&scope).is_none());
        providers
            .set_meter_provider(opentelemetry_sdk::metrics::SdkMeterProvider::builder().build());
        assert!(providers.meter(&scope).is_some());
    }
}
