//! Builds the providers that the settings and the code ask for.
//!
//! `assemble` takes one signal after the other. A signal that is off, or for which nothing is left
//! that takes its telemetry, gets a provider that does nothing, and is not in `signals`, so no
//! flush waits for it. An exporter that cannot be built, because of its settings or because the
//! system gives no thread, is left out with a warning; the others work. The program starts in any
//! case.
//!
//! Meters come after the exporters whose losses they count, so the exporters get theirs at the end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{LogProcessor, SdkLoggerProvider, SimpleLogProcessor};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{
    MeterProviderBuilder, PeriodicReader, SdkMeterProvider, Temporality,
};
use opentelemetry_sdk::trace::{
    SdkTracerProvider, ShouldSample, SpanProcessor, TracerProviderBuilder,
};

use super::context_attributes::ContextAttributes;
use super::disabled;
use super::endpoint_filter::{EndpointFilter, EndpointFilters};
use super::limits::SpanLimits;
use super::log_limits::LogLimits;
use super::log_masking::LogMasking;
use super::processors::{LogProcessors, SpanProcessors};
use super::sampler::ConfiguredSampler;
use super::views;
use crate::config::{
    ConsoleSettings, ExporterSettings, FileOutput, InCode, OtlpSettings, PeriodicSettings,
    ProcessorSettings, ReaderSettings, SamplerSettings, Settings, Signal, TemporalityPreference,
};
use crate::console::{
    Color, Console, ConsoleLogExporter, ConsoleMetricExporter, ConsoleSpanProcessor,
};
use crate::diagnostics;
use crate::export::{
    AttributeKeys, BatchLimits, ENDPOINT_WORKERS, ExportStatus, OtlpExporter, OtlpExporters,
    OtlpLogProcessor, OtlpMetricExporter, OtlpSpanProcessor, SharedExport, SuppressExporterThreads,
    prometheus_reader,
};
use crate::ids::Ids;

/// A step that adds something to the builder of a provider.
pub(crate) type Step<B> = Box<dyn FnOnce(B) -> B + Send>;

/// A step that sets the sampler of code, behind the filters that come before every sampler.
pub(crate) type SamplerStep =
    Box<dyn FnOnce(TracerProviderBuilder, Option<EndpointFilters>) -> TracerProviderBuilder + Send>;

/// What code adds to the providers, and data cannot describe.
#[derive(Default)]
pub(crate) struct Components {
    /// The sampler, where the settings say that it is a custom one.
    /// It is a step and not a value, since the type of a sampler is known only where it is given.
    pub(crate) sampler: Option<SamplerStep>,
    /// Called before the processors of the settings.
    pub(crate) span_processors: Vec<Box<dyn SpanProcessor>>,
    /// Each adds one reader to the provider.
    pub(crate) metric_readers: Vec<Step<MeterProviderBuilder>>,
    /// Called before the processors of the settings. Unlike those they also see records that are
    /// made on the threads of exporters.
    pub(crate) log_processors: Vec<Box<dyn LogProcessor>>,
}

impl Components {
    /// For the description of the configuration, which cannot say more of them than their number.
    pub(crate) fn counts(&self) -> InCode {
        InCode {
            traces: self.span_processors.len(),
            metrics: self.metric_readers.len(),
            logs: self.log_processors.len(),
        }
    }
}

/// The providers, and what belongs to them.
/// `Pipeline` takes it apart.
pub(super) struct Assembled {
    pub(super) tracer_provider: SdkTracerProvider,
    pub(super) meter_provider: SdkMeterProvider,
    pub(super) logger_provider: SdkLoggerProvider,
    /// The signals that go anywhere, each with its OTLP exporters.
    pub(super) signals: Vec<(Signal, Vec<Arc<ExportStatus>>)>,
    /// What the exporters share.
    pub(super) export: SharedExport,
    /// Becomes `true` with the first span or log record.
    pub(super) used: Arc<AtomicBool>,
}

