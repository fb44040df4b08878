//! Where an integration's telemetry goes: providers given in code, else the global ones.

use std::any::TypeId;
use std::fmt;
use std::sync::{Arc, LazyLock};

use opentelemetry::global::{self, BoxedTracer, ObjectSafeTracerProvider};
use opentelemetry::logs::LoggerProvider;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState,
    Tracer, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope};

use crate::kit::exception::{EmitEntry, global_logger_provider};
use crate::kit::{catch_panic, change};

/// The providers and the propagator of one integration.
///
/// What is not given is taken from [`opentelemetry::global`]. An integration may be built before
/// the global providers are set: it looks for them until it finds them, at once after
/// [`announce_providers`](crate::announce_providers) and at most every 10 ms otherwise.
///
/// ```
/// use opentelemetry::metrics::noop::NoopMeterProvider;
/// use otelier_instrument::Providers;
///
/// // Spans go to the global provider, metrics nowhere.
/// let mut providers = Providers::default();
/// providers.set_meter_provider(NoopMeterProvider::new());
/// ```
#[derive(Clone, Default)]
pub struct Providers {
    tracer: Source<dyn ObjectSafeTracerProvider + Send + Sync>,
    meter: Source<dyn MeterProvider + Send + Sync>,
    logger: Option<Arc<dyn EmitEntry>>,
    propagator: Option<Arc<dyn TextMapPropagator + Send + Sync>>,
}

/// Says that global providers were set, so that the next operation of each integration looks for
/// them at once.
///
/// `otelier::init()` calls it. Without the call they are found 10 ms later at the latest.
pub fn announce_providers() {
    change::announce();
}

#[derive(Default)]
enum Source<P: ?Sized> {
    #[default]
    Global,
    /// The API's no-op provider was given in code: the signal is off.
    Off,
    Given(Arc<P>),
}

impl Providers {
    /// Sends spans to `provider`. A [`NoopTracerProvider`] turns them off.
    pub fn set_tracer_provider<P>(&mut self, provider: P)
    where
        P: ObjectSafeTracerProvider + Send + Sync + 'static,
    {
        self.tracer = match TypeId::of::<P>() == TypeId::of::<NoopTracerProvider>() {
            true => Source::Off,
            false => Source::Given(Arc::new(provider)),
        };
    }

    /// Sends metrics to `provider`. A [`NoopMeterProvider`] turns them off.
    pub fn set_meter_provider<P>(&mut self, provider: P)
    where
        P: MeterProvider + Send + Sync + 'static,
    {
        self.meter = match TypeId::of::<P>() == TypeId::of::<NoopMeterProvider>() {
            true => Source::Off,
            false => Source::Given(Arc::new(provider)),
        };
    }

    /// Writes errors as log records to `provider`, where an operation records any.
    pub fn set_logger_provider<P>(&mut self, provider: P)
    where
        P: LoggerProvider + Send + Sync + 'static,
    {
        self.logger = Some(Arc::new(provider));
    }

    /// Reads and writes context with `propagator`.
    pub fn set_propagator<P>(&mut self, propagator: P)
    where
        P: TextMapPropagator + Send + Sync + 'static,
    {
        self.propagator = Some(Arc::new(propagator));
    }

    /// Whether nothing was given in code. What is made of such providers is the same every time, so
    /// that an integration can make it once for all its users.
    ///
    /// ```
    /// use opentelemetry::metrics::noop::NoopMeterProvider;
    /// use otelier_instrument::Providers;
    ///
    /// let mut providers = Providers::default();
    /// assert!(providers.are_global());
    /// providers.set_meter_provider(NoopMeterProvider::new());
    /// assert!(!providers.are_global());
    /// ```
    #[must_use]
    pub fn are_global(&self) -> bool {
        let Self { tracer, meter, logger, propagator } = self;
        !tracer.is_chosen() && !meter.is_chosen() && logger.is_none() && propagator.is_none()
    }

    /// Whether a meter provider was given in code.
    #[must_use]
    pub fn has_meter_provider(&self) -> bool {
        self.meter.is_chosen()
    }

    /// Whether a tracer provider was given in code.
    pub(super) fn has_tracer_provider(&self) -> bool {
        self.tracer.is_chosen()
    }

    /// Where log records go; none if logs are off, or as long as there is no provider.
    pub(super) fn logger(&self) -> Option<Arc<dyn EmitEntry>> {
        self.logger.clone().or_else(global_logger_provider)
    }

    /// What `work` returns for the propagator; nothing if it panics.
    pub(super) fn with_propagator<T>(
        &self,
        mut work: impl FnMut(&dyn TextMapPropagator) -> T,
    ) -> Option<T> {
        catch_panic(|| match &self.propagator {
            Some(propagator) => work(&**propagator),
            None => global::get_text_map_propagator(work),
        })
    }

    /// A tracer; none if spans are off, or as long as no global provider is set.
    pub(super) fn tracer(&self, scope: &InstrumentationScope) -> Option<BoxedTracer> {
        match &self.tracer {
            Source::Off => None,
            Source::Given(provider) => Some(BoxedTracer::new(provider.boxed_tracer(scope.clone()))),
            Source::Global => {
                let tracer = global::tracer_provider().tracer_with_scope(scope.clone());
                (!is_noop(&tracer)).then_some(tracer)
            }
        }
    }

    /// A meter; none if metrics are off, or as long as no global provider is set.
    pub(super) fn meter(&self, scope: &InstrumentationScope) -> Option<Meter> {
        let meter =
            |provider: &(dyn MeterProvider + Send + Sync)| provider.meter_with_scope(scope.clone());
        match &self.meter {
            Source::Off => None,
            Source::Given(provider) => Some(meter(&**provider)),
            Source::Global => {
                let provider = global::meter_provider();
                // The API's no-op provider has no state. There is no other way to recognize it.
                (size_of_val(&*provider) > 0).then(|| meter(&*provider))
            }
        }
    }
}

impl<P: ?Sized> Source<P> {
    fn is_chosen(&self) -> bool {
        !matches!(self, Self::Global)
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Off => "off",
            Self::Given(_) => "explicit",
        }
    }
}

// A derived one would ask the same of `P`.
impl<P: ?Sized> Clone for Source<P> {
    fn clone(&self) -> Self {
        match self {
            Self::Global => Self::Global,
            Self::Off => Self::Off,
            Self::Given(provider) => Self::Given(Arc::clone(provider)),
        }
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let propagator = if self.propagator.is_some() { "explicit" } else { "global" };
        f.debug_struct("Providers")
            .field("tracer", &self.tracer.name())
            .field("meter", &self.meter.name())
            .field("logger", &if self.logger.is_some() { "explicit" } else { "global" })
            .field("propagator", &propagator)
            .finish()
    }
}

/// Whether `tracer` is the API's no-op. It is asked for a span under a suppressed context: an SDK
/// then records nothing, and the no-op alone answers with its parent's span context.
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
mod tests;
