//! What there is in place of the reader for Prometheus in a program without the feature.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::MeterProviderBuilder;

use crate::config::PrometheusSettings;
use crate::pipeline::Step;

/// The reason why Prometheus is served nothing.
pub(crate) fn prometheus_reader(
    _settings: &PrometheusSettings,
    _resource: &Resource,
) -> Result<Step<MeterProviderBuilder>, String> {
    Err("Prometheus needs the feature `prometheus`".to_owned())
}
