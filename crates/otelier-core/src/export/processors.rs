//! The batch processors of spans and log records, and the exporter of metrics.
//!
//! These are the ends of the SDK's pipelines. A processor has a `BatchQueue` of SDK types; the
//! conversion to OTLP happens in its worker, so the thread that ends a span pays for a push only.
//! The metrics have no queue, because a periodic reader of the SDK calls their exporter from its
//! own thread and hands over everything at once.
//!
//! The SDK sets the resource after a processor was started. The worker therefore reads it from a
//! shared `OnceLock`, when the first batch is exported.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use opentelemetry::logs::Severity;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::logs::tonic::group_logs_by_resource_and_scope;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogBatch, LogProcessor, SdkLogRecord};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::attribute_keys::AttributeKeys;
use super::batch::{BatchLimits, BatchQueue, Unfinished};
use super::otlp::OtlpExporter;
use super::request::ExportRequest;

/// How long a flush may take that somebody asks of the provider, past the guard.
/// The guard has a shorter time of its own and does not wait for this.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(30);

/// The resource as OTLP, which the SDK gives a processor once, and its worker reads.
type SharedResource = Arc<OnceLock<ResourceAttributesWithSchema>>;

/// Exports spans in batches.
/// Only sampled spans arrive by way of `on_end`; `push` takes any.
#[derive(Debug)]
pub(crate) struct OtlpSpanProcessor {
    /// Spans in the type of the SDK; they are converted when they are exported.
    queue: BatchQueue<SpanData>,
    resource: SharedResource,
}

impl OtlpSpanProcessor {
    /// Starts the thread of the queue. Fails if the system allows none; nothing is exported then.
    pub(crate) fn start(exporter: OtlpExporter, limits: BatchLimits) -> io::Result<Self> {
        let resource = SharedResource::default();
        let described = Arc::clone(&resource);
        let (status, shutdown) = (exporter.status(), exporter.shutdown());
        let export = move |spans| {
            let resource = described.get_or_init(ResourceAttributesWithSchema::default);
            let resource_spans = group_spans_by_resource_and_scope(spans, resource);
            exporter.export(ExportRequest::Traces(ExportTraceServiceRequest { resource_spans }));
        };
        let queue = BatchQueue::start("otelier-traces", limits, status, shutdown, export)?;
        Ok(Self { queue, resource })
    }

    /// Exports a span, whether it is sampled or not.
    pub(crate) fn push(&self, span: SpanData) {
        self.queue.push(span);
    }
}

/// The parts that the SDK calls. None of them exports on the thread of the caller.
impl SpanProcessor for OtlpSpanProcessor {
    /// Only the end of a span matters here.
    fn on_start(&self, _: &mut Span, _: &Context) {}

    /// Spans that are recorded but not sampled are for other processors.
    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            self.push(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        result(self.queue.flush(FLUSH_TIMEOUT), FLUSH_TIMEOUT)
    }

    /// Waits for the workers for `timeout` at most. The deadline of the pipeline, if it has begun
    /// to shut down, is earlier as a rule.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        result(self.queue.shut_down(timeout), timeout)
    }

    /// A second resource changes nothing, since the first may be in use.
    fn set_resource(&mut self, resource: &Resource) {
        let _ = self.resource.set(resource.into());
    }
}

/// Exports log records in batches.
/// A record is cloned, because other processors see the same one.
#[derive(Debug)]
pub(crate) struct OtlpLogProcessor {
    /// Each record with the scope of the logger that made it, by which records are grouped.
    queue: BatchQueue<(SdkLogRecord, InstrumentationScope)>,
    resource: SharedResource,
}

impl OtlpLogProcessor {
    /// Starts the thread of the queue. Fails if the system allows none.
    pub(crate) fn start(exporter: OtlpExporter, limits: BatchLimits) -> io::Result<Self> {
        let resource = SharedResource::default();
        let described = Arc::clone(&resource);
        let (status, shutdown) = (exporter.status(), exporter.shutdown());
        let export = move |records: Vec<(SdkLogRecord, InstrumentationScope)>| {
            let resource = described.get_or_init(ResourceAttributesWithSchema::default);
            let records: Vec<_> = records.iter().map(|(record, scope)| (record, scope)).collect();
            let batch = LogBatch::new(&records);
            let resource_logs = group_logs_by_resource_and_scope(&batch, resource);
            exporter.export(ExportRequest::Logs(ExportLogsServiceRequest { resource_logs }));
        };
        let queue = BatchQueue::start("otelier-logs", limits, status, shutdown, export)?;
        Ok(Self { queue, resource })
    }
}

/// As for spans, but every record is exported: there is no sampling of log records.
impl LogProcessor for OtlpLogProcessor {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        self.queue.push((record.clone(), scope.clone()));
    }

    /// Levels are filtered before a record is made, not here.
    fn event_enabled(&self, _: Severity, _: &str, _: Option<&str>) -> bool {
        true
    }

    fn force_flush(&self) -> OTelSdkResult {
        result(self.queue.flush(FLUSH_TIMEOUT), FLUSH_TIMEOUT)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        result(self.queue.shut_down(timeout), timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        let _ = self.resource.set(resource.into());
    }
}

/// What the SDK reports to the caller of a flush or shutdown.
fn result(finished: Result<(), Unfinished>, timeout: Duration) -> OTelSdkResult {
    finished.map_err(|unfinished| match unfinished {
        Unfinished::Timeout => OTelSdkError::Timeout(timeout),
        Unfinished::Waiting => {
            OTelSdkError::InternalFailure("what has ended waits to be read".to_owned())
        }
        Unfinished::Lost(items) => OTelSdkError::InternalFailure(format!("{items} items lost")),
    })
}

/// Exports metrics. The SDK's reader collects them, and calls this from a thread of its own.
/// The keys are left out here and not in the SDK, whose views keep exact keys only.
#[derive(Debug)]
pub(crate) struct OtlpMetricExporter {
    /// Exports on the thread of the reader, which waits meanwhile.
    exporter: OtlpExporter,
    /// The reader asks for it when it is added to the provider.
    temporality: Temporality,
    /// Which attributes the views keep; applied before each export.
    attribute_keys: AttributeKeys,
    /// The most data points of one request.
    max_batch_size: usize,
}

impl OtlpMetricExporter {
    /// `attribute_keys` is shared with the views of the same pipeline. `None` for `max_batch_size`
    /// is without limit.
    pub(crate) fn new(
        exporter: OtlpExporter,
        temporality: Temporality,
        attribute_keys: AttributeKeys,
        max_batch_size: Option<usize>,
    ) -> Self {
        let max_batch_size = max_batch_size.unwrap_or(usize::MAX);
        Self { exporter, temporality, attribute_keys, max_batch_size }
    }
}

impl PushMetricExporter for OtlpMetricExporter {
    /// Reports no failure to the reader, which would log it for each interval beside what the
    /// export status says.
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let mut request = metrics.into();
        self.attribute_keys.apply(&mut request);
        self.exporter.export_in_batches(ExportRequest::Metrics(request), self.max_batch_size);
        Ok(())
    }

    /// Nothing is held back between two calls of `export`.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    /// There is nothing to close. The last export comes before this, bounded by the pipeline's
    /// deadline.
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}
