//! A tracer that finds the pipeline when there is one, not when the layer is built.

use std::sync::{LazyLock, OnceLock};

use opentelemetry::Context;
use opentelemetry::global::{BoxedSpan, BoxedTracer};
use opentelemetry::trace::noop::NoopTracer;
use opentelemetry::trace::{SpanBuilder, Tracer, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otelier_instrument::scope;

static NOOP: LazyLock<BoxedTracer> =
    LazyLock::new(|| BoxedTracer::new(Box::new(NoopTracer::new())));

/// Makes spans as soon as Otelier is set up, and until then none: a layer may be built before
/// `init`.
#[derive(Debug, Default)]
pub(crate) struct LateTracer {
    found: OnceLock<BoxedTracer>,
}

impl LateTracer {
    /// Makes spans with `provider`.
    pub(crate) fn of(provider: &SdkTracerProvider) -> Self {
        let late = Self::default();
        late.find(provider);
        late
    }

    fn find(&self, provider: &SdkTracerProvider) {
        let tracer = provider.tracer_with_scope(scope!());
        let _ = self.found.set(BoxedTracer::new(Box::new(tracer)));
    }

    fn get(&self) -> Option<&BoxedTracer> {
        if self.found.get().is_none()
            && let Some(provider) = otelier_core::tracer_provider()
        {
            self.find(&provider);
        }
        self.found.get()
    }
}

impl Tracer for LateTracer {
    type Span = BoxedSpan;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> BoxedSpan {
        self.get().unwrap_or(&NOOP).build_with_context(builder, parent)
    }
}
