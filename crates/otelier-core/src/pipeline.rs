//! The three providers and how they are built, flushed and shut down.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{
    BatchConfigBuilder as LogBatchConfigBuilder, BatchLogProcessor, LoggerProviderBuilder, SdkLoggerProvider,
    SimpleLogProcessor,
};
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, InstrumentKind, MeterProviderBuilder, PeriodicReader, SdkMeterProvider, Stream,
};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanLimits, TracerProviderBuilder,
};

use crate::config::{
    Exporter, HistogramAggregation, Origin, Root, SamplerSettings, Settings, Signal, SpanLimitSettings,
};
use crate::console::{Color, Console, ConsoleLogExporter, ConsoleMetricExporter, ConsoleSpanProcessor};
use crate::diagnostics;
use crate::error::ExportError;
use crate::export::{ExceptExporter, ExportRuntime, Health, OtlpExporters, RuntimeSlot};

/// How long a flush or shutdown may take for all signals together. What is promised is five seconds; the rest is for
/// threads to be scheduled.
pub(crate) const PATIENCE: Duration = Duration::from_millis(4500);

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

/// The providers of a process, with what is needed to end them in time.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) tracer_provider: SdkTracerProvider,
    pub(crate) meter_provider: SdkMeterProvider,
    pub(crate) logger_provider: SdkLoggerProvider,
    /// The signals that go anywhere; the providers of the others do nothing.
    signals: Vec<(Signal, Arc<Health>)>,
    runtime: Mutex<Option<ExportRuntime>>,
}

impl Pipeline {
    /// Providers that record nothing and cost nothing.
    pub(crate) fn disabled() -> Self {
        Self {
            tracer_provider: disabled_tracer_provider(),
            meter_provider: disabled_meter_provider(),
            logger_provider: disabled_logger_provider(),
            signals: Vec::new(),
            runtime: Mutex::new(None),
        }
    }

    /// Builds what `settings` ask for. An exporter that cannot be built is left out with a warning.
    pub(crate) fn build(settings: &Settings, additions: Additions, resource: Resource) -> Self {
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
        Self {
            tracer_provider,
            meter_provider,
            logger_provider,
            signals,
            runtime: Mutex::new(runtime.into_inner()),
        }
    }

    /// Whether anything takes the telemetry of `signal`.
    pub(crate) fn is_on(&self, signal: Signal) -> bool {
        self.signals.iter().any(|(on, _)| *on == signal)
    }

    /// Exports what is pending.
    pub(crate) fn force_flush(self: &Arc<Self>) -> Result<(), ExportError> {
        self.in_parallel(|pipeline, signal| match signal {
            Signal::Traces => pipeline.tracer_provider.force_flush(),
            Signal::Metrics => pipeline.meter_provider.force_flush(),
            Signal::Logs => pipeline.logger_provider.force_flush(),
        })
    }

    /// Exports what is pending and ends the pipeline.
    pub(crate) fn shutdown(self: &Arc<Self>) -> Result<(), ExportError> {
        let result = self.in_parallel(|pipeline, signal| {
            let result = match signal {
                Signal::Traces => pipeline.tracer_provider.shutdown_with_timeout(PATIENCE),
                Signal::Metrics => pipeline.meter_provider.shutdown_with_timeout(PATIENCE),
                Signal::Logs => pipeline.logger_provider.shutdown_with_timeout(PATIENCE),
            };
            // Somebody who ended a provider by hand has got its result.
            if matches!(result, Err(OTelSdkError::AlreadyShutdown)) { Ok(()) } else { result }
        });
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if result.as_ref().is_err_and(ExportError::is_timeout) {
            // An export that is still under way would panic without its runtime.
            std::mem::forget(runtime);
        }
        result
    }