/// Builds the three providers. An exporter that cannot be built is left out with a warning.
///
/// The files and threads of the exporters are opened and started here, so this is called once for a
/// pipeline.
pub(super) fn assemble(
    settings: &Settings,
    components: Components,
    resource: Resource,
) -> Assembled {
    let mut assembly = Assembly {
        settings,
        otlp: OtlpExporters::default(),
        console: None,
        attribute_keys: AttributeKeys::default(),
        resource,
        signals: Vec::new(),
        used: Arc::default(),
    };
    let tracer_provider = assembly.traces(components.sampler, components.span_processors);
    let meter_provider = assembly.metrics(components.metric_readers);
    let logger_provider = assembly.logs(components.log_processors);
    let signals = assembly.signals;
    if signals.iter().any(|(signal, _)| *signal == Signal::Metrics) {
        let meter = meter_provider.meter("otelier-core");
        signals.iter().flat_map(|(_, statuses)| statuses).for_each(|it| it.measure(&meter));
    }
    Assembled {
        tracer_provider,
        meter_provider,
        logger_provider,
        signals,
        used: assembly.used,
        export: assembly.otlp.into_shared(),
    }
}

/// Builds one provider after the other.
struct Assembly<'a> {
    /// Of all signals.
    settings: &'a Settings,
    /// Builds the exporters of OTLP of all signals, and of the dumps.
    otlp: OtlpExporters,
    /// `None` until a signal uses it.
    console: Option<Console>,
    /// What exporters of metrics leave out.
    attribute_keys: AttributeKeys,
    /// Cloned for each provider.
    resource: Resource,
    /// Filled as signals are built. Its order is traces, metrics, logs.
    signals: Vec<(Signal, Vec<Arc<ExportStatus>>)>,
    /// Shared by the id generator and the processor of log records.
    used: Arc<AtomicBool>,
}

