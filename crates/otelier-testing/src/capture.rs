//! In-memory capture of what an application records, without touching any global.
//!
//! The providers are those of the SDK, so that sampling, limits and views work as in a program.
//! Only what comes behind them is different: processors that convert to OTLP at once and push into
//! a store that all clones share. What a test reads is converted from OTLP to the model, on each
//! call.
//!
//! Metrics are not pushed but collected: asking for them flushes the reader, which replaces what
//! was stored before.

mod processors;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, ShouldSample};
use otelier_propagation::{BaggagePropagator, TraceContextPropagator};

use crate::model::{self, LogRecord, MetricPoint, Span};
use crate::otlp_json;
use crate::receiver::Message;

/// Providers that record into memory, for one test.
///
/// Spans and log records are visible the moment they end; metrics are collected when asked for.
/// Clones share what they captured.
///
/// ```
/// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// use otelier_testing::{Capture, assert_tree, span};
///
/// let capture = Capture::new();
/// capture.tracer_provider().tracer("doc").in_span("work", |_| ());
/// assert_tree(&capture.spans(), span("work"));
/// ```
#[derive(Clone)]
pub struct Capture {
    /// Shut down already if traces are turned off.
    tracer_provider: SdkTracerProvider,
    meter_provider: SdkMeterProvider,
    logger_provider: SdkLoggerProvider,
    /// Shared by the clones and by the processors of the providers.
    store: Arc<Mutex<Store>>,
}

impl Capture {
    /// Captures everything: all signals, every span sampled.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// To choose a sampler or a resource, or to turn a signal off.
    pub fn builder() -> CaptureBuilder {
        CaptureBuilder {
            sampler: Box::new(Sampler::ParentBased(Box::new(Sampler::AlwaysOn))),
            resource: Resource::builder_empty().with_service_name("test").build(),
            traces: true,
            metrics: true,
            logs: true,
            temporality: Temporality::Cumulative,
        }
    }

    /// The provider whose spans are captured.
    #[must_use]
    pub fn tracer_provider(&self) -> SdkTracerProvider {
        self.tracer_provider.clone()
    }

    /// The provider whose metrics are captured.
    #[must_use]
    pub fn meter_provider(&self) -> SdkMeterProvider {
        self.meter_provider.clone()
    }

    /// The provider whose log records are captured.
    #[must_use]
    pub fn logger_provider(&self) -> SdkLoggerProvider {
        self.logger_provider.clone()
    }

    /// The propagators of W3C Trace Context and Baggage in one, as Otelier sets them up.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use opentelemetry::propagation::TextMapPropagator as _;
    /// use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
    /// use opentelemetry::Context;
    /// use otelier_testing::Capture;
    ///
    /// let capture = Capture::new();
    /// let span = capture.tracer_provider().tracer("doc").start("send");
    /// let mut headers = HashMap::new();
    /// capture.propagator().inject_context(&Context::new().with_span(span), &mut headers);
    /// let trace_id = capture.span("send").trace_id.to_string();
    /// assert!(headers["traceparent"].contains(&trace_id));
    /// ```
    #[must_use]
    pub fn propagator(&self) -> TextMapCompositePropagator {
        TextMapCompositePropagator::new(vec![
            Box::new(TraceContextPropagator::new()),
            Box::new(BaggagePropagator::new()),
        ])
    }

    /// The spans that have ended so far, in the order they ended.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        model::spans(&self.lock().spans)
    }

    /// The only span of this name.
    ///
    /// # Panics
    /// If there is none or more than one, listing what there is.
    #[must_use]
    #[track_caller]
    pub fn span(&self, name: &str) -> Span {
        let spans = self.spans();
        let mut named = spans.iter().filter(|it| it.name == name);
        match (named.next(), named.next()) {
            (Some(span), None) => span.clone(),
            _ => panic!(
                "expected exactly one span {name:?}, but captured:\n{}",
                crate::draw_tree(&spans)
            ),
        }
    }

    /// Like [`spans`](Self::spans), and forgets them.
    #[must_use]
    pub fn take_spans(&self) -> Vec<Span> {
        model::spans(&std::mem::take(&mut self.lock().spans))
    }

    /// How many sampled spans were started and have not ended.
    ///
    /// ```
    /// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
    /// use otelier_testing::Capture;
    ///
    /// let capture = Capture::new();
    /// let span = capture.tracer_provider().tracer("doc").start("work");
    /// assert_eq!(capture.open_spans(), 1);
    /// drop(span);
    /// assert_eq!(capture.open_spans(), 0);
    /// ```
    #[must_use]
    pub fn open_spans(&self) -> usize {
        self.lock().open_spans
    }

    /// Collects now and returns every point, ordered by metric name and attributes.
    ///
    /// Points are cumulative since the capture was made, unless
    /// [`CaptureBuilder::with_temporality`] says otherwise.
    #[must_use]
    pub fn metrics(&self) -> Vec<MetricPoint> {
        let before = std::mem::take(&mut self.lock().metrics);
        if self.meter_provider.force_flush().is_err() {
            // The provider was shut down, and collected for the last time then.
            self.lock().metrics = before;
        }
        let mut points = model::points(&self.lock().metrics.resource_metrics);
        points.sort_by_cached_key(|it| (it.name.clone(), format!("{:?}", it.attributes)));
        points
    }

    /// The log records emitted so far.
    #[must_use]
    pub fn logs(&self) -> Vec<LogRecord> {
        model::logs(&self.lock().logs)
    }

    /// Everything captured as text: names, keys, values, descriptions, both as OTLP/JSON and
    /// unescaped, bytes decoded. For a test that searches it for a planted secret.
    ///
    /// ```
    /// # let capture = otelier_testing::Capture::new();
    /// assert!(!capture.export_text().contains("hunter2"));
    /// ```
    #[must_use]
    pub fn export_text(&self) -> String {
        let _ = self.metrics();
        let store = self.lock();
        let messages = [
            Message::Traces(ExportTraceServiceRequest { resource_spans: store.spans.clone() }),
            Message::Metrics(store.metrics.clone()),
            Message::Logs(ExportLogsServiceRequest { resource_logs: store.logs.clone() }),
        ];
        otlp_json::to_text(messages.iter())
    }

    /// Forgets spans and log records. Cumulative metrics cannot be reset: make a new capture.
    pub fn reset(&self) {
        let mut store = self.lock();
        store.spans.clear();
        store.logs.clear();
    }

    /// Panics if another thread panicked while it held the lock, which only a bug of this crate can
    /// cause.
    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().expect("no holder of the lock panics")
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("spans", &self.lock().spans.len()).finish_non_exhaustive()
    }
}

