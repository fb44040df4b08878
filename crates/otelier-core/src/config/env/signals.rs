//! The provider of each signal, as the environment describes it.
//!
//! What the environment says is flat: a list of exporters, and options that hold for all of them.
//! The model is a tree. So each name in a list of exporters becomes a processor or a reader with
//! its own copy of the options. Exporters that only code adds come behind these, also if the list
//! is empty or `none`.
//!
//! With a vendor three things differ. An exporter whose address cannot be used is left out; a
//! signal that the vendor does not take is not sent to the default address either; and logs may
//! need a variable that asks for them. The origin of the list is then the preset, so that the line
//! at start can say why the signal is off.

use std::time::Duration;

use super::super::choices::{
    Choice as _, ExemplarFilter, Exporter, HistogramAggregation, SamplerName, Signal,
    TemporalityPreference,
};
use super::super::code::Code;
use super::super::file_output::FileOutput;
use super::super::model::{
    BatchSettings, CardinalityLimits, ConsoleSettings, ExporterSettings, LogLimitSettings,
    LoggerProviderSettings, MeterProviderSettings, OtlpSettings, PeriodicSettings,
    ProcessorSettings, PrometheusSettings, ReaderSettings, SamplerSettings, SpanLimitSettings,
    TracerProviderSettings,
};
use super::super::setting::{Origin, Setting};
use super::super::vendor::{BackendSettings, Vendor};
use super::parse::{self, Kind};
use super::reader::{Names, Reader, named_list};
use super::{endpoint_filters, otlp};
use crate::error::InitError;

/// How often metrics are drawn on a console: the specification suggests ten seconds for standard
/// output.
const CONSOLE_INTERVAL: Duration = Duration::from_secs(10);

/// Fails only for what `code` says.
pub(super) fn traces(
    code: &Code,
    backend: &BackendSettings,
    reader: &mut Reader<'_>,
) -> Result<TracerProviderSettings, InitError> {
    Ok(TracerProviderSettings {
        enabled: switch(&["OTELIER_ENABLE_TRACES", "LUMIGO_ENABLE_TRACES"], reader),
        processors: processors(Signal::Traces, code, backend, &SPAN_BATCHES, reader)?,
        sampler: sampler(code.has_sampler, reader),
        endpoint_filters: endpoint_filters::read(reader),
        baggage_attributes: baggage_attributes(code, reader),
        limits: span_limits(code, reader),
        dump: span_dump(reader),
    })
}

/// For a vendor with `logs_on_request`, logs of the default exporter and the dump are left out
/// unless a variable or code asks for logs. Fails only for what `code` says.
pub(super) fn logs(
    code: &Code,
    backend: &BackendSettings,
    reader: &mut Reader<'_>,
) -> Result<LoggerProviderSettings, InitError> {
    let enabled = switch(&["OTELIER_ENABLE_LOGS", "LUMIGO_ENABLE_LOGS"], reader);
    let mut processors = processors(Signal::Logs, code, backend, &LOG_BATCHES, reader)?;
    let mut dump = log_dump(reader);
    if let Some(vendor) = backend.vendor.value.filter(|vendor| vendor.logs_on_request)
        && enabled.origin == Origin::Default
        && code.logs_exporters.is_none()
    {
        keep_at_home(&mut processors, code, vendor);
        dump = Setting { value: None, origin: Origin::Preset(vendor.preset) };
    }
    Ok(LoggerProviderSettings { enabled, processors, limits: log_limits(reader), dump })
}

/// An empty list in code beats the variable.
fn baggage_attributes(code: &Code, reader: &mut Reader<'_>) -> Setting<Vec<String>> {
    const VARIABLE: &str = "OTELIER_BAGGAGE_SPAN_ATTRIBUTES";
    match (&code.baggage_span_attributes, reader.text(VARIABLE)) {
        (Some(names), _) => Setting::code(names.clone()),
        (None, Some(text)) => {
            let names = parse::list(&text).map(str::to_owned).collect();
            Setting::environment(names, VARIABLE)
        }
        (None, None) => Setting::default(Vec::new()),
    }
}

/// Where every span is written as it ends.
///
/// Relative paths are those of the current directory. `None` is no dump.
pub(in super::super) fn span_dump(reader: &mut Reader<'_>) -> Setting<Option<FileOutput>> {
    reader.read(&["OTELIER_SPANDUMP", "LUMIGO_DEBUG_SPANDUMP"], &parse::DUMP, || None)
}

/// Where every log record is written.
///
/// The same for log records.
pub(in super::super) fn log_dump(reader: &mut Reader<'_>) -> Setting<Option<FileOutput>> {
    reader.read(&["OTELIER_LOGDUMP", "LUMIGO_DEBUG_LOGDUMP"], &parse::DUMP, || None)
}

