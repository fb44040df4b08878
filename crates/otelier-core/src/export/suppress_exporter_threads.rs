//! Leaves what happens on the threads of exporters out of telemetry.
//!
//! The SDK suppresses telemetry by the current context, which those threads set. That is not enough
//! where `tracing` spans become OpenTelemetry spans: h2 starts the span of a connection as an
//! explicit root, outside any context, and everything below it would be exported, and cause more of
//! the same. So the sampler and the log processor look at the thread.
//!
//! The mark is a thread local that is set once and never taken back, since these threads do nothing
//! else. Everything that exporters do on their own threads comes from threads that call `mark`
//! first.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::logs::Severity;
use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};
use otelier_instrument::catch_panic;

thread_local! {
    /// Of the current thread.
    static IS_EXPORT_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// Marks the current thread as one of an exporter, until it ends.
pub(crate) fn mark() {
    IS_EXPORT_THREAD.set(true);
}

/// A sampler or log processor that leaves out what happens on the threads of exporters.
/// On all other threads it passes everything on.
#[derive(Clone, Debug)]
pub(crate) struct SuppressExporterThreads<T>(pub(crate) T);

// In an `Arc`, for the SDK clones its sampler, and the user's need not be one that can be.
impl<S: ShouldSample + 'static> ShouldSample for SuppressExporterThreads<Arc<S>> {
    /// The trace state of the parent is passed on when a span is dropped, as samplers must.
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let decide =
            || self.0.should_sample(parent_context, trace_id, name, span_kind, attributes, links);
        // A sampler of the user that panics has decided nothing.
        let decided = if IS_EXPORT_THREAD.get() { None } else { catch_panic(decide) };
        decided.unwrap_or_else(|| SamplingResult {
            decision: SamplingDecision::Drop,
            attributes: Vec::new(),
            trace_state: parent_context
                .map(|cx| cx.span().span_context().trace_state().clone())
                .unwrap_or_default(),
        })
    }
}

impl<P: LogProcessor> LogProcessor for SuppressExporterThreads<P> {
    /// A record of an exporter's thread is lost without a word.
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if !IS_EXPORT_THREAD.get() {
            self.0.emit(record, scope);
        }
    }

    /// Answers before a record is built, which saves the work.
    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        !IS_EXPORT_THREAD.get() && self.0.event_enabled(level, target, name)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider, SimpleLogProcessor};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider};

    use super::*;

    #[test]
    fn nothing_of_a_marked_thread_is_recorded() {
        let (spans, logs) = (InMemorySpanExporter::default(), InMemoryLogExporter::default());
        let tracers = SdkTracerProvider::builder()
            .with_simple_exporter(spans.clone())
            .with_sampler(SuppressExporterThreads(Arc::new(Sampler::AlwaysOn)))
            .build();
        let loggers = SdkLoggerProvider::builder()
            .with_log_processor(SuppressExporterThreads(SimpleLogProcessor::new(logs.clone())))
            .build();
        let work = || {
            tracers.tracer("t").start("span").end();
            let logger = loggers.logger("l");
            let mut record = logger.create_log_record();
            record.set_body(AnyValue::from("record"));
            logger.emit(record);
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                mark();
                work();
            });
        });
        let counts =
            || (spans.get_finished_spans().unwrap().len(), logs.get_emitted_logs().unwrap().len());
        assert_eq!(counts(), (0, 0));
        work();
        assert_eq!(counts(), (1, 1));
    }
}