impl Assembly<'_> {
    /// The terminal, which all signals share so that their lines do not mix.
    /// The settings of the first signal that uses it count for all.
    fn console(&mut self, settings: ConsoleSettings) -> &Console {
        self.console.get_or_insert_with(|| {
            let mut console = Console::stdout();
            if settings.no_color.value {
                console = console.with_color(Color::Never);
            }
            match settings.columns.value {
                Some(columns) => console.with_width(columns),
                None => console,
            }
        })
    }

    /// What `start` makes of an exporter that sends or writes OTLP, unless one of them cannot be
    /// had.
    ///
    /// `timeout` is that of the processor or reader, and zero for none. `None` comes after a
    /// warning.
    fn export<T>(
        &mut self,
        signal: Signal,
        target: Target<'_>,
        timeout: Duration,
        start: impl FnOnce(OtlpExporter) -> io::Result<T>,
    ) -> Option<(T, Arc<ExportStatus>)> {
        let exporter = match target {
            Target::Endpoint(settings) => self.otlp.build(signal, settings, timeout),
            Target::File(output) | Target::Dump(output) => self.otlp.build_file(signal, output),
        };
        let warn = |reason: &str| {
            let done = if matches!(target, Target::Dump(_)) { "dumped" } else { "exported" };
            warn_not_done(signal, done, reason);
        };
        let exporter = exporter.inspect_err(|reason| warn(reason)).ok()?;
        let status = exporter.status();
        let started = start(exporter).inspect_err(|error| warn(&no_thread(error))).ok()?;
        Some((started, status))
    }

    /// The id generator notes the first span, by which `used` becomes `true`.
    /// The processors are those of the code, those of the settings, and last the dump, which is
    /// kept apart since it also takes spans that are not sampled. With none of them nothing is
    /// recorded.
    fn traces(
        &mut self,
        sampler: Option<SamplerStep>,
        mut processors: Vec<Box<dyn SpanProcessor>>,
    ) -> SdkTracerProvider {
        let settings = &self.settings.traces;
        if !settings.enabled.value {
            return disabled::tracer_provider();
        }
        let mut statuses = Vec::new();
        for processor in &settings.processors.value {
            processors.extend(self.span_processor(processor, &mut statuses));
        }
        let dump = settings.dump.value.as_ref().and_then(|output| {
            let start = |exporter| OtlpSpanProcessor::start(exporter, DUMP);
            let (dump, status) =
                self.export(Signal::Traces, Target::Dump(output), Duration::ZERO, start)?;
            statuses.push(status);
            Some(dump)
        });
        if processors.is_empty() && dump.is_none() {
            return disabled::tracer_provider();
        }
        self.signals.push((Signal::Traces, statuses));
        let limits = SpanLimits::new(&settings.limits);
        let builder = SdkTracerProvider::builder()
            .with_resource(self.resource.clone())
            .with_id_generator(Ids::new(Arc::clone(&self.used)))
            .with_span_limits(limits.of_sdk());
        let filters = EndpointFilters::new(&settings.endpoint_filters);
        let builder = match sampler {
            Some(step) => step(builder, filters),
            None => with_sampler(&settings.sampler.value, builder, filters),
        };
        let context = ContextAttributes::new(&settings.baggage_attributes.value);
        let processors = SpanProcessors::new(limits, context, processors, dump);
        builder.with_span_processor(processors).build()
    }

    /// One processor of the settings, and the status of its exporter, which goes into `statuses`.
    /// Batch and simple processors differ in their limits only. `None` comes after a warning.
    fn span_processor(
        &mut self,
        settings: &ProcessorSettings,
        statuses: &mut Vec<Arc<ExportStatus>>,
    ) -> Option<Box<dyn SpanProcessor>> {
        match settings {
            // The console writes on a thread of its own, so there is nothing to gather.
            ProcessorSettings::Batch(_, ExporterSettings::Console(console))
            | ProcessorSettings::Simple(ExporterSettings::Console(console)) => {
                Some(Box::new(ConsoleSpanProcessor::new(self.console(*console))))
            }
            _ => {
                let target = Target::of(settings.exporter())?;
                let (limits, timeout) = batch_limits(settings, "OTEL_BSP_MAX_QUEUE_SIZE");
                let start = |exporter| OtlpSpanProcessor::start(exporter, limits);
                let (processor, status) = self.export(Signal::Traces, target, timeout, start)?;
                statuses.push(status);
                Some(Box::new(processor))
            }
        }
    }

    /// Without a reader, of the settings or of the code, the provider does nothing.
    /// Views are added before the readers. The order of readers is that of the code, then of the
    /// settings.
    fn metrics(&mut self, mut steps: Vec<Step<MeterProviderBuilder>>) -> SdkMeterProvider {
        let settings = &self.settings.metrics;
        let mut statuses = Vec::new();
        for reader in &settings.readers.value {
            match reader {
                ReaderSettings::Periodic(reader) => {
                    steps.extend(self.metric_reader(reader, &mut statuses));
                }
                ReaderSettings::Pull(settings) => {
                    let warn = |reason: &String| warn_not_done(Signal::Metrics, "served", reason);
                    let reader = prometheus_reader(settings, &self.resource).inspect_err(warn);
                    steps.extend(reader.ok());
                }
            }
        }
        for not_pulled in settings.not_pulled() {
            diagnostics::warn(&not_pulled);
        }
        if steps.is_empty() {
            return disabled::meter_provider();
        }
        self.signals.push((Signal::Metrics, statuses));
        let builder = SdkMeterProvider::builder().with_resource(self.resource.clone());
        let builder = views::add(builder, settings, &self.attribute_keys);
        steps.into_iter().fold(builder, |builder, step| step(builder)).build()
    }

    /// A step that adds one reader of the settings that sends.
    /// The exporter decides the temporality, by the preference of its settings; the console has its
    /// own. `None` comes after a warning.
    fn metric_reader(
        &mut self,
        settings: &PeriodicSettings,
        statuses: &mut Vec<Arc<ExportStatus>>,
    ) -> Option<Step<MeterProviderBuilder>> {
        let interval = settings.interval.value;
        match &settings.exporter {
            ExporterSettings::Console(console) => {
                let exporter = ConsoleMetricExporter::new(self.console(*console));
                started(Signal::Metrics, reader_step(exporter, interval))
            }
            exporter => {
                let target = Target::of(exporter)?;
                let temporality = sdk_temporality(settings.temporality_preference.value);
                let keys = self.attribute_keys.clone();
                let batch = settings.max_export_batch_size.value;
                let start = |exporter| {
                    let exporter = OtlpMetricExporter::new(exporter, temporality, keys, batch);
                    reader_step(exporter, interval)
                };
                let timeout = settings.timeout.value;
                let (step, status) = self.export(Signal::Metrics, target, timeout, start)?;
                statuses.push(status);
                Some(step)
            }
        }
    }

    /// Masking is that of the settings of integrations, as it is for spans.
    /// A dump is one more processor here, since log records are not sampled.
    fn logs(&mut self, mut processors: Vec<Box<dyn LogProcessor>>) -> SdkLoggerProvider {
        let settings = &self.settings.logs;
        if !settings.enabled.value {
            return disabled::logger_provider();
        }
        let mut statuses = Vec::new();
        for processor in &settings.processors.value {
            processors.extend(self.log_processor(processor, &mut statuses));
        }
        if let Some(output) = &settings.dump.value {
            let target = Target::Dump(output);
            processors.extend(self.otlp_logs(target, DUMP, Duration::ZERO, &mut statuses));
        }
        if processors.is_empty() {
            return disabled::logger_provider();
        }
        self.signals.push((Signal::Logs, statuses));
        let limits = LogLimits::new(&settings.limits);
        let masking = LogMasking::new(self.settings.integrations().masking);
        SdkLoggerProvider::builder()
            .with_resource(self.resource.clone())
            .with_log_processor(LogProcessors::new(
                masking,
                limits,
                processors,
                Arc::clone(&self.used),
            ))
            .build()
    }

    /// One processor of the settings. That of the console exports at once, for it writes on a
    /// thread of its own.
    /// `None` comes after a warning.
    fn log_processor(
        &mut self,
        settings: &ProcessorSettings,
        statuses: &mut Vec<Arc<ExportStatus>>,
    ) -> Option<Box<dyn LogProcessor>> {
        match settings {
            ProcessorSettings::Batch(_, ExporterSettings::Console(console))
            | ProcessorSettings::Simple(ExporterSettings::Console(console)) => {
                let exporter = ConsoleLogExporter::new(self.console(*console));
                Some(Box::new(SimpleLogProcessor::new(exporter)))
            }
            _ => {
                let target = Target::of(settings.exporter())?;
                let (limits, timeout) = batch_limits(settings, "OTEL_BLRP_MAX_QUEUE_SIZE");
                self.otlp_logs(target, limits, timeout, statuses)
            }
        }
    }

    /// A processor that exports OTLP, without what the threads of exporters log.
    /// The status goes into `statuses`, by which the pipeline learns of losses.
    fn otlp_logs(
        &mut self,
        target: Target<'_>,
        limits: BatchLimits,
        timeout: Duration,
        statuses: &mut Vec<Arc<ExportStatus>>,
    ) -> Option<Box<dyn LogProcessor>> {
        let start = |exporter| OtlpLogProcessor::start(exporter, limits);
        let (processor, status) = self.export(Signal::Logs, target, timeout, start)?;
        statuses.push(status);
        Some(Box::new(SuppressExporterThreads(processor)))
    }
}