    /// Runs `operation` for every signal, each on a thread of its own, and waits for all of them but not for ever.
    ///
    /// The SDK waits without bound in places, and one signal after the other. The caller may be the only thread of a
    /// tokio runtime, so nothing here depends on that.
    fn in_parallel(
        self: &Arc<Self>,
        operation: fn(&Self, Signal) -> OTelSdkResult,
    ) -> Result<(), ExportError> {
        let deadline = Instant::now() + PATIENCE;
        let (sender, results) = mpsc::channel();
        let mut waiting = Vec::new();
        let mut failures = Vec::new();
        for (signal, health) in &self.signals {
            let (signal, health) = (*signal, Arc::clone(health));
            let (pipeline, sender) = (Arc::clone(self), sender.clone());
            let spawned = std::thread::Builder::new().name(format!("otelier-{signal}")).spawn(move || {
                let result = operation(&pipeline, signal);
                // Last of all, so that the pipeline is not kept alive by a thread that has reported.
                drop(pipeline);
                let failure = health.take_failures().or_else(|| result.err().map(|error| error.to_string()));
                // The receiver is gone when the time was up.
                let _ = sender.send((signal, failure));
            });
            match spawned {
                Ok(_) => waiting.push(signal),
                Err(error) => failures.push((signal, format!("no thread: {error}"))),
            }
        }
        drop(sender);
        let mut timed_out = false;
        while !waiting.is_empty() {
            match results.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok((signal, failure)) => {
                    waiting.retain(|other| *other != signal);
                    failures.extend(failure.map(|reason| (signal, reason)));
                }
                Err(error) => {
                    timed_out = error == RecvTimeoutError::Timeout;
                    break;
                }
            }
        }
        let reason = match timed_out {
            true => format!("not finished within {PATIENCE:?}"),
            // All threads are gone, and not all of them have reported.
            false => "a processor or exporter panicked".to_owned(),
        };
        failures.extend(waiting.into_iter().map(|signal| (signal, reason.clone())));
        failures.sort();
        if failures.is_empty() { Ok(()) } else { Err(ExportError { failures, timed_out }) }
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
            return disabled_tracer_provider();
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
                        builder.with_reader(PeriodicReader::builder(exporter).with_interval(interval).build())
                    }));
                }
                Exporter::Console => {
                    let exporter = ConsoleMetricExporter::new(self.console());
                    let interval = match settings.interval.origin {
                        Origin::Default => CONSOLE_INTERVAL,
                        Origin::Environment(_) | Origin::Code => interval,
                    };
                    steps.push(Box::new(move |builder| {
                        builder.with_reader(PeriodicReader::builder(exporter).with_interval(interval).build())
                    }));
                }
            }
        }
        if steps.is_empty() {
            return disabled_meter_provider();
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
                    let processor = SimpleLogProcessor::new(ConsoleLogExporter::new(self.console()));
                    steps.push(Box::new(|builder| builder.with_log_processor(processor)));
                }
            }
        }
        if steps.is_empty() {
            return disabled_logger_provider();
        }
        self.signals.push((Signal::Logs, health));
        let builder = SdkLoggerProvider::builder().with_resource(self.resource.clone());
        steps.into_iter().fold(builder, |builder, step| step(builder)).build()
    }
}

fn built<E>(signal: Signal, exporter: Result<E, String>) -> Option<E> {
    exporter.inspect_err(|reason| diagnostics::warn(&format!("{signal} are not exported: {reason}"))).ok()
}

/// `Sampler::ParentBased` takes an active but invalid span for a parent that was not sampled, and so loses whole
/// traces; `Sampler::parent_based` does what the specification says.
fn with_sampler(settings: SamplerSettings, builder: TracerProviderBuilder) -> TracerProviderBuilder {
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
    let aggregation =
        Aggregation::Base2ExponentialHistogram { max_size: 160, max_scale: 20, record_min_max: true };
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

// A provider that was shut down hands out tracers, meters and loggers that do nothing, which is the cheapest way to be
// off. That it had nothing to shut down is no news.

fn disabled_tracer_provider() -> SdkTracerProvider {
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder_empty().build())
        .with_sampler(Sampler::AlwaysOff)
        .build();
    let _ = provider.shutdown();
    provider
}

fn disabled_meter_provider() -> SdkMeterProvider {
    let provider = SdkMeterProvider::builder().with_resource(Resource::builder_empty().build()).build();
    let _ = provider.shutdown();
    provider
}

fn disabled_logger_provider() -> SdkLoggerProvider {
    let provider = SdkLoggerProvider::builder().with_resource(Resource::builder_empty().build()).build();
    let _ = provider.shutdown();
    provider
}

#[cfg(test)]
mod tests;
