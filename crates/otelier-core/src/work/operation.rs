//! The operation that a span around work of one's own is.
//!
//! The error is recorded twice, as the conventions want it: as status and `error.type` of the span,
//! and as a log record linked to it. An error is only turned into text if one of them will be kept.
//! Its message is masked and cut by `Exception`, for both alike.
//!
//! The state is that of all operations of this workspace, `OperationState`. It ends the span once,
//! however the work ends.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use opentelemetry::logs::Severity;
use opentelemetry::trace::{SpanBuilder, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue, StringValue};
use otelier_instrument::kit::{
    ErrorType, Exception, Instrumenter, OperationSpan, OperationState, Outcome, Recording, value,
};
use otelier_instrument::operation;
use otelier_instrument::semconv::attribute::LUMIGO_TYPE;
use otelier_instrument::semconv::exception::EVENT_NAME;

/// A span around work of one's own, from its start to its end. Dropped before that, it ends as
/// `cancelled`, or as `panic` while its thread unwinds.
///
/// There are no instruments: the time of such work is not measured as a metric.
#[derive(Debug)]
#[must_use = "an operation that is dropped ends as cancelled"]
pub(crate) struct SpanOperation(OperationState<SpanRecording>);

/// What is kept between the start and the end of a recorded span.
#[derive(Debug)]
pub(crate) struct SpanRecording {
    /// The span, with the context that the work runs in.
    span: OperationSpan,
    /// What the error says that the work returned. Masked and cut; it becomes the description of
    /// the status.
    description: Option<String>,
}

impl SpanOperation {
    /// Without a tracer, as before `init` or where telemetry is suppressed, it is a no-op that runs
    /// the work in `parent`.
    pub(super) fn start(
        spans: &Arc<Instrumenter<()>>,
        name: Cow<'static, str>,
        parent: Context,
    ) -> Self {
        let signals = spans.enabled_signals(&parent);
        if signals.tracer().is_none() {
            return Self(OperationState::noop(parent, spans));
        }
        let span = OperationSpan::start(signals.tracer(), SpanKind::Internal, parent, || {
            SpanBuilder::from_name(name)
        });
        Self(OperationState::recorded(SpanRecording { span, description: None }, spans))
    }

    /// Ends the span with the result of the work. The exception is written while the span is open,
    /// in its context, so that the record belongs to it.
    pub(crate) fn end_with<T, E: fmt::Display>(mut self, result: &Result<T, E>) {
        let Err(error) = result else {
            self.0.end(None);
            return;
        };
        let is_recording = self.0.recording().is_some_and(|it| it.span.is_recording());
        if !is_recording && !self.0.owner().records_exceptions(self.0.context()) {
            self.0.end(Some(ErrorType::of_type::<E>()));
            return;
        }
        let exception = Exception::of(error);
        let error_type = exception.error_type().clone();
        self.0.owner().record_exception(EVENT_NAME, Severity::Error, &exception, self.0.context());
        if let Some(recording) = self.0.recording_mut() {
            recording.description = Some(exception.into_message());
        }
        self.0.end(Some(error_type));
    }
}

operation!(SpanOperation);

impl Recording for SpanRecording {
    type Owner = Instrumenter<()>;
    type Output = ();

    /// The work runs in it, so spans within are children of this one.
    fn context(&self) -> &Context {
        self.span.context()
    }

    fn kind(&self) -> &SpanKind {
        self.span.kind()
    }

    /// The description is set first: the SDK keeps it when `OperationSpan::end` sets the status
    /// without one.
    fn end(self, _: &Self::Owner, outcome: Outcome) {
        if let Some(description) = self.description {
            self.span.describe_failure(description);
        }
        self.span.end(&outcome, || []);
    }
}

/// Adds an event to the current span. Nothing happens if that is not recorded. The name and `kind`
/// are cut to the limit of attribute values.
pub(super) fn record_event(message: Cow<'static, str>, kind: StringValue) {
    Context::map_current(|cx| {
        let span = cx.span();
        if span.is_recording() {
            let name = match message {
                Cow::Borrowed(name) => Cow::Borrowed(value::truncate(name)),
                Cow::Owned(name) => Cow::Owned(value::truncate_string(name)),
            };
            span.add_event(name, vec![KeyValue::new(LUMIGO_TYPE, value::bounded(kind))]);
        }
    });
}