/// Whether a signal is on: unless a variable says something else than `true`. Who meant to keep
/// telemetry at home is not to fail by a misspelling.
///
/// The first variable that is set decides, even if its value is neither `true` nor `false`.
pub(super) fn switch(variables: &[&'static str], reader: &mut Reader<'_>) -> Setting<bool> {
    for &variable in variables {
        let Some(text) = reader.text(variable) else { continue };
        let parsed = (parse::BOOL.parse)(&text);
        if parsed.is_none() {
            reader.warn(variable, "expected true or false; using false");
        }
        return Setting::environment(parsed.unwrap_or(false), variable);
    }
    Setting::default(true)
}

/// Leaves out the OTLP exporter of logs that nobody asked for. Those of code stay.
///
/// The exporters of code are the last ones of the list, so they are found by their number.
/// Exporters that are not OTLP stay too.
fn keep_at_home(processors: &mut Setting<Vec<ProcessorSettings>>, code: &Code, vendor: &Vendor) {
    let of_code = code.more_otlp.iter().filter(|(of, _)| of.contains(&Signal::Logs)).count();
    let others = processors.value.len() - of_code;
    let mut at = 0;
    processors.value.retain(|processor| {
        at += 1;
        at > others || !matches!(processor.exporter(), ExporterSettings::Otlp(_))
    });
    processors.origin = Origin::Preset(vendor.preset);
}

/// All readers share interval, timeout and temporality, except that the console has a shorter
/// interval by default. Fails only for what `code` says.
pub(super) fn metrics(
    code: &Code,
    backend: &BackendSettings,
    reader: &mut Reader<'_>,
) -> Result<MeterProviderSettings, InitError> {
    let seconds = Duration::from_secs;
    let temporality_preference = reader.read(
        &["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
        &parse::choice(),
        || TemporalityPreference::Cumulative,
    );
    let interval = reader.read(&["OTEL_METRIC_EXPORT_INTERVAL"], &parse::INTERVAL, || seconds(60));
    let timeout = reader.read(&["OTEL_METRIC_EXPORT_TIMEOUT"], &parse::MILLIS, || seconds(30));
    // Read even if nothing is pulled, so that what is wrong with it is said all the same.
    let prometheus = prometheus(reader);
    let names = names(Signal::Metrics, code, reader);
    let is_pulled = names.value.contains(&Exporter::Prometheus);
    let readers = exporters(Signal::Metrics, &names, code, backend, reader)?.map(|exporters| {
        let periodic = exporters.into_iter().map(|exporter| PeriodicSettings {
            interval: match (&exporter, interval.origin) {
                (ExporterSettings::Console(_), Origin::Default) => {
                    Setting::default(CONSOLE_INTERVAL)
                }
                _ => interval,
            },
            timeout,
            max_export_batch_size: Setting::default(None),
            temporality_preference,
            exporter,
        });
        let pulled = is_pulled.then_some(ReaderSettings::Pull(prometheus));
        periodic.map(ReaderSettings::Periodic).chain(pulled).collect()
    });
    warn_about_exemplars(reader);
    Ok(MeterProviderSettings {
        readers,
        default_histogram_aggregation: reader.read(
            &["OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"],
            &parse::choice(),
            || HistogramAggregation::ExplicitBuckets,
        ),
        cardinality_limits: Setting::default(CardinalityLimits::default()),
        views: Vec::new(),
    })
}

/// Where Prometheus asks for metrics. The other options are in a file only.
pub(in super::super) fn prometheus(reader: &mut Reader<'_>) -> PrometheusSettings {
    let default = PrometheusSettings::default();
    let (host, port) = (default.host.value.clone(), default.port.value);
    PrometheusSettings {
        host: reader.read(&["OTEL_EXPORTER_PROMETHEUS_HOST"], &parse::TEXT, || host),
        port: reader.read(&["OTEL_EXPORTER_PROMETHEUS_PORT"], &parse::PORT, || port),
        ..default
    }
}

/// The SDK for Rust records no exemplars, so that a filter which lets some through has no effect.
fn warn_about_exemplars(reader: &mut Reader<'_>) {
    const VARIABLE: &str = "OTEL_METRICS_EXEMPLAR_FILTER";
    let filter = reader.read(&[VARIABLE], &parse::choice(), || ExemplarFilter::AlwaysOff);
    if filter.value != ExemplarFilter::AlwaysOff {
        reader.warn(VARIABLE, "the SDK has no exemplars yet; none are recorded");
    }
}

/// A batch for each OTLP exporter. The console writes on a thread of its own, so what it is given
/// need not be gathered.
fn processors(
    signal: Signal,
    code: &Code,
    backend: &BackendSettings,
    variables: &BatchVariables,
    reader: &mut Reader<'_>,
) -> Result<Setting<Vec<ProcessorSettings>>, InitError> {
    let batch = batch(variables, reader);
    let names = names(signal, code, reader);
    let exporters = exporters(signal, &names, code, backend, reader)?;
    Ok(exporters.map(|exporters| {
        let processors = exporters.into_iter().map(|exporter| match exporter {
            ExporterSettings::Otlp(_) | ExporterSettings::File(_) => {
                ProcessorSettings::Batch(batch, exporter)
            }
            ExporterSettings::Console(_) => ProcessorSettings::Simple(exporter),
        });
        processors.collect()
    }))
}

/// The list of exporters of `signal`. Prometheus takes metrics only.
fn names(signal: Signal, code: &Code, reader: &mut Reader<'_>) -> Setting<Vec<Exporter>> {
    const PUSHED: Names<Exporter> = Names {
        expected: "a list of otlp and console, or none",
        parse: |name| Exporter::from_name(name).filter(|it| *it != Exporter::Prometheus),
    };
    let (in_code, variable, names) = match signal {
        Signal::Traces => (&code.traces_exporters, "OTEL_TRACES_EXPORTER", PUSHED),
        Signal::Metrics => (&code.metrics_exporters, "OTEL_METRICS_EXPORTER", Names::ALL),
        Signal::Logs => (&code.logs_exporters, "OTEL_LOGS_EXPORTER", PUSHED),
    };
    named_list(in_code.clone(), variable, &names, &[Exporter::Otlp], reader)
}

/// The exporters of `signal` that send or write, then those that only code knows.
///
/// The origin is that of the list of names, or the vendor's preset if the OTLP exporter was left
/// out because of it.
fn exporters(
    signal: Signal,
    names: &Setting<Vec<Exporter>>,
    code: &Code,
    backend: &BackendSettings,
    reader: &mut Reader<'_>,
) -> Result<Setting<Vec<ExporterSettings>>, InitError> {
    // Read even if no exporter uses it, so that what is wrong with it is said all the same.
    let otlp = otlp::read(signal, &code.otlp, backend, reader)?;
    // Without an address a vendor that does not take the signal is no reason to send it to this
    // machine.
    let is_untaken = backend.vendor.value.is_some_and(|vendor| !vendor.signals.contains(&signal))
        && names.origin == Origin::Default
        && otlp.as_ref().is_some_and(|otlp| otlp.endpoint.origin == Origin::Default);
    let otlp = otlp.filter(|_| !is_untaken);
    let console = console(reader);
    let mut exporters: Vec<ExporterSettings> = names
        .value
        .iter()
        .filter_map(|name| match name {
            Exporter::Otlp => otlp.clone().map(boxed),
            Exporter::Console => Some(ExporterSettings::Console(console)),
            Exporter::Prometheus => None,
        })
        .collect();
    let is_left_out = otlp.is_none() && names.value.contains(&Exporter::Otlp);
    let origin = match backend.vendor.value.filter(|_| is_left_out) {
        Some(vendor) => Origin::Preset(vendor.preset),
        None => names.origin,
    };
    for (_, exporter) in code.more_otlp.iter().filter(|(of, _)| of.contains(&signal)) {
        exporters.push(boxed(otlp::in_code(signal, exporter, reader)?));
    }
    Ok(Setting { value: exporters, origin })
}

/// The settings of OTLP are much larger than the others, so they are boxed in the model.
fn boxed(settings: OtlpSettings) -> ExporterSettings {
    ExporterSettings::Otlp(Box::new(settings))
}

/// How the console exporter draws.
///
/// `COLUMNS` counts from 1 to 1000.
pub(in super::super) fn console(reader: &mut Reader<'_>) -> ConsoleSettings {
    // A shell sets it, not the user, so what is wrong with it is no news.
    let columns = reader
        .text("COLUMNS")
        .and_then(|text| text.parse().ok())
        .filter(|columns| (1..=1000).contains(columns));
    ConsoleSettings {
        no_color: match reader.text("NO_COLOR") {
            Some(_) => Setting::environment(true, "NO_COLOR"),
            None => Setting::default(false),
        },
        columns: match columns {
            Some(columns) => Setting::environment(Some(columns), "COLUMNS"),
            None => Setting::default(None),
        },
    }
}

/// The argument is read only for a sampler that has one. A sampler of code stands in the model as
/// `Custom`.
///
/// A bad argument is a warning, and the ratio is then 1.
fn sampler(in_code: bool, reader: &mut Reader<'_>) -> Setting<SamplerSettings> {
    if in_code {
        return Setting::code(SamplerSettings::Custom);
    }
    let name = reader
        .read(&["OTEL_TRACES_SAMPLER"], &parse::choice(), || SamplerName::ParentBasedAlwaysOn);
    name.map(|name| {
        let root = match name {
            SamplerName::AlwaysOn | SamplerName::ParentBasedAlwaysOn => SamplerSettings::AlwaysOn,
            SamplerName::AlwaysOff | SamplerName::ParentBasedAlwaysOff => {
                SamplerSettings::AlwaysOff
            }
            SamplerName::TraceIdRatio | SamplerName::ParentBasedTraceIdRatio => {
                SamplerSettings::TraceIdRatioBased(reader.read(
                    &["OTEL_TRACES_SAMPLER_ARG"],
                    &parse::RATIO,
                    || 1.0,
                ))
            }
        };
        match name.name().starts_with("parentbased_") {
            true => SamplerSettings::parent_based(root),
            false => root,
        }
    })
}

/// The names of the variables of one signal's batches.
struct BatchVariables {
    schedule_delay: &'static str,
    export_timeout: &'static str,
    max_queue_size: &'static str,
    max_export_batch_size: &'static str,
    /// The signals differ in no other default.
    default_delay: Duration,
}

/// BSP is short for batch span processor.
const SPAN_BATCHES: BatchVariables = BatchVariables {
    schedule_delay: "OTEL_BSP_SCHEDULE_DELAY",
    export_timeout: "OTEL_BSP_EXPORT_TIMEOUT",
    max_queue_size: "OTEL_BSP_MAX_QUEUE_SIZE",
    max_export_batch_size: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    default_delay: Duration::from_secs(5),
};

/// BLRP is short for batch log record processor.
const LOG_BATCHES: BatchVariables = BatchVariables {
    schedule_delay: "OTEL_BLRP_SCHEDULE_DELAY",
    export_timeout: "OTEL_BLRP_EXPORT_TIMEOUT",
    max_queue_size: "OTEL_BLRP_MAX_QUEUE_SIZE",
    max_export_batch_size: "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    default_delay: Duration::from_secs(1),
};

/// A batch is never larger than the queue, since it would never be full.
///
/// The warning about a batch that is too large comes only if a variable sets the batch. A small
/// queue alone shrinks the default batch without a word.
fn batch(variables: &BatchVariables, reader: &mut Reader<'_>) -> BatchSettings {
    let max_queue_size = reader.read(&[variables.max_queue_size], &parse::SIZE, || 2048);
    let mut max_export_batch_size =
        reader.read(&[variables.max_export_batch_size], &parse::SIZE, || 512);
    if max_export_batch_size.value > max_queue_size.value {
        max_export_batch_size.value = max_queue_size.value;
        // A small queue alone is no mistake: the default batch shrinks with it.
        if let Origin::Environment(variable) = max_export_batch_size.origin {
            let queue = max_queue_size.value;
            reader.warn(
                variable,
                format_args!("expected at most the size of the queue; using {queue}"),
            );
        }
    }
    BatchSettings {
        schedule_delay: reader
            .read(&[variables.schedule_delay], &parse::INTERVAL, || variables.default_delay),
        export_timeout: reader
            .read(&[variables.export_timeout], &parse::MILLIS, || Duration::from_secs(30)),
        max_queue_size,
        max_export_batch_size,
    }
}

/// What counts where a signal has no variable of its own.
const VALUE_LENGTH: &str = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";
/// What counts where spans, events, links or log records have no variable of their own.
const COUNT: &str = "OTEL_ATTRIBUTE_COUNT_LIMIT";

/// Only the length of values can be set in code. It is 2048 characters by default, where the
/// specification has no limit.
fn span_limits(code: &Code, reader: &mut Reader<'_>) -> SpanLimitSettings {
    const KIND: &Kind<u32> = &parse::COUNT;
    let default = || 128;
    SpanLimitSettings {
        attribute_value_length: reader.resolve(
            code.span_attribute_value_length_limit,
            &["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", VALUE_LENGTH],
            &parse::LENGTH,
            || 2048,
        ),
        attributes: reader.read(&["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", COUNT], KIND, default),
        events: reader.read(&["OTEL_SPAN_EVENT_COUNT_LIMIT"], KIND, default),
        links: reader.read(&["OTEL_SPAN_LINK_COUNT_LIMIT"], KIND, default),
        event_attributes: reader.read(&["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", COUNT], KIND, default),
        link_attributes: reader.read(&["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", COUNT], KIND, default),
    }
}

/// No variable sets the depth.
fn log_limits(reader: &mut Reader<'_>) -> LogLimitSettings {
    LogLimitSettings {
        attribute_value_length: reader.read(
            &["OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", VALUE_LENGTH],
            &parse::OPTIONAL_LENGTH,
            || None,
        ),
        attribute_value_depth: Setting::default(LogLimitSettings::DEFAULT_DEPTH),
        attributes: reader.read(
            &["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", COUNT],
            &parse::COUNT,
            || 128,
        ),
    }
}
