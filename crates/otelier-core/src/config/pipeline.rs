//! The settings of each signal's pipeline: exporters, sampler, batches and limits.

use std::time::Duration;

use super::choices::{
    Choice as _, Exporter, HistogramAggregation, SamplerName, Signal, TemporalityPreference,
};
use super::otlp::OtlpSettings;
use super::parse::{self, Kind};
use super::reader::{Reader, Setting};
use super::{Overrides, named_list};
use crate::error::InitError;

/// How spans are sampled, limited and exported.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TraceSettings {
    pub(crate) exporters: Setting<Vec<Exporter>>,
    pub(crate) otlp: OtlpSettings,
    pub(crate) sampler: Setting<SamplerSettings>,
    pub(crate) batch: BatchSettings,
    pub(crate) limits: SpanLimitSettings,
}

/// How metrics are exported.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MetricSettings {
    pub(crate) exporters: Setting<Vec<Exporter>>,
    pub(crate) otlp: OtlpSettings,
    pub(crate) temporality: Setting<TemporalityPreference>,
    pub(crate) histograms: Setting<HistogramAggregation>,
    pub(crate) interval: Setting<Duration>,
    pub(crate) timeout: Setting<Duration>,
}

/// How log records are exported.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogSettings {
    pub(crate) exporters: Setting<Vec<Exporter>>,
    pub(crate) otlp: OtlpSettings,
    pub(crate) batch: BatchSettings,
}

/// Which new traces are sampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SamplerSettings {
    pub(crate) root: Root,
    /// Whether a span with a parent does as its parent did.
    pub(crate) parent_based: bool,
}

/// The decision for a span without a parent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Root {
    AlwaysOn,
    AlwaysOff,
    TraceIdRatio(f64),
}

/// When spans or log records that have ended are exported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BatchSettings {
    pub(crate) schedule_delay: Setting<Duration>,
    pub(crate) export_timeout: Setting<Duration>,
    pub(crate) max_queue_size: Setting<usize>,
    pub(crate) max_export_batch_size: Setting<usize>,
}

/// How many attributes, events and links a span keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SpanLimitSettings {
    pub(crate) attributes: Setting<u32>,
    pub(crate) events: Setting<u32>,
    pub(crate) links: Setting<u32>,
    pub(crate) event_attributes: Setting<u32>,
    pub(crate) link_attributes: Setting<u32>,
}

impl TraceSettings {
    pub(super) fn resolve(code: &Overrides, reader: &mut Reader<'_>) -> Result<Self, InitError> {
        Ok(Self {
            exporters: exporters(code.traces_exporters.clone(), "OTEL_TRACES_EXPORTER", reader),
            otlp: OtlpSettings::resolve(Signal::Traces, &code.otlp, reader)?,
            sampler: sampler(code.has_sampler, reader),
            batch: BatchSettings::resolve(&SPAN_BATCHES, reader),
            limits: SpanLimitSettings::resolve(reader),
        })
    }
}