/// Where OTLP is sent or written.
/// A dump is written as a file is. It differs in the words of warnings.
#[derive(Clone, Copy)]
enum Target<'a> {
    /// Sent over HTTP or gRPC.
    Endpoint(&'a OtlpSettings),
    /// Written as lines, by an exporter of the settings.
    File(&'a FileOutput),
    /// A file beside all exporters.
    Dump(&'a FileOutput),
}

impl<'a> Target<'a> {
    /// `None` for an exporter that is not one of OTLP.
    /// Those of the console are built apart, since they share the terminal.
    fn of(exporter: &'a ExporterSettings) -> Option<Self> {
        match exporter {
            ExporterSettings::Otlp(settings) => Some(Self::Endpoint(settings)),
            ExporterSettings::File(settings) => Some(Self::File(&settings.output.value)),
            ExporterSettings::Console(_) => None,
        }
    }
}

/// Of a dump: each item is a line of its own, as soon as it has ended.
///
/// One thread keeps the lines in order. There is no variable for the size of its queue.
const DUMP: BatchLimits = BatchLimits {
    max_queue_size: 2048,
    max_export_batch_size: 1,
    schedule_delay: Duration::from_secs(1),
    queue_variable: None,
    max_workers: 1,
};

/// The SDK's reader keeps it to itself when its thread cannot be started, so that is tried before.
/// The thread that is started ends at once. Another may still be refused to the reader later.
/// Fails if the system allows no thread at this moment.
fn reader_step<E: PushMetricExporter>(
    exporter: E,
    interval: Duration,
) -> io::Result<Step<MeterProviderBuilder>> {
    std::thread::Builder::new().spawn(|| ())?;
    Ok(Box::new(move |builder| {
        builder.with_reader(PeriodicReader::builder(exporter).with_interval(interval).build())
    }))
}

/// What was started, or a warning that `signal` is not exported.
fn started<T>(signal: Signal, result: io::Result<T>) -> Option<T> {
    result.inspect_err(|error| warn_not_done(signal, "exported", &no_thread(error))).ok()
}

/// The reason that a warning has.
fn no_thread(error: &io::Error) -> String {
    format!("no thread can be started: {error}")
}

/// `done` is `exported` or `dumped`.
fn warn_not_done(signal: Signal, done: &str, reason: &str) {
    diagnostics::warn(&format!("{signal} are not {done}: {reason}"));
}

/// When a processor exports, and how long that may take. A simple one does so at once, but never on
/// the thread of the user.
///
/// The timeout is zero where the settings have none. `queue_variable` is named in the warning that
/// the queue is full, but only for a batch processor, since the queue of a simple one has a fixed
/// size.
///
/// A simple processor is a batch processor with batches of one item. Files have one worker, so that
/// lines are in the order in which spans end; endpoints have several, since they do not need an
/// order.
fn batch_limits(
    settings: &ProcessorSettings,
    queue_variable: &'static str,
) -> (BatchLimits, Duration) {
    let max_workers = match settings.exporter() {
        // Lines keep their order.
        ExporterSettings::File(_) => 1,
        ExporterSettings::Otlp(_) | ExporterSettings::Console(_) => ENDPOINT_WORKERS,
    };
    match settings {
        ProcessorSettings::Batch(batch, _) => {
            let limits = BatchLimits {
                max_queue_size: batch.max_queue_size.value,
                max_export_batch_size: batch.max_export_batch_size.value,
                schedule_delay: batch.schedule_delay.value,
                queue_variable: Some(queue_variable),
                max_workers,
            };
            (limits, batch.export_timeout.value)
        }
        ProcessorSettings::Simple(_) => {
            let limits = BatchLimits {
                max_queue_size: 2048,
                max_export_batch_size: 1,
                schedule_delay: Duration::from_secs(1),
                queue_variable: None,
                max_workers,
            };
            (limits, Duration::ZERO)
        }
    }
}

/// The same preference as a type of the SDK.
fn sdk_temporality(preference: TemporalityPreference) -> Temporality {
    match preference {
        TemporalityPreference::Cumulative => Temporality::Cumulative,
        TemporalityPreference::Delta => Temporality::Delta,
        TemporalityPreference::LowMemory => Temporality::LowMemory,
    }
}

/// For a sampler of the settings.
/// A custom sampler does not come here: it is among the components.
fn with_sampler(
    settings: &SamplerSettings,
    builder: TracerProviderBuilder,
    filters: Option<EndpointFilters>,
) -> TracerProviderBuilder {
    set_sampler(builder, ConfiguredSampler::new(settings), filters)
}

/// Gives the provider `sampler`, behind what comes before every sampler.
///
/// In the order in which they are asked: threads of exporters, endpoint filters, `sampler`.
/// The sampler is in an `Arc`, so that it need not be one that can be cloned.
pub(crate) fn set_sampler(
    builder: TracerProviderBuilder,
    sampler: impl ShouldSample + 'static,
    filters: Option<EndpointFilters>,
) -> TracerProviderBuilder {
    let sampler = Arc::new(sampler);
    match filters {
        Some(filters) => builder
            .with_sampler(SuppressExporterThreads(Arc::new(EndpointFilter::new(filters, sampler)))),
        None => builder.with_sampler(SuppressExporterThreads(sampler)),
    }
}