/// Made by [`Capture::builder`].
///
/// ```
/// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// use opentelemetry_sdk::trace::Sampler;
/// use otelier_testing::Capture;
///
/// let capture = Capture::builder().with_sampler(Sampler::AlwaysOff).without_logs().build();
/// capture.tracer_provider().tracer("doc").in_span("work", |_| ());
/// assert!(capture.spans().is_empty());
/// ```
#[derive(Debug)]
#[must_use]
pub struct CaptureBuilder {
    /// Of no use without traces.
    sampler: Box<dyn ShouldSample>,
    /// The same for all signals.
    resource: Resource,
    traces: bool,
    metrics: bool,
    logs: bool,
    /// Of all metrics; cumulative unless set.
    temporality: Temporality,
}

impl CaptureBuilder {
    /// Samples with `sampler`; every root by default.
    pub fn with_sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Box::new(sampler);
        self
    }

    /// Sets the resource; `service.name` = `test` by default.
    pub fn with_resource(mut self, resource: Resource) -> Self {
        self.resource = resource;
        self
    }

    /// Reports metrics with this temporality; cumulative by default.
    pub fn with_temporality(mut self, temporality: Temporality) -> Self {
        self.temporality = temporality;
        self
    }

    /// Makes the tracer provider one that records nothing, as when traces are turned off.
    pub fn without_traces(mut self) -> Self {
        self.traces = false;
        self
    }

    /// Makes the meter provider one that records nothing, as when metrics are turned off.
    pub fn without_metrics(mut self) -> Self {
        self.metrics = false;
        self
    }

    /// Makes the logger provider one that records nothing, as when logs are turned off.
    pub fn without_logs(mut self) -> Self {
        self.logs = false;
        self
    }

    /// Builds the providers.
    #[must_use]
    pub fn build(self) -> Capture {
        let store = Arc::new(Mutex::new(Store::default()));

        let mut traces = SdkTracerProvider::builder().with_resource(self.resource.clone());
        if self.traces {
            traces = traces
                .with_sampler(self.sampler)
                .with_span_processor(processors::Spans::new(Arc::clone(&store)));
        }
        let tracer_provider = traces.build();
        if !self.traces {
            // The SDK records spans even without a processor; after a shutdown it hands out inert
            // ones.
            let _ = tracer_provider.shutdown();
        }

        let mut metrics = SdkMeterProvider::builder().with_resource(self.resource.clone());
        if self.metrics {
            let exporter = processors::Metrics::new(Arc::clone(&store), self.temporality);
            // Collects on demand only: no test runs for a year.
            let reader =
                PeriodicReader::builder(exporter).with_interval(Duration::from_secs(365 * 86_400));
            metrics = metrics.with_reader(reader.build());
        }

        let mut logs = SdkLoggerProvider::builder().with_resource(self.resource);
        if self.logs {
            logs = logs.with_log_processor(processors::Logs::new(Arc::clone(&store)));
        }

        Capture {
            tracer_provider,
            meter_provider: metrics.build(),
            logger_provider: logs.build(),
            store,
        }
    }
}

/// What was captured, in the shape it would be exported.
#[derive(Default)]
struct Store {
    /// In the order of their ends, each in a message part of its own.
    spans: Vec<ResourceSpans>,
    /// Recording spans that have started and not ended.
    open_spans: usize,
    /// Of the last collection only.
    metrics: ExportMetricsServiceRequest,
    /// In the order in which they were emitted.
    logs: Vec<ResourceLogs>,
}

#[cfg(test)]
mod tests;
