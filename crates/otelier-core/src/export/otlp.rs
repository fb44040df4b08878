//! Builds the OTLP exporter of each signal from its settings.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, Protocol as OtlpProtocol, SpanExporter,
    WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use opentelemetry_sdk::metrics::Temporality;
use tokio::runtime::Handle;

use super::grpc::{self, ExportRuntime};
use super::health::{Health, Watched};
use super::http::ExportClient;
use crate::config::{Compression, OtlpSettings, Protocol, TemporalityPreference};

/// A timeout of zero means none; the libraries below need some number, and not one that overflows their clocks.
const NO_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The runtime for gRPC, started by the first exporter that needs it and shared by all.
#[derive(Debug, Default)]
pub(crate) struct RuntimeSlot(Option<ExportRuntime>);

impl RuntimeSlot {
    pub(crate) fn into_inner(self) -> Option<ExportRuntime> {
        self.0
    }

    fn handle(&mut self) -> Result<Handle, String> {
        let runtime = match self.0.take() {
            Some(runtime) => runtime,
            None => {
                ExportRuntime::start().map_err(|error| format!("no thread for gRPC: {error}"))?
            }
        };
        Ok(self.0.insert(runtime).handle().clone())
    }
}

/// Builds exporters that share what can be shared.
pub(crate) struct OtlpExporters<'a> {
    pub(crate) runtime: &'a mut RuntimeSlot,
}

/// Configures and builds one exporter; the three builders share their traits but no type.
macro_rules! build {
    ($self:ident, $builder:expr, $settings:ident, $limit:ident, $health:ident) => {{
        let timeout = effective_timeout($settings.timeout.value, $limit);
        let endpoint = &$settings.endpoint.value;
        let destination = endpoint.shown().to_owned();
        let (exporter, runtime) = match $settings.protocol.value {
            Protocol::Grpc => {
                let runtime = $self.runtime.handle()?;
                let _entered = runtime.enter();
                let mut builder = $builder
                    .with_tonic()
                    .with_timeout(timeout)
                    .with_interceptor(grpc::headers($settings));
                if endpoint.url.starts_with("https:") {
                    builder = builder.with_tls_config(grpc::tls(&$settings.tls.value));
                }
                if let Some(compression) = $settings.compression.value {
                    builder =
                        WithTonicConfig::with_compression(builder, otlp_compression(compression));
                }
                let exporter = builder.with_endpoint(endpoint.url.clone()).build();
                (exporter, Some((runtime.clone(), timeout)))
            }
            Protocol::HttpProtobuf | Protocol::HttpJson => {
                let client = ExportClient::new($settings, timeout, Arc::clone(&$health))?;
                let mut builder = $builder
                    .with_http()
                    .with_http_client(client)
                    .with_protocol(http_protocol($settings.protocol.value))
                    .with_timeout(timeout);
                if let Some(compression) = $settings.compression.value {
                    builder =
                        WithHttpConfig::with_compression(builder, otlp_compression(compression));
                }
                // Only what may be shown: our client knows the rest.
                (builder.with_endpoint(destination.clone()).build(), None)
            }
        };
        let exporter = exporter.map_err(|error: ExporterBuildError| error.to_string())?;
        Ok(Watched { exporter, health: $health, destination, runtime })
    }};
}

impl OtlpExporters<'_> {
    /// `limit` is what the batch allows for an export, on top of what OTLP does.
    pub(crate) fn spans(
        &mut self,
        settings: &OtlpSettings,
        limit: Duration,
        health: Arc<Health>,
    ) -> Result<Watched<SpanExporter>, String> {
        build!(self, SpanExporter::builder(), settings, limit, health)
    }

    pub(crate) fn metrics(
        &mut self,
        settings: &OtlpSettings,
        temporality: TemporalityPreference,
        limit: Duration,
        health: Arc<Health>,
    ) -> Result<Watched<MetricExporter>, String> {
        // Said even if it is the default, for otherwise the exporter reads the variable by itself.
        let builder = MetricExporter::builder().with_temporality(sdk_temporality(temporality));
        build!(self, builder, settings, limit, health)
    }

    pub(crate) fn logs(
        &mut self,
        settings: &OtlpSettings,
        limit: Duration,
        health: Arc<Health>,
    ) -> Result<Watched<LogExporter>, String> {
        build!(self, LogExporter::builder(), settings, limit, health)
    }
}

/// The SDK's threads ignore the export timeouts of batches and readers, so the exporter keeps them.
fn effective_timeout(exporter: Duration, limit: Duration) -> Duration {
    [exporter, limit]
        .into_iter()
        .filter(|timeout| !timeout.is_zero())
        .min()
        .unwrap_or(NO_LIMIT)
        .min(NO_LIMIT)
}

fn http_protocol(protocol: Protocol) -> OtlpProtocol {
    match protocol {
        Protocol::HttpJson => OtlpProtocol::HttpJson,
        Protocol::HttpProtobuf | Protocol::Grpc => OtlpProtocol::HttpBinary,
    }
}

fn sdk_temporality(preference: TemporalityPreference) -> Temporality {
    match preference {
        TemporalityPreference::Cumulative => Temporality::Cumulative,
        TemporalityPreference::Delta => Temporality::Delta,
        TemporalityPreference::LowMemory => Temporality::LowMemory,
    }
}

fn otlp_compression(compression: Compression) -> opentelemetry_otlp::Compression {
    match compression {
        Compression::Gzip => opentelemetry_otlp::Compression::Gzip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_timeout_counts_and_zero_is_none() {
        let s = Duration::from_secs;
        for (exporter, limit, expected) in [
            (s(10), s(30), s(10)),
            (s(10), s(2), s(2)),
            (s(0), s(30), s(30)),
            (s(0), s(0), NO_LIMIT),
            (Duration::MAX, s(0), NO_LIMIT),
        ] {
            assert_eq!(effective_timeout(exporter, limit), expected);
        }
    }
}
