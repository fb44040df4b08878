//! Builds the providers that the settings and the code ask for.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{
    BatchConfigBuilder as LogBatchConfigBuilder, BatchLogProcessor, LogProcessor,
    SdkLoggerProvider, SimpleLogProcessor,
};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, InstrumentKind, MeterProviderBuilder, PeriodicReader,
    SdkMeterProvider, Stream,
};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, ParentBasedSampler, Sampler, SdkTracerProvider,
    ShouldSample, SimpleSpanProcessor, SpanProcessor, TracerProviderBuilder,
};

use super::disabled;
use super::limits::SpanLimits;
use super::log_limits::LogLimits;
use super::processors::{LogProcessors, SpanProcessors};
use crate::config::{
    ConsoleSettings, ExporterSettings, HistogramAggregation, InCode, ProcessorSettings,
    SamplerSettings, Settings, Signal,
};
use crate::console::{
    Color, Console, ConsoleLogExporter, ConsoleMetricExporter, ConsoleSpanProcessor,
};
use crate::diagnostics;
use crate::export::{ExceptExporter, ExportRuntime, Health, OtlpExporters, RuntimeSlot};
use crate::ids::Ids;

/// A step that adds something to the builder of a provider.
pub(crate) type Step<B> = Box<dyn FnOnce(B) -> B + Send>;

/// What code adds to the providers, and data cannot describe.
#[derive(Default)]
pub(crate) struct Components {
    /// The sampler, where the settings say that it is a custom one.
    pub(crate) sampler: Option<Step<TracerProviderBuilder>>,
    pub(crate) span_processors: Vec<Box<dyn SpanProcessor>>,
    pub(crate) metric_readers: Vec<Step<MeterProviderBuilder>>,
    pub(crate) log_processors: Vec<Box<dyn LogProcessor>>,
}

impl Components {
    pub(crate) fn counts(&self) -> InCode {
        InCode {
            traces: self.span_processors.len(),
            metrics: self.metric_readers.len(),
            logs: self.log_processors.len(),
        }
    }
}

/// The providers, and what belongs to them.
pub(super) struct Assembled {
    pub(super) tracer_provider: SdkTracerProvider,
    pub(super) meter_provider: SdkMeterProvider,
    pub(super) logger_provider: SdkLoggerProvider,
    /// The signals that go anywhere.
    pub(super) signals: Vec<(Signal, Arc<Health>)>,
    /// The runtime of the exporters that need one.
    pub(super) runtime: Option<ExportRuntime>,
}

/// Builds the three providers. An exporter that cannot be built is left out with a warning.
pub(super) fn assemble(
    settings: &Settings,
    components: Components,
    resource: Resource,
) -> Assembled {
    let mut runtime = RuntimeSlot::default();
    let mut assembly = Assembly {
        settings,
        otlp: OtlpExporters { runtime: &mut runtime },
        console: None,
        resource,
        signals: Vec::new(),
    };
    let tracer_provider = assembly.traces(components.sampler, components.span_processors);
    let meter_provider = assembly.metrics(components.metric_readers);
    let logger_provider = assembly.logs(components.log_processors);
    let signals = assembly.signals;
    Assembled {
        tracer_provider,
        meter_provider,
        logger_provider,
        signals,
        runtime: runtime.into_inner(),
    }
}

/// Builds one provider after the other.
struct Assembly<'a> {
    settings: &'a Settings,
    otlp: OtlpExporters<'a>,
    console: Option<Console>,
    resource: Resource,
    signals: Vec<(Signal, Arc<Health>)>,
}

