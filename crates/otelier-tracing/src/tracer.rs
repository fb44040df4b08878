//! A tracer that finds the pipeline when there is one, not when the layer is built, and whose spans
//! hold no secrets.
//!
//! `tracing_opentelemetry` takes a tracer when the layer is built, which is often before `init`.
//! `LateTracer` asks for the pipeline at each span until there is one, and then keeps its tracer
//! for good.
//!
//! Attributes are masked in two places: those that a span starts with in `build_with_context`, and
//! those that are added later in `MaskedSpan`. Events need no masking here, as the layer's filter
//! keeps them out.
//!
//! An attribute that is added to a span that is not recorded is dropped without being masked.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};
use std::time::SystemTime;

use opentelemetry::global::{BoxedSpan, BoxedTracer};
use opentelemetry::trace::noop::NoopTracer;
use opentelemetry::trace::{Span, SpanBuilder, SpanContext, Status, Tracer, TracerProvider as _};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otelier_instrument::masking::MASK;
use otelier_instrument::scope;

use crate::masked::Masking;

/// Makes the spans before there is a pipeline: they are never recorded.
static NOOP: LazyLock<BoxedTracer> =
    LazyLock::new(|| BoxedTracer::new(Box::new(NoopTracer::new())));

/// Makes spans as soon as Otelier is set up, and until then none: a layer may be built before
/// `init`.
#[derive(Debug, Default)]
pub(crate) struct LateTracer {
    /// Set once; a later pipeline does not replace it.
    found: OnceLock<BoxedTracer>,
}

impl LateTracer {
    /// Makes spans with `provider`.
    pub(crate) fn of(provider: &SdkTracerProvider) -> Self {
        let late = Self::default();
        late.find(provider);
        late
    }

    /// Keeps a tracer of `provider`, unless another thread was first.
    fn find(&self, provider: &SdkTracerProvider) {
        let tracer = provider.tracer_with_scope(scope!());
        let _ = self.found.set(BoxedTracer::new(Box::new(tracer)));
    }

    /// `None` before there is a pipeline.
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
    type Span = MaskedSpan;

    fn build_with_context(&self, mut builder: SpanBuilder, parent: &Context) -> MaskedSpan {
        let Some(tracer) = self.get() else {
            return MaskedSpan(NOOP.build_with_context(builder, parent));
        };
        if let Some(attributes) = &mut builder.attributes
            && !attributes.is_empty()
        {
            let masking = Masking::current();
            attributes.iter_mut().for_each(|attribute| mask(attribute, &masking));
        }
        MaskedSpan(tracer.build_with_context(builder, parent))
    }
}

/// A span whose attributes are masked as the fields of events are.
#[derive(Debug)]
pub(crate) struct MaskedSpan(BoxedSpan);

impl Span for MaskedSpan {
    fn add_event_with_timestamp<T>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        T: Into<Cow<'static, str>>,
    {
        self.0.add_event_with_timestamp(name, timestamp, attributes);
    }

    fn span_context(&self) -> &SpanContext {
        self.0.span_context()
    }

    fn is_recording(&self) -> bool {
        self.0.is_recording()
    }

    fn set_attribute(&mut self, mut attribute: KeyValue) {
        if self.is_recording() {
            mask(&mut attribute, &Masking::current());
            self.0.set_attribute(attribute);
        }
    }

    fn set_status(&mut self, status: Status) {
        self.0.set_status(status);
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        self.0.update_name(new_name);
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        self.0.add_link(span_context, attributes);
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.0.end_with_timestamp(timestamp);
    }
}

/// Replaces the value of a sensitive key. In other text it masks the parts that are sensitive;
/// numbers stay.
fn mask(attribute: &mut KeyValue, masking: &Masking) {
    if masking.is_sensitive(attribute.key.as_str()) {
        attribute.value = MASK.into();
    } else if let Value::String(text) = &attribute.value {
        let masked = masking.text(text.as_str().to_owned());
        if masked != text.as_str() {
            attribute.value = masked.into();
        }
    }
}
