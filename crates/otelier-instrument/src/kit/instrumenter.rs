//! What all operations of an integration share: its scope, its tracer and its instruments.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry::Context;
use opentelemetry::global::BoxedTracer;
use opentelemetry::logs::Severity;
use opentelemetry::metrics::Meter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

use crate::kit::exception::Entry;
use crate::kit::resolved::Resolved;
use crate::kit::{Exception, Integration, Providers, catch_panic, change};
use crate::settings;

/// The metric instruments of one domain.
///
/// ```
/// use opentelemetry::metrics::{Counter, Meter};
/// use otelier_instrument::kit::Instruments;
///
/// struct JobInstruments {
///     runs: Counter<u64>,
/// }
///
/// impl Instruments for JobInstruments {
///     fn create(meter: &Meter) -> Self {
///         Self { runs: meter.u64_counter("job.runs").with_unit("{run}").build() }
///     }
/// }
/// ```
///
/// A domain without metrics has `()`.
pub trait Instruments: Send + Sync + 'static {
    /// Creates the instruments, with the names, units and bucket boundaries of the conventions.
    fn create(meter: &Meter) -> Self;
}

impl Instruments for () {
    fn create(_: &Meter) -> Self {}
}

/// What all operations of an integration share: its scope, its tracer and its instruments.
///
/// Tracer and instruments are resolved when they are first needed: an instrumenter may be built
/// before the global providers are set. It is off where the settings say so, or under a context
/// that suppresses telemetry.
///
/// ```
/// use opentelemetry::Context;
/// use otelier_instrument::kit::{Instrumenter, Providers};
/// use otelier_instrument::integration;
///
/// let instrumenter = Instrumenter::<()>::new(integration!("my-database"), Providers::default());
/// let signals = instrumenter.enabled_signals(&Context::current());
/// assert!(signals.is_empty(), "no provider was set, so nothing is worth describing");
/// ```
pub struct Instrumenter<I> {
    integration: Integration,
    providers: Providers,
    enabled: Enabled,
    tracer: Resolved<BoxedTracer>,
    instruments: Resolved<I>,
}

impl<I: Instruments> Instrumenter<I> {
    /// An instrumenter for `integration` that sends telemetry to `providers`.
    #[must_use]
    pub fn new(integration: impl Into<Integration>, providers: Providers) -> Self {
        let tracer = Resolved::new(providers.has_tracer_provider());
        let instruments = Resolved::new(providers.has_meter_provider());
        let integration = integration.into();
        Self { integration, providers, enabled: Enabled::default(), tracer, instruments }
    }

    /// Whether an operation that started in the current context would be recorded, so that it is
    /// worth describing.
    pub fn enabled(&self) -> bool {
        Context::map_current(|cx| !self.enabled_signals(cx).is_empty())
    }

    /// The signals that an operation under `parent` is recorded with.
    pub fn enabled_signals(&self, parent: &Context) -> EnabledSignals<'_, I> {
        match self.is_switched_on() && !parent.is_telemetry_suppressed() {
            true => EnabledSignals { tracer: self.tracer(), instruments: self.instruments() },
            false => EnabledSignals { tracer: None, instruments: None },
        }
    }

    /// Whether the settings leave the integration on. If not, it emits nothing, and passes the
    /// current context on.
    pub fn is_switched_on(&self) -> bool {
        self.enabled.get(&self.integration.name) & Enabled::RECORDS != 0
    }

    /// The tracer, once there is a provider.
    pub fn tracer(&self) -> Option<&BoxedTracer> {
        self.tracer.get_or_resolve(|| self.providers.tracer(&self.integration.scope))
    }

    /// The instruments, once there is a provider.
    pub fn instruments(&self) -> Option<&I> {
        self.instruments.get_or_resolve(|| {
            self.providers.meter(&self.integration.scope).map(|meter| I::create(&meter))
        })
    }

    /// Calls `work` with the instruments, if there are any. A panic of the SDK or of a view goes no
    /// further.
    pub fn measure(&self, work: impl FnOnce(&I)) {
        if let Some(instruments) = self.instruments() {
            catch_panic(|| work(instruments));
        }
    }

    /// Whether an error under `cx` becomes a log record, so that it is worth describing.
    pub fn records_exceptions(&self, cx: &Context) -> bool {
        self.is_switched_on() && !cx.is_telemetry_suppressed() && self.providers.logger().is_some()
    }

    /// Writes `exception` as a log record called `name` that belongs to the span of `cx`.
    pub fn record_exception(
        &self,
        name: &'static str,
        severity: Severity,
        exception: &Exception,
        cx: &Context,
    ) {
        self.emit(Entry::of_exception(name, severity, exception, cx));
    }

    pub(crate) fn emit(&self, entry: Entry<'_>) {
        if self.is_switched_on()
            && !entry.cx.is_telemetry_suppressed()
            && let Some(logger) = self.providers.logger()
        {
            catch_panic(|| logger.emit(&self.integration.scope, entry));
        }
    }

    /// What `work` returns for the propagator; nothing if it panics, or if all integrations are
    /// switched off. One that is disabled by its name still passes the context on.
    pub fn with_propagator<T>(&self, work: impl FnMut(&dyn TextMapPropagator) -> T) -> Option<T> {
        let propagates = self.enabled.get(&self.integration.name) & Enabled::PROPAGATES != 0;
        propagates.then(|| self.providers.with_propagator(work)).flatten()
    }

    /// `cx` with the remote context that `carrier` holds.
    pub fn extract(&self, cx: &Context, carrier: &dyn Extractor) -> Context {
        self.with_propagator(|propagator| propagator.extract_with_context(cx, carrier))
            .unwrap_or_else(|| cx.clone())
    }

    /// Writes `cx` into `carrier`. Where that is `false`, the propagator panicked or all
    /// integrations are switched off, and `carrier` may hold a part of the context.
    pub fn inject(&self, cx: &Context, carrier: &mut dyn Injector) -> bool {
        self.with_propagator(|propagator| propagator.inject_context(cx, carrier)).is_some()
    }

    /// The names of the fields that the propagator reads and writes.
    pub fn propagation_fields(&self) -> Vec<String> {
        self.with_propagator(|propagator| propagator.fields().map(str::to_owned).collect())
            .unwrap_or_default()
    }

    /// Whether the propagator reads and writes the field `name`, in any case.
    pub fn has_propagation_field(&self, name: &str) -> bool {
        self.with_propagator(|propagator| {
            propagator.fields().any(|field| field.eq_ignore_ascii_case(name))
        })
        .unwrap_or_default()
    }
}

