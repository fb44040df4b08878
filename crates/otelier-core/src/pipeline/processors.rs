//! The one processor that the SDK has for spans, and for log records: it applies the limits once,
//! and passes the result on to all others.
//!
//! The SDK gives each processor the same span or record in turn, so what changes it has to come
//! before all of them. Here it is done once: context attributes when a span starts; when it ends
//! the mark to skip the export, the limits and the flag for random trace ids; for log records
//! masking and then limits. The last processor gets the span itself, the others a clone, so one
//! processor costs no copy.
//!
//! A dump sees what is recorded, with all limits applied, before a skipped span loses its sampled
//! flag.

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

use super::context_attributes::ContextAttributes;
use super::limits::SpanLimits;
use super::log_limits::LogLimits;
use super::log_masking::LogMasking;
use super::skip_export;
use crate::export::OtlpSpanProcessor;

/// All processors of spans.
#[derive(Debug)]
pub(super) struct SpanProcessors {
    /// Applied when a span ends.
    limits: SpanLimits,
    /// Set when a span starts.
    context_attributes: ContextAttributes,
    /// In the order in which they are called.
    processors: Vec<Box<dyn SpanProcessor>>,
    /// Takes every span that is recorded, also one that is not to be exported.
    dump: Option<OtlpSpanProcessor>,
}

impl SpanProcessors {
    pub(super) fn new(
        limits: SpanLimits,
        context_attributes: ContextAttributes,
        processors: Vec<Box<dyn SpanProcessor>>,
        dump: Option<OtlpSpanProcessor>,
    ) -> Self {
        Self { limits, context_attributes, processors, dump }
    }
}

impl SpanProcessor for SpanProcessors {
    /// The attributes come first, so that processors see them.
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.context_attributes.on_start(span, cx);
        for processor in &self.processors {
            processor.on_start(span, cx);
        }
    }

    ///
    /// With no processor only the dump gets the span. The span that processors see is the one that
    /// is exported, so none of them needs limits of its own.
    fn on_end(&self, mut span: SpanData) {
        ContextAttributes::on_end(&span);
        // Before the limits, which may drop the mark.
        let is_skipped = skip_export::is_marked(&span.attributes);
        self.limits.apply(&mut span);
        mark_random(&mut span);
        if let Some(dump) = &self.dump {
            dump.push(span.clone());
        }
        if is_skipped {
            skip_export::apply(&mut span);
        }
        let Some((last, others)) = self.processors.split_last() else { return };
        for processor in others {
            processor.on_end(span.clone());
        }
        last.on_end(span);
    }

    /// An error of one does not keep the others from being flushed.
    fn force_flush(&self) -> OTelSdkResult {
        // The dump comes last: it has a thread of its own, and nobody is to wait for it.
        let dump = self.dump.iter().map(OtlpSpanProcessor::force_flush);
        all(self.processors.iter().map(|it| it.force_flush()).chain(dump))
    }

    /// Each processor is given the whole timeout. The pipeline bounds all of them together.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let dump = self.dump.iter().map(|it| it.shutdown_with_timeout(timeout));
        all(self.processors.iter().map(|it| it.shutdown_with_timeout(timeout)).chain(dump))
    }

    /// The dump describes the same resource as the exporters.
    fn set_resource(&mut self, resource: &Resource) {
        for processor in &mut self.processors {
            processor.set_resource(resource);
        }
        if let Some(dump) = &mut self.dump {
            dump.set_resource(resource);
        }
    }
}

/// What is exported says the same of a trace as what is propagated.
/// The flag `random` of W3C Trace Context, level 2: set for the trace ids that were made here.
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
/// The record is changed in place, so all processors see it masked and within the limits.
#[derive(Debug)]
pub(super) struct LogProcessors {
    /// Comes before the limits, which could cut a secret into one that is not recognized.
    masking: LogMasking,
    /// Applied after masking.
    limits: LogLimits,
    /// In the order in which they are called. Each may change the record for the next.
    processors: Vec<Box<dyn LogProcessor>>,
    /// Becomes `true` with the first one.
    used: Arc<AtomicBool>,
}

impl LogProcessors {
    pub(super) fn new(
        masking: LogMasking,
        limits: LogLimits,
        processors: Vec<Box<dyn LogProcessor>>,
        used: Arc<AtomicBool>,
    ) -> Self {
        Self { masking, limits, processors, used }
    }
}

impl LogProcessor for LogProcessors {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        note(&self.used);
        self.masking.apply(record);
        self.limits.apply(record);
        for processor in &self.processors {
            processor.emit(record, scope);
        }
    }

    /// A record is worth making if one processor wants it.
    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.processors.iter().any(|processor| processor.event_enabled(level, target, name))
    }

    fn force_flush(&self) -> OTelSdkResult {
        all(self.processors.iter().map(|it| it.force_flush()))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        all(self.processors.iter().map(|it| it.shutdown_with_timeout(timeout)))
    }

    fn set_resource(&mut self, resource: &Resource) {
        for processor in &mut self.processors {
            processor.set_resource(resource);
        }
    }
}

/// Looks before it writes, so that threads do not contend for the flag.
/// The order of other memory accesses does not matter for it.
fn note(used: &AtomicBool) {
    if !used.load(Ordering::Relaxed) {
        used.store(true, Ordering::Relaxed);
    }
}

/// Asks every processor, also after one that failed.
///
/// One error is returned as it is, several as one with all their texts.
fn all(answers: impl Iterator<Item = OTelSdkResult>) -> OTelSdkResult {
    let errors: Vec<OTelSdkError> = answers.filter_map(Result::err).collect();
    match errors.len() {
        0 => Ok(()),
        1 => errors.into_iter().next().map_or(Ok(()), Err),
        _ => {
            let errors: Vec<String> = errors.iter().map(OTelSdkError::to_string).collect();
            Err(OTelSdkError::InternalFailure(errors.join("; ")))
        }
    }
}
