//! The setters that the builders of all integrations have in common.

/// Gives a builder that has a field `providers: Providers` its setters: of the tracer and the meter
/// provider, and with `propagator` also of the propagator.
///
/// ```
/// use otelier_instrument::{Providers, provider_setters};
///
/// #[derive(Default)]
/// pub struct Builder {
///     providers: Providers,
/// }
///
/// impl Builder {
///     provider_setters!(propagator);
/// }
///
/// Builder::default().with_meter_provider(opentelemetry::metrics::noop::NoopMeterProvider::new());
/// ```
#[macro_export]
macro_rules! provider_setters {
    () => {
        /// Sends spans to `provider` instead of the global one. A `NoopTracerProvider` turns them
        /// off.
        #[must_use]
        pub fn with_tracer_provider<P>(mut self, provider: P) -> Self
        where
            P: $crate::kit::opentelemetry::global::ObjectSafeTracerProvider + Send + Sync + 'static,
        {
            self.providers.set_tracer_provider(provider);
            self
        }

        /// Sends metrics to `provider` instead of the global one. A `NoopMeterProvider` turns them
        /// off.
        #[must_use]
        pub fn with_meter_provider<P>(mut self, provider: P) -> Self
        where
            P: $crate::kit::opentelemetry::metrics::MeterProvider + Send + Sync + 'static,
        {
            self.providers.set_meter_provider(provider);
            self
        }
    };
    (propagator) => {
        $crate::provider_setters!();

        /// Reads and writes context with `propagator` instead of the global one.
        #[must_use]
        pub fn with_propagator<P>(mut self, propagator: P) -> Self
        where
            P: $crate::kit::opentelemetry::propagation::TextMapPropagator + Send + Sync + 'static,
        {
            self.providers.set_propagator(propagator);
            self
        }
    };
}
