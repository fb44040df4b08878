//! The configuration as data: what the pipeline is to be, each value with its origin.
//!
//! The shape is that of OpenTelemetry's [declarative configuration]: a provider for each signal,
//! with a list of processors or readers, each of them with its exporter. A source of settings
//! (code, the environment, a file) fills it, and `pipeline/` builds from it and reads nothing else.
//!
//! What data cannot describe, such as a processor that the user wrote, is in
//! [`Components`](crate::pipeline::Components).
//!
//! [declarative configuration]: https://opentelemetry.io/docs/specs/otel/configuration/data-model/

mod metrics;
mod samplers;

use std::time::Duration;

use http::HeaderMap;
use opentelemetry::KeyValue;
use ureq::Proxy;

pub(crate) use self::metrics::{
    AggregationSettings, CardinalityLimits, MeterProviderSettings, PeriodicSettings,
    PrometheusSettings, ReaderSettings, ViewSelector, ViewSettings, ViewStream,
};
pub(crate) use self::samplers::{
    AttributeCondition, ComposableSettings, ParentBasedSettings, ParentKind, SamplerRule,
    SamplerSettings,
};
use super::choices::{Compression, Detector, LogFormat, LogLevel, Propagator, Protocol, Signal};
use super::endpoint::Endpoint;
use super::file_output::FileOutput;
use super::instrumentation::Instrumentation;
use super::patterns::IncludeExclude;
use super::platform::Platform;
use super::setting::Setting;
use super::vendor::BackendSettings;

/// Everything that can be configured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// Nothing is set up at all, and integrations pass through.
    pub(crate) switched_off: Setting<bool>,
    /// No telemetry; propagation goes on.
    pub(crate) sdk_disabled: Setting<bool>,
    /// Which of our own diagnostics are shown.
    pub(crate) log_level: Setting<LogLevel>,
    /// The lines that the program logs.
    pub(crate) log_lines: LogLineSettings,
    /// Whether SIGTERM and SIGINT deliver what is pending where nothing else handles them.
    pub(crate) signal_handler: Setting<bool>,
    pub(crate) resource: ResourceSettings,
    pub(crate) propagators: Setting<Vec<Propagator>>,
    pub(crate) traces: TracerProviderSettings,
    pub(crate) metrics: MeterProviderSettings,
    pub(crate) logs: LoggerProviderSettings,
    pub(crate) runtime_metrics: RuntimeMetricsSettings,
    /// The properties of integrations.
    pub(crate) instrumentation: Instrumentation,
    /// The vendor that telemetry goes to.
    pub(crate) backend: BackendSettings,
}

/// Which events of `tracing` are recorded, and how they are written as lines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogLineSettings {
    /// Directives of a filter.
    pub(crate) directives: Setting<Option<String>>,
    /// `None` is what suits the terminal.
    ///
    /// `LogFormat::None` in it turns lines off, which is another thing than an absent value.
    pub(crate) format: Setting<Option<LogFormat>>,
    /// Whether each panic becomes a log record.
    pub(crate) panic_hook: Setting<bool>,
}

/// What is measured beside what integrations measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RuntimeMetricsSettings {
    /// This process.
    pub(crate) process: Setting<bool>,
    /// The tokio runtime in which telemetry is set up.
    pub(crate) tokio: Setting<bool>,
}

/// What describes the service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ResourceSettings {
    /// Of two attributes with one key the later one counts. All of them beat what is detected.
    pub(crate) attributes: Vec<Setting<KeyValue>>,
    /// What is detected.
    pub(crate) detectors: Setting<Vec<Detector>>,
    /// Which of the detected attributes are kept, by key.
    pub(crate) detected_attributes: IncludeExclude,
    /// What detectors find in the environment.
    pub(crate) platform: Platform,
    /// In place of the schema URL of the conventions that Otelier follows.
    pub(crate) schema_url: Setting<Option<String>>,
}

/// How spans are sampled, limited and exported.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TracerProviderSettings {
    /// `false` takes the processors of code along.
    pub(crate) enabled: Setting<bool>,
    /// Who chose the processors: the list itself may be empty.
    pub(crate) processors: Setting<Vec<ProcessorSettings>>,
    pub(crate) sampler: Setting<SamplerSettings>,
    /// The requests of which nothing is recorded, whatever the sampler says.
    pub(crate) endpoint_filters: EndpointFilterSettings,
    /// The entries of baggage that become attributes of spans.
    pub(crate) baggage_attributes: Setting<Vec<String>>,
    pub(crate) limits: SpanLimitSettings,
    /// Where every span that is recorded is written as it ends, besides all exporters.
    pub(crate) dump: Setting<Option<FileOutput>>,
}

/// Regular expressions that are searched for in the URLs of HTTP requests.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EndpointFilterSettings {
    /// Of servers and clients.
    pub(crate) general: Setting<Vec<String>>,
    /// In the path and query of requests that are served.
    pub(crate) server: Setting<Vec<String>>,
    /// In the whole URL of requests that are made.
    pub(crate) client: Setting<Vec<String>>,
}

/// How log records are limited and exported.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LoggerProviderSettings {
    /// `false` takes the processors of code along.
    pub(crate) enabled: Setting<bool>,
    pub(crate) processors: Setting<Vec<ProcessorSettings>>,
    pub(crate) limits: LogLimitSettings,
    /// Where every log record is written, besides all exporters.
    pub(crate) dump: Setting<Option<FileOutput>>,
}