impl Assembly<'_> {
    /// The terminal, which all signals share so that their lines do not mix.
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

    fn traces(
        &mut self,
        sampler: Option<Step<TracerProviderBuilder>>,
        mut processors: Vec<Box<dyn SpanProcessor>>,
    ) -> SdkTracerProvider {
        let settings = &self.settings.traces;
        if !settings.enabled.value {
            return disabled::tracer_provider();
        }
        let health = Arc::new(Health::default());
        for processor in &settings.processors.value {
            processors.extend(self.span_processor(processor, &health));
        }
        if processors.is_empty() {
            return disabled::tracer_provider();
        }
        self.signals.push((Signal::Traces, health));
        let limits = SpanLimits::new(&settings.limits);
        let builder = SdkTracerProvider::builder()
            .with_resource(self.resource.clone())
            .with_id_generator(Ids::default())
            .with_span_limits(limits.of_sdk());
        let builder = match sampler {
            Some(step) => step(builder),
            None => with_sampler(&settings.sampler.value, builder),
        };
        builder.with_span_processor(SpanProcessors::new(limits, processors)).build()
    }

    fn span_processor(
        &mut self,
        settings: &ProcessorSettings,
        health: &Arc<Health>,
    ) -> Option<Box<dyn SpanProcessor>> {
        match settings {
            ProcessorSettings::Batch(batch, ExporterSettings::Otlp(otlp)) => {
                let limit = batch.export_timeout.value;
                let exporter = self.otlp.spans(otlp, limit, Arc::clone(health));
                let exporter = built(Signal::Traces, exporter)?;
                let config = BatchConfigBuilder::default()
                    .with_max_queue_size(batch.max_queue_size.value)
                    .with_max_export_batch_size(batch.max_export_batch_size.value)
                    .with_scheduled_delay(batch.schedule_delay.value)
                    .build();
                Some(Box::new(
                    BatchSpanProcessor::builder(exporter).with_batch_config(config).build(),
                ))
            }
            ProcessorSettings::Simple(ExporterSettings::Otlp(otlp)) => {
                let exporter = self.otlp.spans(otlp, otlp.timeout.value, Arc::clone(health));
                let exporter = built(Signal::Traces, exporter)?;
                Some(Box::new(SimpleSpanProcessor::new(exporter)))
            }
            // The console writes on a thread of its own, so there is nothing to gather.
            ProcessorSettings::Batch(_, ExporterSettings::Console(console))
            | ProcessorSettings::Simple(ExporterSettings::Console(console)) => {
                Some(Box::new(ConsoleSpanProcessor::new(self.console(*console))))
            }
        }
    }

    fn metrics(&mut self, mut steps: Vec<Step<MeterProviderBuilder>>) -> SdkMeterProvider {
        let settings = &self.settings.metrics;
        let health = Arc::new(Health::default());
        for reader in &settings.readers.value {
            let interval = reader.interval.value;
            match &reader.exporter {
                ExporterSettings::Otlp(otlp) => {
                    let exporter = self.otlp.metrics(
                        otlp,
                        reader.temporality_preference.value,
                        reader.timeout.value,
                        Arc::clone(&health),
                    );
                    let Some(exporter) = built(Signal::Metrics, exporter) else { continue };
                    steps.push(reader_step(exporter, interval));
                }
                ExporterSettings::Console(console) => {
                    let exporter = ConsoleMetricExporter::new(self.console(*console));
                    steps.push(reader_step(exporter, interval));
                }
            }
        }
        if steps.is_empty() {
            return disabled::meter_provider();
        }
        self.signals.push((Signal::Metrics, health));
        let builder = SdkMeterProvider::builder().with_resource(self.resource.clone());
        let builder = match settings.default_histogram_aggregation.value {
            HistogramAggregation::ExplicitBuckets => builder,
            HistogramAggregation::ExponentialBuckets => builder.with_view(exponential_buckets),
        };
        steps.into_iter().fold(builder, |builder, step| step(builder)).build()
    }

    fn logs(&mut self, mut processors: Vec<Box<dyn LogProcessor>>) -> SdkLoggerProvider {
        let settings = &self.settings.logs;
        if !settings.enabled.value {
            return disabled::logger_provider();
        }
        let health = Arc::new(Health::default());
        for processor in &settings.processors.value {
            processors.extend(self.log_processor(processor, &health));
        }
        if processors.is_empty() {
            return disabled::logger_provider();
        }
        self.signals.push((Signal::Logs, health));
        SdkLoggerProvider::builder()
            .with_resource(self.resource.clone())
            .with_log_processor(LogProcessors::new(LogLimits::new(&settings.limits), processors))
            .build()
    }

    fn log_processor(
        &mut self,
        settings: &ProcessorSettings,
        health: &Arc<Health>,
    ) -> Option<Box<dyn LogProcessor>> {
        match settings {
            ProcessorSettings::Batch(batch, ExporterSettings::Otlp(otlp)) => {
                let limit = batch.export_timeout.value;
                let exporter = self.otlp.logs(otlp, limit, Arc::clone(health));
                let exporter = built(Signal::Logs, exporter)?;
                let config = LogBatchConfigBuilder::default()
                    .with_max_queue_size(batch.max_queue_size.value)
                    .with_max_export_batch_size(batch.max_export_batch_size.value)
                    .with_scheduled_delay(batch.schedule_delay.value)
                    .build();
                Some(Box::new(ExceptExporter(
                    BatchLogProcessor::builder(exporter).with_batch_config(config).build(),
                )))
            }
            ProcessorSettings::Simple(ExporterSettings::Otlp(otlp)) => {
                let exporter = self.otlp.logs(otlp, otlp.timeout.value, Arc::clone(health));
                let exporter = built(Signal::Logs, exporter)?;
                Some(Box::new(ExceptExporter(SimpleLogProcessor::new(exporter))))
            }
            ProcessorSettings::Batch(_, ExporterSettings::Console(console))
            | ProcessorSettings::Simple(ExporterSettings::Console(console)) => {
                let exporter = ConsoleLogExporter::new(self.console(*console));
                Some(Box::new(SimpleLogProcessor::new(exporter)))
            }
        }
    }
}

