//! Builds the providers that the settings and the code ask for.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{
    BatchConfigBuilder as LogBatchConfigBuilder, BatchLogProcessor, LoggerProviderBuilder,
    SdkLoggerProvider, SimpleLogProcessor,
};
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, InstrumentKind, MeterProviderBuilder, PeriodicReader,
    SdkMeterProvider, Stream,
};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanLimits,
    TracerProviderBuilder,
};

use super::disabled;
use crate::config::{
    Exporter, HistogramAggregation, Origin, Root, SamplerSettings, Settings, Signal,
    SpanLimitSettings,
};
use crate::console::{
    Color, Console, ConsoleLogExporter, ConsoleMetricExporter, ConsoleSpanProcessor,
};
use crate::diagnostics;
use crate::export::{ExceptExporter, ExportRuntime, Health, OtlpExporters, RuntimeSlot};

/// How often metrics are drawn: as often as the specification suggests for standard output.
const CONSOLE_INTERVAL: Duration = Duration::from_secs(10);

/// A step that adds something to the builder of a provider.
pub(crate) type Step<B> = Box<dyn FnOnce(B) -> B + Send>;

/// What code adds to the providers beyond settings.
#[derive(Default)]
pub(crate) struct Additions {
    pub(crate) sampler: Option<Step<TracerProviderBuilder>>,
    pub(crate) traces: Vec<Step<TracerProviderBuilder>>,
    pub(crate) metrics: Vec<Step<MeterProviderBuilder>>,
    pub(crate) logs: Vec<Step<LoggerProviderBuilder>>,
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
pub(super) fn assemble(settings: &Settings, additions: Additions, resource: Resource) -> Assembled {
    let mut runtime = RuntimeSlot::default();
    let mut assembly = Assembly {
        settings,
        otlp: OtlpExporters { runtime: &mut runtime },
        console: None,
        resource,
        signals: Vec::new(),
    };
    let tracer_provider = assembly.traces(additions.sampler, additions.traces);
    let meter_provider = assembly.metrics(additions.metrics);
    let logger_provider = assembly.logs(additions.logs);
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
    fn console(&mut self) -> &Console {
        let settings = self.settings.console;
        self.console.get_or_insert_with(|| {
            let mut console = Console::stdout();
            if settings.no_color {
                console = console.with_color(Color::Never);
            }
            match settings.columns {
                Some(columns) => console.with_width(columns),
                None => console,
            }
        })
    }

    fn traces(
        &mut self,
        sampler: Option<Step<TracerProviderBuilder>>,
        mut steps: Vec<Step<TracerProviderBuilder>>,
    ) -> SdkTracerProvider {
        let settings = &self.settings.traces;
        let health = Arc::new(Health::default());
        for exporter in &settings.exporters.value {
            match exporter {
                Exporter::Otlp => {
                    let limit = settings.batch.export_timeout.value;
                    let exporter = self.otlp.spans(&settings.otlp, limit, Arc::clone(&health));
                    let Some(exporter) = built(Signal::Traces, exporter) else { continue };
                    let batch = settings.batch;
                    steps.push(Box::new(move |builder| {
                        let config = BatchConfigBuilder::default()
                            .with_max_queue_size(batch.max_queue_size.value)
                            .with_max_export_batch_size(batch.max_export_batch_size.value)
                            .with_scheduled_delay(batch.schedule_delay.value)
                            .build();
                        let processor =
                            BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
                        builder.with_span_processor(processor)
                    }));
                }
                Exporter::Console => {
                    let processor = ConsoleSpanProcessor::new(self.console());
                    steps.push(Box::new(|builder| builder.with_span_processor(processor)));
                }
            }
        }
        if steps.is_empty() {
            return disabled::tracer_provider();
        }
        self.signals.push((Signal::Traces, health));
        let builder = SdkTracerProvider::builder()
            .with_resource(self.resource.clone())
            .with_span_limits(span_limits(&settings.limits));
        let builder = match sampler {
            Some(step) => step(builder),
            None => with_sampler(settings.sampler.value, builder),
        };
        steps.into_iter().fold(builder, |builder, step| step(builder)).build()
    }

    fn metrics(&mut self, mut steps: Vec<Step<MeterProviderBuilder>>) -> SdkMeterProvider {
        let settings = &self.settings.metrics;
        let health = Arc::new(Health::default());
        let interval = settings.interval.value;
        for exporter in &settings.exporters.value {
            match exporter {
                Exporter::Otlp => {
                    let limit = settings.timeout.value;
                    let exporter = self.otlp.metrics(
                        &settings.otlp,
                        settings.temporality.value,
                        limit,
                        Arc::clone(&health),
                    );
                    let Some(exporter) = built(Signal::Metrics, exporter) else { continue };
                    steps.push(Box::new(move |builder| {
                        builder.with_reader(
                            PeriodicReader::builder(exporter).with_interval(interval).build(),
                        )
                    }));
                }
                Exporter::Console => {
                    let exporter = ConsoleMetricExporter::new(self.console());
                    let interval = match settings.interval.origin {
                        Origin::Default => CONSOLE_INTERVAL,
                        Origin::Environment(_) | Origin::Code => interval,
                    };
                    steps.push(Box::new(move |builder| {
                        builder.with_reader(
                            PeriodicReader::builder(exporter).with_interval(interval).build(),
                        )
                    }));
                }
            }
        }
        if steps.is_empty() {
            return disabled::meter_provider();
        }
        self.signals.push((Signal::Metrics, health));
        let builder = SdkMeterProvider::builder().with_resource(self.resource.clone());
        let builder = match settings.histograms.value {
            HistogramAggregation::ExplicitBuckets => builder,
            HistogramAggregation::ExponentialBuckets => builder.with_view(exponential_buckets),
        };
        steps.into_iter().fold(builder, |builder, step| step(builder)).build()
    }

    fn logs(&mut self, mut steps: Vec<Step<LoggerProviderBuilder>>) -> SdkLoggerProvider {
        let settings = &self.settings.logs;
        let health = Arc::new(Health::default());
        for exporter in &settings.exporters.value {
            match exporter {
                Exporter::Otlp => {
                    let limit = settings.batch.export_timeout.value;
                    let exporter = self.otlp.logs(&settings.otlp, limit, Arc::clone(&health));
                    let Some(exporter) = built(Signal::Logs, exporter) else { continue };
                    let batch = settings.batch;
                    steps.push(Box::new(move |builder| {
                        let config = LogBatchConfigBuilder::default()
                            .with_max_queue_size(batch.max_queue_size.value)
                            .with_max_export_batch_size(batch.max_export_batch_size.value)
                            .with_scheduled_delay(batch.schedule_delay.value)
                            .build();
                        let processor =
                            BatchLogProcessor::builder(exporter).with_batch_config(config).build();
                        builder.with_log_processor(ExceptExporter(processor))
                    }));
                }
                Exporter::Console => {
                    // It writes on a thread of its own, so records need no second one to gather.
                    let processor =
                        SimpleLogProcessor::new(ConsoleLogExporter::new(self.console()));
                    steps.push(Box::new(|builder| builder.with_log_processor(processor)));
                }
            }
        }
        if steps.is_empty() {
            return disabled::logger_provider();
        }
        self.signals.push((Signal::Logs, health));
        let builder = SdkLoggerProvider::builder().with_resource(self.resource.clone());
        steps.into_iter().fold(builder, |builder, step| step(builder)).build()
    }
}

fn built<E>(signal: Signal, exporter: Result<E, String>) -> Option<E> {
    exporter
        .inspect_err(|reason| diagnostics::warn(&format!("{signal} are not exported: {reason}")))
        .ok()
}

/// `Sampler::ParentBased` takes an active but invalid span for a parent that was not sampled, and so loses whole
/// traces; `Sampler::parent_based` does what the specification says.
fn with_sampler(
    settings: SamplerSettings,
    builder: TracerProviderBuilder,
) -> TracerProviderBuilder {
    let root = match settings.root {
        Root::AlwaysOn => Sampler::AlwaysOn,
        Root::AlwaysOff => Sampler::AlwaysOff,
        Root::TraceIdRatio(ratio) => Sampler::TraceIdRatioBased(ratio),
    };
    match settings.parent_based {
        true => builder.with_sampler(ExceptExporter(Arc::new(Sampler::parent_based(root)))),
        false => builder.with_sampler(ExceptExporter(Arc::new(root))),
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

fn span_limits(settings: &SpanLimitSettings) -> SpanLimits {
    SpanLimits {
        max_events_per_span: settings.events.value,
        max_attributes_per_span: settings.attributes.value,
        max_links_per_span: settings.links.value,
        max_attributes_per_event: settings.event_attributes.value,
        max_attributes_per_link: settings.link_attributes.value,
    }
}
