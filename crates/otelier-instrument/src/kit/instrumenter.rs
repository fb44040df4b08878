//! What every operation of an integration shares: its scope, its tracer and its instruments, resolved once.

use std::fmt;
use std::sync::OnceLock;

use opentelemetry::global::BoxedTracer;
use opentelemetry::metrics::Meter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::{Context, InstrumentationScope};

use crate::kit::Providers;
use crate::kit::catch_panic;
use crate::kit::pace::Pace;
use crate::semconv::SCHEMA_URL;
use crate::settings;

/// The metric instruments of one semantic-convention domain.
pub(crate) trait Instruments: Send + Sync + 'static {
    /// Creates them, with the names, units and boundaries that the conventions give.
    fn create(meter: &Meter) -> Self;
}

/// The instrumentation scope of a crate: `scope!()` in an integration names that integration.
///
/// Expands to an [`InstrumentationScope`] with the calling crate's name and version and the schema URL of the
/// conventions it follows. Source:
/// <https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/>.
#[macro_export]
macro_rules! scope {
    () => {
        $crate::scope_of(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    };
}

/// The scope called `name`, in this crate's version of the conventions. [`scope!`](crate::scope!) calls it.
#[must_use]
pub fn scope_of(name: &'static str, version: &'static str) -> InstrumentationScope {
    InstrumentationScope::builder(name).with_version(version).with_schema_url(SCHEMA_URL).build()
}

/// Resolves the tracer and the instruments of a scope, lazily and once.
pub(crate) struct Instrumenter<I> {
    scope: InstrumentationScope,
    providers: Providers,
    tracer: Resolved<BoxedTracer>,
    instruments: Resolved<I>,
}

impl<I: Instruments> Instrumenter<I> {
    pub(crate) fn new(scope: InstrumentationScope, providers: Providers) -> Self {
        let tracer = Resolved::new(providers.has_tracer_provider());
        let instruments = Resolved::new(providers.has_meter_provider());
        Self { scope, providers, tracer, instruments }
    }

    /// The tracer, as soon as there is one that makes spans.
    pub(crate) fn tracer(&self) -> Option<&BoxedTracer> {
        self.tracer.get_or_resolve(|| self.providers.tracer(&self.scope))
    }

    /// The instruments, as soon as there is a meter provider that records.
    pub(crate) fn instruments(&self) -> Option<&I> {
        self.instruments
            .get_or_resolve(|| self.providers.meter(&self.scope).map(|meter| I::create(&meter)))
    }

    /// Who is to be told of an operation that starts under `parent`: nobody where integrations are switched off, or
    /// telemetry is suppressed.
    pub(crate) fn enabled_signals(&self, parent: &Context) -> EnabledSignals<'_, I> {
        match settings::are_enabled() && !parent.is_telemetry_suppressed() {
            true => EnabledSignals { tracer: self.tracer(), instruments: self.instruments() },
            false => EnabledSignals { tracer: None, instruments: None },
        }
    }

    /// Measures with the instruments, as soon as there are any.
    pub(crate) fn measure(&self, work: impl FnOnce(&I)) {
        if let Some(instruments) = self.instruments() {
            catch_panic(|| work(instruments));
        }
    }

    /// What `work` makes of the propagator; nothing if that panics, or if integrations are switched off.
    pub(crate) fn with_propagator<T>(
        &self,
        work: impl FnMut(&dyn TextMapPropagator) -> T,
    ) -> Option<T> {
        settings::are_enabled().then(|| self.providers.with_propagator(work)).flatten()
    }

    /// `cx` with what `carrier` holds of a remote context.
    pub(crate) fn extract(&self, cx: &Context, carrier: &dyn Extractor) -> Context {
        self.with_propagator(|propagator| propagator.extract_with_context(cx, carrier))
            .unwrap_or_else(|| cx.clone())
    }

    /// Writes `cx` into `carrier`, and tells whether the propagator came to an end: if not, `carrier` may have a part of
    /// the context only.
    pub(crate) fn inject(&self, cx: &Context, carrier: &mut dyn Injector) -> bool {
        self.with_propagator(|propagator| propagator.inject_context(cx, carrier)).is_some()
    }

    /// The names of the fields that the propagator reads and writes.
    pub(crate) fn propagation_fields(&self) -> Vec<String> {
        self.with_propagator(|propagator| propagator.fields().map(str::to_owned).collect())
            .unwrap_or_default()
    }

    /// Whether the propagator reads and writes the field `name`, in any case.
    pub(crate) fn has_propagation_field(&self, name: &str) -> bool {
        self.with_propagator(|propagator| {
            propagator.fields().any(|field| field.eq_ignore_ascii_case(name))
        })
        .unwrap_or_default()
    }
}

/// Who is told of an operation.
pub(crate) struct EnabledSignals<'a, I> {
    pub(crate) tracer: Option<&'a BoxedTracer>,
    pub(crate) instruments: Option<&'a I>,
}

impl<I> EnabledSignals<'_, I> {
    /// Whether there is nobody, so that an operation has nothing to do but pass its context on.
    pub(crate) fn is_empty(&self) -> bool {
        self.tracer.is_none() && self.instruments.is_none()
    }
}

impl<I> fmt::Debug for Instrumenter<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instrumenter")
            .field("scope", &self.scope.name())
            .field("providers", &self.providers)
            .finish_non_exhaustive()
    }
}

/// A value that is looked for until found, or looked for once where the answer is final.
struct Resolved<T> {
    found: OnceLock<Option<T>>,
    /// `None` where the answer is final.
    pace: Option<Pace>,
}

impl<T> Resolved<T> {
    fn new(is_final: bool) -> Self {
        Self { found: OnceLock::new(), pace: (!is_final).then(Pace::new) }
    }

    fn get_or_resolve(&self, resolve: impl FnOnce() -> Option<T>) -> Option<&T> {
        if let Some(found) = self.found.get() {
            return found.as_ref();
        }
        let Some(pace) = &self.pace else {
            return self.found.get_or_init(|| catch_panic(resolve).flatten()).as_ref();
        };
        let look = pace.look()?;
        // What panics once is not asked again: each time would be reported, and none would help.
        let found = catch_panic(resolve);
        if matches!(found, Some(None)) {
            pace.missed(look);
            return None;
        }
        self.found.get_or_init(|| found.flatten()).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_goes_without_while_somebody_else_looks() {
        let resolved = Resolved::new(false);
        // Comes while the first one has not yet found what is there.
        let second = || resolved.get_or_resolve(|| Some(2)).copied();
        let mut seconds = None;
        let first = resolved.get_or_resolve(|| {
            seconds = second();
            Some(1)
        });
        assert_eq!((first.copied(), seconds), (Some(2), Some(2)));
    }
}
