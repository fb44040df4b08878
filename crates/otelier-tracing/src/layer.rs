//! The layer for a subscriber that a program builds itself.
//!
//! The layer is two layers in one. Spans go through `tracing_opentelemetry` with a tracer of this
//! crate, which finds the pipeline late and masks attributes. Events go through `LogLayer` and
//! become log records. The layer for spans is filtered so that it sees no events: otherwise each
//! would be recorded twice.
//!
//! What says nothing of the work, such as a span's place in the code, is off by default, as it
//! makes every span larger.

use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::logs::LogLayer;
use crate::own::is_own;
use crate::tracer::LateTracer;

/// A layer that sends the spans and events of `tracing` to the pipeline that [`otelier_core::init`]
/// sets up, whether that happens before or after.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// let subscriber = tracing_subscriber::registry().with(otelier_tracing::layer());
/// ```
#[must_use]
pub fn layer<S>() -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    layer_builder().build()
}

/// Starts a layer with choices of your own.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// let layer = otelier_tracing::layer_builder().with_span_fields(["user.id"]).build();
/// let subscriber = tracing_subscriber::registry().with(layer);
/// ```
pub fn layer_builder() -> LayerBuilder {
    LayerBuilder::default()
}

/// Choices for a [`layer`]; made by [`layer_builder`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing before `build` is called"]
pub struct LayerBuilder {
    /// `None` takes that of the pipeline, as soon as there is one.
    tracer_provider: Option<SdkTracerProvider>,
    /// `None` takes that of the pipeline, as soon as there is one.
    logger_provider: Option<SdkLoggerProvider>,
    /// Names of fields. Empty means that spans need not be looked at for events at all.
    span_fields: Vec<String>,
    location: bool,
    threads: bool,
    busy_times: bool,
}

impl LayerBuilder {
    /// Sends spans to `provider` instead of the pipeline's.
    pub fn with_tracer_provider(mut self, provider: SdkTracerProvider) -> Self {
        self.tracer_provider = Some(provider);
        self
    }

    /// Sends log records to `provider` instead of the pipeline's.
    pub fn with_logger_provider(mut self, provider: SdkLoggerProvider) -> Self {
        self.logger_provider = Some(provider);
        self
    }

    /// The fields of spans that the log records of events within them carry as attributes; none by
    /// default, since a span's fields may hold what should not be repeated.
    pub fn with_span_fields<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.span_fields.extend(names.into_iter().map(Into::into));
        self
    }

    /// Adds where a span stands in the code: `code.file.path`, `code.line.number` and
    /// `code.module.name`. Off by default.
    pub fn with_location(mut self, enabled: bool) -> Self {
        self.location = enabled;
        self
    }

    /// Adds the thread that a span was made on: `thread.id` and `thread.name`. Off by default.
    pub fn with_threads(mut self, enabled: bool) -> Self {
        self.threads = enabled;
        self
    }

    /// Adds how long a span was entered and how long it was not, in nanoseconds: `busy_ns` and
    /// `idle_ns`. Off by default. Where a future is dropped or a stream waits, these are of little
    /// meaning.
    pub fn with_busy_times(mut self, enabled: bool) -> Self {
        self.busy_times = enabled;
        self
    }

    /// Builds the layer.
    #[must_use]
    pub fn build<S>(self) -> impl Layer<S> + Send + Sync
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let tracer = self.tracer_provider.as_ref().map_or_else(LateTracer::default, LateTracer::of);
        let spans = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            // What says nothing of the work is left out unless it is asked for.
            .with_location(self.location)
            .with_threads(self.threads)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(self.busy_times)
            // An event is a log record, so it is no event of the span as well.
            .with_filter(filter_fn(is_foreign_span));
        spans.and_then(LogLayer::new(self.logger_provider.as_ref(), self.span_fields))
    }
}

/// What the layer for spans lets through: neither events nor spans of telemetry itself.
fn is_foreign_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && !is_own(metadata)
}
