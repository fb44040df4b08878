//! The reader that Prometheus pulls: metrics at `/metrics`, in its text format.
//!
//! `opentelemetry-prometheus` makes Prometheus' metrics of OpenTelemetry's when they are asked for,
//! and [`server`] answers who asks. What is asked for at the same time as it is sent by OTLP is the
//! same, since every reader collects by itself.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/prometheus/>.

mod server;

use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

use opentelemetry_prometheus::{PrometheusExporter, ResourceSelector};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{InstrumentKind, MeterProviderBuilder, Pipeline, Temporality};
use prometheus::Registry;

use self::server::Server;
use crate::config::PrometheusSettings;
use crate::pipeline::Step;

/// Serves metrics from now on, and returns the step that adds their reader. Before that step there
/// are none. Fails with the reason, such as a port that is in use.
pub(crate) fn prometheus_reader(
    settings: &PrometheusSettings,
    resource: &Resource,
) -> Result<Step<MeterProviderBuilder>, String> {
    let registry = Registry::new();
    let exporter = exporter(settings, resource, &registry)?;
    let (host, port) = (&settings.host.value, settings.port.value);
    let server = Server::start(host, port, registry)
        .map_err(|error| format!("nothing can listen for {settings}: {error}"))?;
    let reader = PullReader { exporter, server: Mutex::new(Some(server)) };
    Ok(Box::new(|builder| builder.with_reader(reader)))
}

/// The exporter that gives `registry` its metrics.
fn exporter(
    settings: &PrometheusSettings,
    resource: &Resource,
    registry: &Registry,
) -> Result<PrometheusExporter, String> {
    let labels = match &settings.resource_labels {
        None => ResourceSelector::None,
        Some(patterns) => {
            let keys = resource.iter().map(|(key, _)| key);
            let keys = keys.filter(|key| patterns.matches(key.as_str()));
            ResourceSelector::KeyAllowList(keys.cloned().collect())
        }
    };
    let mut builder = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .with_resource_selector(labels)
        .scope_info_enabled(settings.scope_info.value);
    if !settings.target_info.value {
        builder = builder.without_target_info();
    }
    if !settings.suffixes.value {
        builder = builder.without_units().without_counter_suffixes();
    }
    builder.build().map_err(|error| error.to_string())
}

/// The exporter's reader, and the server that lives as long as it.
#[derive(Debug)]
struct PullReader {
    exporter: PrometheusExporter,
    /// `None` after the shutdown.
    server: Mutex<Option<Server>>,
}

impl MetricReader for PullReader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.exporter.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.exporter.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    /// Ends the server first, so that nobody is told that there are no metrics any more.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        drop(self.server.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.exporter.temporality(kind)
    }
}

#[cfg(test)]
mod tests;
