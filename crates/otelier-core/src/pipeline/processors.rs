//! The one processor that the SDK has for spans, and for log records: it applies the limits once,
//! and passes the result on to all others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::logs::Severity;
use opentelemetry::trace::SpanContext;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use otelier_propagation::trace_id::{self, RANDOM};

use super::limits::SpanLimits;
use super::log_limits::LogLimits;

/// All processors of spans.
#[derive(Debug)]
pub(super) struct SpanProcessors {
    limits: SpanLimits,
    processors: Vec<Box<dyn SpanProcessor>>,
    /// Becomes `true` with the first one.
    used: Arc<AtomicBool>,
}

impl SpanProcessors {
    pub(super) fn new(
        limits: SpanLimits,
        processors: Vec<Box<dyn SpanProcessor>>,
        used: Arc<AtomicBool>,
    ) -> Self {
        Self { limits, processors, used }
    }
}

impl SpanProcessor for SpanProcessors {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        note(&self.used);
        for processor in &self.processors {
            processor.on_start(span, cx);
        }
    }

    fn on_end(&self, mut span: SpanData) {
        self.limits.apply(&mut span);
        mark_random(&mut span);
        let Some((last, others)) = self.processors.split_last() else { return };
        for processor in others {
            processor.on_end(span.clone());
        }
        last.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        all(&self.processors, SpanProcessor::force_flush)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        all(&self.processors, |processor| processor.shutdown_with_timeout(timeout))
    }

    fn set_resource(&mut self, resource: &Resource) {
        for processor in &mut self.processors {
            processor.set_resource(resource);
        }
    }
}

/// What is exported says the same of a trace as what is propagated.
fn mark_random(span: &mut SpanData) {
    let context = &span.span_context;
    if trace_id::is_local(context.trace_id()) {
        span.span_context = SpanContext::new(
            context.trace_id(),
            context.span_id(),
            context.trace_flags() | RANDOM,
            context.is_remote(),
            context.trace_state().clone(),
        );
    }
}

/// All processors of log records.
#[derive(Debug)]
pub(super) struct LogProcessors {
    limits: LogLimits,
    processors: Vec<Box<dyn LogProcessor>>,
    /// Becomes `true` with the first one.
    used: Arc<AtomicBool>,
}

impl LogProcessors {
    pub(super) fn new(
        limits: LogLimits,
        processors: Vec<Box<dyn LogProcessor>>,
        used: Arc<AtomicBool>,
    ) -> Self {
        Self { limits, processors, used }
    }
}

impl LogProcessor for LogProcessors {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        note(&self.used);
        self.limits.apply(record);
        for processor in &self.processors {
            processor.emit(record, scope);
        }
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.processors.iter().any(|processor| processor.event_enabled(level, target, name))
    }

    fn force_flush(&self) -> OTelSdkResult {
        all(&self.processors, LogProcessor::force_flush)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        all(&self.processors, |processor| processor.shutdown_with_timeout(timeout))
    }

    fn set_resource(&mut self, resource: &Resource) {
        for processor in &mut self.processors {
            processor.set_resource(resource);
        }
    }
}

/// Looks before it writes, so that threads do not contend for the flag.
fn note(used: &AtomicBool) {
    if !used.load(Ordering::Relaxed) {
        used.store(true, Ordering::Relaxed);
    }
}

/// Asks every processor, also after one that failed.
fn all<P: ?Sized>(processors: &[Box<P>], ask: impl Fn(&P) -> OTelSdkResult) -> OTelSdkResult {
    let errors: Vec<OTelSdkError> =
        processors.iter().filter_map(|processor| ask(processor).err()).collect();
    match errors.len() {
        0 => Ok(()),
        1 => errors.into_iter().next().map_or(Ok(()), Err),
        _ => {
            let errors: Vec<String> = errors.iter().map(OTelSdkError::to_string).collect();
            Err(OTelSdkError::InternalFailure(errors.join("; ")))
        }
    }
}
