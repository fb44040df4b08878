//! The settings made in code: the strongest source.
//!
//! `Builder` fills a `Code`, and both other sources take it as an argument: they look at a variable
//! or a property only after code has said nothing. What only code can express, such as a sampler or
//! a processor that the program wrote, is not here but in `Components`; `Code` keeps only the fact
//! that it exists. A value that cannot be used is an `InitError` here, not a warning, since the
//! author of the program can mend it.

use std::time::Duration;

use opentelemetry::KeyValue;

use super::choices::{Compression, Exporter, Propagator, Protocol, Signal};
use super::model::RuntimeMetricsSettings;
use super::setting::Setting;
use crate::error::InitError;

/// What was said in code. Each value that is here beats every other source.
///
/// `None` means that code says nothing about the value, and another source decides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    /// Beats a `service.name` among `resource_attributes` as well.
    pub(crate) service_name: Option<String>,
    /// In the order of the calls; of two with one key the later one counts.
    pub(crate) resource_attributes: Vec<KeyValue>,
    /// About the OTLP exporter that `otlp` stands for in a list of exporters.
    pub(crate) otlp: OtlpExporter,
    /// An empty list turns the signal's exporters off, which `None` does not.
    pub(crate) traces_exporters: Option<Vec<Exporter>>,
    pub(crate) metrics_exporters: Option<Vec<Exporter>>,
    pub(crate) logs_exporters: Option<Vec<Exporter>>,
    /// OTLP exporters besides those, each with the signals it takes.
    pub(crate) more_otlp: Vec<(Vec<Signal>, OtlpExporter)>,
    /// An empty list means that no context travels.
    pub(crate) propagators: Option<Vec<Propagator>>,
    /// Whether `Components` has a sampler. It stands for the sampler in the model.
    pub(crate) has_sampler: bool,
    /// In characters.
    pub(crate) span_attribute_value_length_limit: Option<usize>,
    /// Whether bodies, messages and commands are recorded.
    pub(crate) payload_capture: Option<bool>,
    /// Names of entries of baggage.
    pub(crate) baggage_span_attributes: Option<Vec<String>>,
    /// Whether this process is measured. Code turns it on only.
    pub(crate) process_metrics: bool,
    /// Whether the tokio runtime is measured. Code turns it on only.
    pub(crate) tokio_metrics: bool,
    /// Whether SIGTERM and SIGINT deliver what is pending.
    pub(crate) signal_handler: Option<bool>,
}

impl Code {
    /// What code measures, over `other`.
    pub(super) fn runtime_metrics(&self, other: RuntimeMetricsSettings) -> RuntimeMetricsSettings {
        let over = |on, other| if on { Setting::code(true) } else { other };
        RuntimeMetricsSettings {
            process: over(self.process_metrics, other.process),
            tokio: over(self.tokio_metrics, other.tokio),
        }
    }

    /// Fails for a list of exporters with one that does not take the signal.
    pub(super) fn check(&self) -> Result<(), InitError> {
        let lists = [&self.traces_exporters, &self.logs_exporters];
        match lists.into_iter().flatten().any(|list| list.contains(&Exporter::Prometheus)) {
            true => Err(InitError::invalid(
                "exporter of traces or logs",
                "another one than Prometheus, which takes metrics only",
            )),
            false => Ok(()),
        }
    }
}

/// An OTLP exporter besides the one that the environment describes: a second backend.
///
/// Of `OTEL_EXPORTER_OTLP_*` nothing applies to it, so that a token for one backend is never sent
/// to another. What is not set here has the default of the specification.
///
/// ```no_run
/// # use otelier_core as otelier;
/// # fn main() -> Result<(), otelier::InitError> {
/// use otelier::{OtlpExporter, Signal};
///
/// let _otel = otelier::builder()
///     .with_otlp_exporter(
///         [Signal::Traces],
///         OtlpExporter::new("https://second.example:4318").with_header("api-key", "…"),
///     )
///     .init()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use = "an exporter does nothing before it is given to `with_otlp_exporter`"]
pub struct OtlpExporter {
    pub(crate) protocol: Option<Protocol>,
    /// A base address, not yet parsed: what it means depends on the protocol.
    pub(crate) endpoint: Option<String>,
    /// Not yet checked. Once there is one, those of the environment or the file are left out.
    pub(crate) headers: Option<Vec<(String, String)>>,
    /// Zero is without limit.
    pub(crate) timeout: Option<Duration>,
    pub(crate) compression: Option<Compression>,
}

impl OtlpExporter {
    /// An exporter to the OTLP endpoint at `url`, such as `https://collector:4318`. HTTP adds
    /// `v1/<signal>` to its path.
    pub fn new(url: impl Into<String>) -> Self {
        Self { endpoint: Some(url.into()), ..Self::default() }
    }

    /// How telemetry is sent. The default is [`Protocol::HttpProtobuf`].
    pub fn with_protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Adds a header to every export, such as a token. Its value appears in no log of ours.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.get_or_insert_default().push((name.into(), value.into()));
        self
    }

    /// How long one export may take, retries included. Zero is without limit; the default is ten
    /// seconds.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How requests are compressed. The default is not at all.
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }
}

// Endpoints and headers may hold secrets.
impl std::fmt::Debug for OtlpExporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OtlpExporter")
            .field("protocol", &self.protocol)
            .field("timeout", &self.timeout)
            .field("compression", &self.compression)
            .finish_non_exhaustive()
    }
}
