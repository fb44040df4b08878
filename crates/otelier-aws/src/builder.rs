//! The choices that a user makes about a client's telemetry.

use opentelemetry::global::ObjectSafeTracerProvider;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::propagation::TextMapPropagator;
use otelier_instrument::Providers;
use otelier_instrument::semconv::aws::{AttemptRecording, AwsOptions};

use crate::interceptor::OtelInterceptor;

/// Builds an [`OtelInterceptor`]; made by [`OtelInterceptor::builder`].
///
/// What is not chosen here is taken from the process-wide settings, and providers from [`opentelemetry::global`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OtelInterceptorBuilder {
    providers: Providers,
    options: AwsOptions,
}

impl OtelInterceptorBuilder {
    /// Sends spans to `provider`. A `NoopTracerProvider` turns them off.
    pub fn with_tracer_provider<P>(mut self, provider: P) -> Self
    where
        P: ObjectSafeTracerProvider + Send + Sync + 'static,
    {
        self.providers.set_tracer_provider(provider);
        self
    }

    /// Sends metrics to `provider`. A `NoopMeterProvider` turns them off.
    pub fn with_meter_provider<P>(mut self, provider: P) -> Self
    where
        P: MeterProvider + Send + Sync + 'static,
    {
        self.providers.set_meter_provider(provider);
        self
    }

    /// Reads and writes the context of messages with `propagator`.
    pub fn with_propagator<P>(mut self, propagator: P) -> Self
    where
        P: TextMapPropagator + Send + Sync + 'static,
    {
        self.providers.set_propagator(propagator);
        self
    }

    /// Chooses how the attempts that a call takes are recorded: as events by default.
    pub fn with_attempts(mut self, attempts: AttemptRecording) -> Self {
        self.options.attempts = attempts;
        self
    }

    /// Chooses whether a successful poll of a queue that brought no message leaves no span: `true` by default.
    ///
    /// A span that was started cannot be taken back. So with `true` the span of a poll is made when its outcome is known,
    /// and the caller's context, not the poll's, is the current one inside the call.
    pub fn with_filtered_empty_polls(mut self, filtered: bool) -> Self {
        self.options.filter_empty_polls = Some(filtered);
        self
    }

    /// Builds the interceptor.
    #[must_use]
    pub fn build(self) -> OtelInterceptor {
        OtelInterceptor::from_parts(self.providers, self.options)
    }
}
