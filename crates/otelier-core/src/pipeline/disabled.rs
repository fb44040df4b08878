//! Providers that record nothing and cost nothing.
//!
//! A provider that was shut down hands out tracers, meters and loggers that do nothing, which is
//! the cheapest way to be off. Its error, that there was nothing to shut down, is ignored.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

/// Its spans have an invalid context, so that nothing is propagated for them.
pub(super) fn tracer_provider() -> SdkTracerProvider {
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder_empty().build())
        .with_sampler(Sampler::AlwaysOff)
        .build();
    let _ = provider.shutdown();
    provider
}

/// Its instruments record nothing.
pub(super) fn meter_provider() -> SdkMeterProvider {
    let provider =
        SdkMeterProvider::builder().with_resource(Resource::builder_empty().build()).build();
    let _ = provider.shutdown();
    provider
}

/// Its loggers still make records, which `log_record` relies on, and emit none.
pub(super) fn logger_provider() -> SdkLoggerProvider {
    let provider =
        SdkLoggerProvider::builder().with_resource(Resource::builder_empty().build()).build();
    let _ = provider.shutdown();
    provider
}