fn reader_step<E: PushMetricExporter>(
    exporter: E,
    interval: Duration,
) -> Step<MeterProviderBuilder> {
    Box::new(move |builder| {
        builder.with_reader(PeriodicReader::builder(exporter).with_interval(interval).build())
    })
}

fn built<E>(signal: Signal, exporter: Result<E, String>) -> Option<E> {
    exporter
        .inspect_err(|reason| diagnostics::warn(&format!("{signal} are not exported: {reason}")))
        .ok()
}

fn with_sampler(
    settings: &SamplerSettings,
    builder: TracerProviderBuilder,
) -> TracerProviderBuilder {
    match settings {
        SamplerSettings::ParentBased(root) => {
            builder.with_sampler(ExceptExporter(Arc::new(parent_based(root))))
        }
        settings => builder.with_sampler(ExceptExporter(Arc::new(leaf(settings)))),
    }
}

/// `Sampler::ParentBased` takes an active but invalid span for a parent that was not sampled, and so
/// loses whole traces; `Sampler::parent_based` does what the specification says.
fn parent_based(root: &SamplerSettings) -> ParentBasedSampler {
    match root {
        SamplerSettings::ParentBased(root) => {
            Sampler::parent_based(Box::new(parent_based(root)) as Box<dyn ShouldSample>)
        }
        root => Sampler::parent_based(leaf(root)),
    }
}

fn leaf(settings: &SamplerSettings) -> Sampler {
    match settings {
        SamplerSettings::AlwaysOff => Sampler::AlwaysOff,
        SamplerSettings::TraceIdRatioBased(ratio) => Sampler::TraceIdRatioBased(ratio.value),
        // A custom one is among the components, and the others are no leaves.
        SamplerSettings::AlwaysOn | SamplerSettings::Custom | SamplerSettings::ParentBased(_) => {
            Sampler::AlwaysOn
        }
    }
}

/// The SDK has no default aggregation per exporter, so this holds for all of them. The numbers are the specification's.
fn exponential_buckets(instrument: &Instrument) -> Option<Stream> {
    let aggregation = Aggregation::Base2ExponentialHistogram {
        max_size: 160,
        max_scale: 20,
        record_min_max: true,
    };
    let stream = (instrument.kind() == InstrumentKind::Histogram)
        .then(|| Stream::builder().with_aggregation(aggregation).build());
    stream?.ok()
}
