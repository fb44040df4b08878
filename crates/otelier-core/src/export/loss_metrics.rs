//! Losses as metrics, by the semantic conventions for SDKs.
//!
//! Only what failed is counted: what succeeded is what arrives. Source:
//! <https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/>.
//!
//! The names are those of the exporter and of the batch processor of the SDK, whose counters have
//! the attribute `error.type` for what failed.

use http::Uri;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Meter};
use otelier_instrument::semconv::{attribute, metric};

use crate::config::{OtlpSettings, Protocol, Signal};

/// The counters of one exporter, and of the processor in front of it.
/// They are made once metrics are there, so what is lost before that is in no metric, and only in
/// the status.
#[derive(Debug)]
pub(super) struct LossMetrics {
    /// Of the exporter, in the unit of the signal.
    exported: Counter<u64>,
    /// The attributes of the exporter: its name, its type and the server.
    exporter: Vec<KeyValue>,
    /// Of the processor. Metrics have none, so nothing can be dropped there.
    processed: Option<Counter<u64>>,
    /// The attributes of the processor.
    processor: Vec<KeyValue>,
}

impl LossMetrics {
    /// `settings` is `None` for a file. `number` makes the names of the components unique in a
    /// pipeline.
    pub(super) fn new(
        meter: &Meter,
        signal: Signal,
        settings: Option<&OtlpSettings>,
        number: usize,
    ) -> Self {
        let (exported, unit) = match signal {
            Signal::Traces => (metric::OTEL_SDK_EXPORTER_SPAN_EXPORTED, "{span}"),
            Signal::Metrics => {
                (metric::OTEL_SDK_EXPORTER_METRIC_DATA_POINT_EXPORTED, "{data_point}")
            }
            Signal::Logs => (metric::OTEL_SDK_EXPORTER_LOG_EXPORTED, "{log_record}"),
        };
        let processed = match signal {
            Signal::Traces => Some(metric::OTEL_SDK_PROCESSOR_SPAN_PROCESSED),
            Signal::Metrics => None,
            Signal::Logs => Some(metric::OTEL_SDK_PROCESSOR_LOG_PROCESSED),
        };
        let counter = |name| meter.u64_counter(name).with_unit(unit).build();
        Self {
            exported: counter(exported),
            exporter: match settings {
                Some(settings) => exporter(settings, number),
                None => component("otlp_file_exporter", number),
            },
            processed: processed.map(counter),
            processor: match signal {
                Signal::Logs => component("batching_log_processor", number),
                Signal::Traces | Signal::Metrics => component("batching_span_processor", number),
            },
        }
    }

    /// `lost` items were given to the exporter and did not arrive.
    /// `error_type` is of low cardinality.
    /// The number of what was delivered is not added to this counter.
    pub(super) fn export_failed(&self, lost: u64, error_type: &str) {
        self.exported.add(lost, &with_error(&self.exporter, error_type));
    }

    /// `dropped` items found no room in the queue.
    /// The value of `error.type` is that of the conventions for a full queue.
    pub(super) fn queue_full(&self, dropped: u64) {
        if let Some(processed) = &self.processed {
            processed.add(dropped, &with_error(&self.processor, "queue_full"));
        }
    }
}

/// Where the URL has no port, it is that of the scheme.
/// An endpoint without a host has no `server.address`.
fn exporter(settings: &OtlpSettings, number: usize) -> Vec<KeyValue> {
    let kind = match settings.protocol.value {
        Protocol::Grpc => "otlp_grpc_exporter",
        Protocol::HttpProtobuf => "otlp_http_exporter",
        Protocol::HttpJson => "otlp_http_json_exporter",
    };
    let mut attributes = component(kind, number);
    let uri = settings.endpoint.value.url.parse::<Uri>().unwrap_or_default();
    if let Some(host) = uri.host() {
        attributes.push(KeyValue::new(attribute::SERVER_ADDRESS, host.to_owned()));
    }
    let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let port = uri.port_u16().unwrap_or(default);
    attributes.push(KeyValue::new(attribute::SERVER_PORT, i64::from(port)));
    attributes
}

/// A component is named after its type and number, as in `otlp_http_exporter/0`.
fn component(kind: &'static str, number: usize) -> Vec<KeyValue> {
    vec![
        KeyValue::new(attribute::OTEL_COMPONENT_NAME, format!("{kind}/{number}")),
        KeyValue::new(attribute::OTEL_COMPONENT_TYPE, kind),
    ]
}

/// A copy of the attributes with `error.type` added.
fn with_error(component: &[KeyValue], error_type: &str) -> Vec<KeyValue> {
    let error = KeyValue::new(attribute::ERROR_TYPE, error_type.to_owned());
    component.iter().cloned().chain([error]).collect()
}