impl MetricSettings {
    pub(super) fn resolve(code: &Overrides, reader: &mut Reader<'_>) -> Result<Self, InitError> {
        let seconds = Duration::from_secs;
        Ok(Self {
            exporters: exporters(code.metrics_exporters.clone(), "OTEL_METRICS_EXPORTER", reader),
            otlp: OtlpSettings::resolve(Signal::Metrics, &code.otlp, reader)?,
            temporality: reader.read(
                &["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
                &parse::choice(),
                || TemporalityPreference::Cumulative,
            ),
            histograms: reader.read(
                &["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"],
                &parse::choice(),
                || HistogramAggregation::ExplicitBuckets,
            ),
            interval: reader
                .read(&["OTEL_METRIC_EXPORT_INTERVAL"], &parse::INTERVAL, || seconds(60)),
            timeout: reader.read(&["OTEL_METRIC_EXPORT_TIMEOUT"], &parse::MILLIS, || seconds(30)),
        })
    }
}

impl LogSettings {
    pub(super) fn resolve(code: &Overrides, reader: &mut Reader<'_>) -> Result<Self, InitError> {
        Ok(Self {
            exporters: exporters(code.logs_exporters.clone(), "OTEL_LOGS_EXPORTER", reader),
            otlp: OtlpSettings::resolve(Signal::Logs, &code.otlp, reader)?,
            batch: BatchSettings::resolve(&LOG_BATCHES, reader),
        })
    }
}

fn exporters(
    code: Option<Vec<Exporter>>,
    variable: &'static str,
    reader: &mut Reader<'_>,
) -> Setting<Vec<Exporter>> {
    named_list(code, variable, &[Exporter::Otlp], reader)
}

fn sampler(in_code: bool, reader: &mut Reader<'_>) -> Setting<SamplerSettings> {
    const DEFAULT: SamplerSettings = SamplerSettings { root: Root::AlwaysOn, parent_based: true };
    if in_code {
        return Setting::code(DEFAULT);
    }
    let Setting { value: name, origin } =
        reader
            .read(&["OTEL_TRACES_SAMPLER"], &parse::choice(), || SamplerName::ParentBasedAlwaysOn);
    let root = match name {
        SamplerName::AlwaysOn | SamplerName::ParentBasedAlwaysOn => Root::AlwaysOn,
        SamplerName::AlwaysOff | SamplerName::ParentBasedAlwaysOff => Root::AlwaysOff,
        SamplerName::TraceIdRatio | SamplerName::ParentBasedTraceIdRatio => Root::TraceIdRatio(
            reader.read(&["OTEL_TRACES_SAMPLER_ARG"], &parse::RATIO, || 1.0).value,
        ),
    };
    Setting {
        value: SamplerSettings { root, parent_based: name.name().starts_with("parentbased_") },
        origin,
    }
}

struct BatchVariables {
    schedule_delay: &'static str,
    export_timeout: &'static str,
    max_queue_size: &'static str,
    max_export_batch_size: &'static str,
    default_delay: Duration,
}

const SPAN_BATCHES: BatchVariables = BatchVariables {
    schedule_delay: "OTEL_BSP_SCHEDULE_DELAY",
    export_timeout: "OTEL_BSP_EXPORT_TIMEOUT",
    max_queue_size: "OTEL_BSP_MAX_QUEUE_SIZE",
    max_export_batch_size: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    default_delay: Duration::from_secs(5),
};

const LOG_BATCHES: BatchVariables = BatchVariables {
    schedule_delay: "OTEL_BLRP_SCHEDULE_DELAY",
    export_timeout: "OTEL_BLRP_EXPORT_TIMEOUT",
    max_queue_size: "OTEL_BLRP_MAX_QUEUE_SIZE",
    max_export_batch_size: "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    default_delay: Duration::from_secs(1),
};

impl BatchSettings {
    fn resolve(variables: &BatchVariables, reader: &mut Reader<'_>) -> Self {
        let max_queue_size = reader.read(&[variables.max_queue_size], &parse::SIZE, || 2048);
        let mut max_export_batch_size =
            reader.read(&[variables.max_export_batch_size], &parse::SIZE, || 512);
        if max_export_batch_size.value > max_queue_size.value {
            max_export_batch_size.value = max_queue_size.value;
            // A small queue alone is no mistake: the default batch shrinks with it.
            if let super::Origin::Environment(variable) = max_export_batch_size.origin {
                let queue = max_queue_size.value;
                reader.warn(
                    variable,
                    format_args!("expected at most the size of the queue; using {queue}"),
                );
            }
        }
        Self {
            schedule_delay: reader
                .read(&[variables.schedule_delay], &parse::INTERVAL, || variables.default_delay),
            export_timeout: reader
                .read(&[variables.export_timeout], &parse::MILLIS, || Duration::from_secs(30)),
            max_queue_size,
            max_export_batch_size,
        }
    }
}

impl SpanLimitSettings {
    fn resolve(reader: &mut Reader<'_>) -> Self {
        const GENERAL: &str = "OTEL_ATTRIBUTE_COUNT_LIMIT";
        const KIND: &Kind<u32> = &parse::COUNT;
        let default = || 128;
        Self {
            attributes: reader.read(&["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", GENERAL], KIND, default),
            events: reader.read(&["OTEL_SPAN_EVENT_COUNT_LIMIT"], KIND, default),
            links: reader.read(&["OTEL_SPAN_LINK_COUNT_LIMIT"], KIND, default),
            event_attributes: reader.read(
                &["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", GENERAL],
                KIND,
                default,
            ),
            link_attributes: reader.read(
                &["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", GENERAL],
                KIND,
                default,
            ),
        }
    }
}
