//! The OTLP exporters: what carries telemetry to an endpoint, and what is done when that fails.
//!
//! From the SDK to the endpoint: a processor queues what ended (`processors`, `batch`), an exporter
//! (`otlp`) turns a batch into a request, splits it if it is too large (`splitting`), sends it
//! until it is accepted (`retry`) over `http` or `grpc`, and notes what became of it (`status`). Or
//! it writes the request as a line of a `file`.
//!
//! `request` is the message that is sent, `json` writes it, and `response` reads the answer.
//! `transport` is what `http` and `grpc` have in common; `headers`, `resolve` and `tls` are used by
//! both. `shutdown` is the deadline that all of them keep. `diagnosis` and `loss_metrics` are the
//! words and numbers of a status. `suppress_exporter_threads` keeps exports from making telemetry
//! of their own. `runtime` is for what needs tokio.
//!
//! `prometheus` is the other way round: it serves metrics to who asks for them.
//!
//! Nothing here returns an error to the program while it runs. What cannot be delivered is counted,
//! said in a warning, and reported by the next flush.

mod attribute_keys;
mod batch;
#[cfg(feature = "tls")]
mod crypto;
mod diagnosis;
mod file;
#[cfg(feature = "grpc")]
mod grpc;
mod headers;
mod http;
mod json;
mod loss_metrics;
mod otlp;
mod processors;
#[cfg(feature = "prometheus")]
mod prometheus;
#[cfg(not(feature = "prometheus"))]
#[path = "export/without_prometheus.rs"]
mod prometheus;
mod request;
mod resolve;
mod response;
mod retry;
#[cfg(any(feature = "grpc", feature = "prometheus"))]
mod runtime;
mod shutdown;
mod splitting;
mod status;
mod suppress_exporter_threads;
#[cfg(feature = "tls")]
mod tls;
mod transport;

pub(crate) use self::attribute_keys::AttributeKeys;
pub(crate) use self::batch::{BatchLimits, ENDPOINT_WORKERS};
pub(crate) use self::http::{platform_agent, post_json};
pub(crate) use self::otlp::{OtlpExporter, OtlpExporters, SharedExport};
pub(crate) use self::processors::{OtlpLogProcessor, OtlpMetricExporter, OtlpSpanProcessor};
pub(crate) use self::prometheus::prometheus_reader;
pub(crate) use self::status::ExportStatus;
pub(crate) use self::suppress_exporter_threads::SuppressExporterThreads;
pub(crate) use self::suppress_exporter_threads::mark as suppress_telemetry_of_this_thread;

/// The reason why an exporter cannot be built if TLS is there but nothing to encrypt with.
#[cfg(all(feature = "tls", not(any(feature = "tls-ring", feature = "tls-aws-lc"))))]
const NO_PROVIDER: &str = "https needs the feature `tls-ring` or `tls-aws-lc`, or a provider of \
                           cryptography that is installed before, with \
                           `rustls::crypto::CryptoProvider::install_default`";

/// The reason why an exporter for `https` cannot be built in a program without TLS.
#[cfg(not(feature = "tls"))]
const NO_TLS: &str = "https needs the feature `tls-ring` or `tls-aws-lc`";

/// The settings of traces that `variables` give.
#[cfg(test)]
fn settings_of(variables: &[(&str, &str)]) -> crate::config::OtlpSettings {
    use crate::config::{Code, Environment, ExporterSettings, Settings, Signal};

    let environment: Environment = variables.iter().copied().collect();
    let (settings, _) = Settings::resolve(&Code::default(), &environment).unwrap();
    match settings.exporters(Signal::Traces)[..] {
        [ExporterSettings::Otlp(settings)] => (**settings).clone(),
        ref others => panic!("{others:?}"),
    }
}