/// The signals that an operation is recorded with: [`Instrumenter::enabled_signals`].
///
/// An operation describes its request only if there are any, and then starts its span with the
/// tracer:
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry::trace::{SpanBuilder, SpanKind};
/// use otelier_instrument::integration;
/// use otelier_instrument::kit::{Instrumenter, OperationSpan, Providers};
///
/// fn start(instrumenter: &Instrumenter<()>) -> Option<OperationSpan> {
///     let parent = Context::current();
///     let signals = instrumenter.enabled_signals(&parent);
///     if signals.is_empty() {
///         return None;
///     }
///     Some(OperationSpan::start(signals.tracer(), SpanKind::Client, parent, || SpanBuilder {
///         name: "job".into(),
///         ..SpanBuilder::default()
///     }))
/// }
///
/// let instrumenter = Instrumenter::new(integration!("jobs"), Providers::default());
/// assert!(start(&instrumenter).is_none(), "there is no provider");
/// ```
pub struct EnabledSignals<'a, I> {
    tracer: Option<&'a BoxedTracer>,
    instruments: Option<&'a I>,
}

impl<'a, I> EnabledSignals<'a, I> {
    /// Whether there are none: the operation is a no-op that passes its context on.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tracer.is_none() && self.instruments.is_none()
    }

    /// The tracer, if spans are enabled.
    #[must_use]
    pub fn tracer(&self) -> Option<&'a BoxedTracer> {
        self.tracer
    }

    /// The instruments, if metrics are enabled.
    #[must_use]
    pub fn instruments(&self) -> Option<&'a I> {
        self.instruments
    }
}

impl<I> fmt::Debug for EnabledSignals<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnabledSignals")
            .field("traces", &self.tracer.is_some())
            .field("metrics", &self.instruments.is_some())
            .finish()
    }
}

impl<I> fmt::Debug for Instrumenter<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instrumenter")
            .field("integration", &self.integration.name)
            .field("providers", &self.providers)
            .finish_non_exhaustive()
    }
}

/// What the settings let an integration do, looked up once for each change of them.
struct Enabled(AtomicUsize);

impl Default for Enabled {
    fn default() -> Self {
        // A number of changes that is never reached.
        Self(AtomicUsize::new(usize::MAX))
    }
}

impl Enabled {
    /// The integration makes spans and metrics.
    const RECORDS: usize = 0b01;
    /// It passes context on.
    const PROPAGATES: usize = 0b10;
    const ANSWER: usize = Self::RECORDS | Self::PROPAGATES;

    fn get(&self, integration: &str) -> usize {
        // The number of changes, and in the lowest bits the answer.
        let changes = change::count() << 2;
        let known = self.0.load(Ordering::Relaxed);
        if known & !Self::ANSWER == changes {
            return known & Self::ANSWER;
        }
        let settings = settings::current();
        let mut answer = 0;
        if settings.is_enabled(integration) {
            answer |= Self::RECORDS;
        }
        if settings.enabled {
            answer |= Self::PROPAGATES;
        }
        self.0.store(changes | answer, Ordering::Relaxed);
        answer
    }
}