/// How spans or log records reach an exporter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ProcessorSettings {
    /// Gathers what has ended.
    Batch(BatchSettings, ExporterSettings),
    /// Passes each span or log record on at once.
    Simple(ExporterSettings),
}

/// When spans or log records that have ended are exported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BatchSettings {
    /// How long what has ended waits for more. Never zero.
    pub(crate) schedule_delay: Setting<Duration>,
    /// How long the export of one batch may take.
    pub(crate) export_timeout: Setting<Duration>,
    /// How many may wait. What comes while the queue is full is dropped and counted.
    pub(crate) max_queue_size: Setting<usize>,
    /// Never more than the size of the queue.
    pub(crate) max_export_batch_size: Setting<usize>,
}

/// Where telemetry goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExporterSettings {
    Otlp(Box<OtlpSettings>),
    File(FileSettings),
    Console(ConsoleSettings),
}

/// Lines of OTLP/JSON, each of them an export request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FileSettings {
    pub(crate) output: Setting<FileOutput>,
}

/// How the telemetry of one signal reaches an OTLP endpoint.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OtlpSettings {
    /// The endpoint was made for this protocol; one cannot be changed without the other.
    pub(crate) protocol: Setting<Protocol>,
    pub(crate) endpoint: Setting<Endpoint>,
    /// All values are marked sensitive, so that no debug print shows them.
    pub(crate) headers: Setting<HeaderMap>,
    /// Of one export with its retries. Zero is without limit.
    pub(crate) timeout: Setting<Duration>,
    /// `None` is no compression.
    pub(crate) compression: Setting<Option<Compression>>,
    /// Of a request before compression, in bytes. Zero is without limit.
    pub(crate) max_request_size: Setting<usize>,
    /// Of a response after decompression, in bytes.
    pub(crate) max_response_size: Setting<usize>,
    pub(crate) tls: Setting<TlsSettings>,
    /// The proxy in between, if any. Only HTTP has one.
    pub(crate) proxy: Setting<Option<Proxy>>,
}

impl OtlpSettings {
    /// The sizes that the specification has for what no setting limits. No variable sets them.
    pub(crate) const MAX_REQUEST_SIZE: usize = 64 * 1024 * 1024;
    pub(crate) const MAX_RESPONSE_SIZE: usize = 4 * 1024 * 1024;
}

/// PEM files for TLS, already read.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct TlsSettings {
    /// The certificate authorities to trust in place of the built-in ones.
    pub(crate) authorities: Option<Vec<u8>>,
    /// The client's certificate chain and key.
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
}

// The key is secret.
impl std::fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsSettings")
            .field("authorities", &self.authorities.is_some())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

/// How the console exporter draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ConsoleSettings {
    /// `NO_COLOR` is set, to whatever value: <https://no-color.org>.
    pub(crate) no_color: Setting<bool>,
    /// The width of the lines, unless it is that of the terminal.
    pub(crate) columns: Setting<Option<usize>>,
}

/// How much a span keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SpanLimitSettings {
    /// The characters of a string, and of each string of an array.
    pub(crate) attribute_value_length: Setting<usize>,
    /// How many attributes the span itself keeps.
    pub(crate) attributes: Setting<u32>,
    pub(crate) events: Setting<u32>,
    pub(crate) links: Setting<u32>,
    /// How many attributes each event keeps.
    pub(crate) event_attributes: Setting<u32>,
    /// How many attributes each link keeps.
    pub(crate) link_attributes: Setting<u32>,
}

/// How much a log record keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LogLimitSettings {
    /// The characters of a string, and of each string inside of a value; `None` is without limit.
    pub(crate) attribute_value_length: Setting<Option<usize>>,
    /// How many lists and maps may be inside of each other; what is deeper is left empty.
    pub(crate) attribute_value_depth: Setting<usize>,
    pub(crate) attributes: Setting<u32>,
}

impl LogLimitSettings {
    /// That of the specification.
    pub(crate) const DEFAULT_DEPTH: usize = 64;
}

impl Settings {
    /// The exporters of `signal`, in the order in which they were configured. What is pulled has
    /// none.
    pub(crate) fn exporters(&self, signal: Signal) -> Vec<&ExporterSettings> {
        match signal {
            Signal::Traces => {
                self.traces.processors.value.iter().map(ProcessorSettings::exporter).collect()
            }
            Signal::Metrics => {
                self.metrics.readers.value.iter().filter_map(ReaderSettings::exporter).collect()
            }
            Signal::Logs => {
                self.logs.processors.value.iter().map(ProcessorSettings::exporter).collect()
            }
        }
    }
}

impl Default for RuntimeMetricsSettings {
    fn default() -> Self {
        Self { process: Setting::default(false), tokio: Setting::default(false) }
    }
}

impl Default for EndpointFilterSettings {
    fn default() -> Self {
        let nothing = || Setting::default(Vec::new());
        Self { general: nothing(), server: nothing(), client: nothing() }
    }
}

impl ResourceSettings {
    /// The value of `key` that counts.
    #[cfg(test)]
    pub(crate) fn get(&self, key: &str) -> Option<&Setting<KeyValue>> {
        self.attributes.iter().rev().find(|attribute| attribute.value.key.as_str() == key)
    }
}

impl ProcessorSettings {
    pub(crate) fn exporter(&self) -> &ExporterSettings {
        match self {
            Self::Batch(_, exporter) | Self::Simple(exporter) => exporter,
        }
    }
}
