//! One running span with its clock: what every operation, of whatever domain, starts and ends.

use std::borrow::Cow;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, Tracer,
};
use opentelemetry::{Context, KeyValue};

use crate::kit::ErrorType;
use crate::kit::catch_panic;
use crate::semconv::attribute;

/// A span that was started, or nothing but the parent's context and a clock where none is wanted.
#[derive(Debug)]
pub(crate) struct OperationSpan {
    cx: Context,
    state: State,
    kind: SpanKind,
    started: Instant,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// No tracer, or telemetry is suppressed: the context is the parent's.
    Absent,
    /// There is an identity to pass on, and nobody to tell anything else.
    Unrecorded,
    Recording,
}

impl OperationSpan {
    /// Starts the span that `builder` describes, if there is a tracer; the builder is not asked otherwise.
    pub(crate) fn start(
        tracer: Option<&BoxedTracer>,
        kind: SpanKind,
        parent: Context,
        builder: impl FnOnce() -> SpanBuilder,
    ) -> Self {
        let (cx, state) = match tracer {
            None => (parent, State::Absent),
            Some(tracer) => {
                match catch_panic(|| {
                    tracer.build_with_context(builder().with_kind(kind.clone()), &parent)
                }) {
                    Some(span) if span.is_recording() => (parent.with_span(span), State::Recording),
                    // The identity is all that a span nobody records has, and it is cheaper to keep than the span.
                    Some(span) if span.span_context().is_valid() => (
                        parent.with_remote_span_context(span.span_context().clone()),
                        State::Unrecorded,
                    ),
                    _ => (parent, State::Absent),
                }
            }
        };
        Self { cx, state, kind, started: Instant::now() }
    }

    /// The context in which the operation's own work runs.
    pub(crate) fn context(&self) -> &Context {
        &self.cx
    }

    /// The span's identity; invalid where there is no span.
    pub(crate) fn span_context(&self) -> SpanContext {
        match self.state {
            State::Absent => SpanContext::empty_context(),
            State::Unrecorded | State::Recording => self.cx.span().span_context().clone(),
        }
    }

    pub(crate) fn is_recording(&self) -> bool {
        self.state == State::Recording
    }

    /// How long the operation has run.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Makes the operation one that has run since `started`: for a span that is only begun when it is known to be wanted.
    pub(crate) fn started_at(mut self, started: Instant) -> Self {
        self.started = started;
        self
    }

    /// Adds an event. `attributes` is not called where nobody records.
    pub(crate) fn add_event(
        &self,
        name: &'static str,
        at: SystemTime,
        attributes: impl FnOnce() -> Vec<KeyValue>,
    ) {
        if self.is_recording() {
            self.cx.span().add_event_with_timestamp(name, at, attributes());
        }
    }

    /// Renames the span.
    pub(crate) fn rename(&self, name: impl Into<Cow<'static, str>>) {
        if self.is_recording() {
            self.cx.span().update_name(name);
        }
    }

    /// Ends the span with what was learned since it started. `attributes` is not called where nobody records.
    ///
    /// The status is left unset on success, and where a caller gave up its own outgoing call or message: that is no error
    /// of the callee, though `error.type` tells it apart. A status that merely repeats a code carries no description.
    pub(crate) fn end<A>(&self, error: Option<&ErrorType>, attributes: impl FnOnce() -> A)
    where
        A: IntoIterator<Item = KeyValue>,
    {
        if !self.is_recording() {
            return;
        }
        let _ = catch_panic(|| self.end_recorded(error, attributes));
    }

    fn end_recorded<A>(&self, error: Option<&ErrorType>, attributes: impl FnOnce() -> A)
    where
        A: IntoIterator<Item = KeyValue>,
    {
        let span = self.cx.span();
        span.set_attributes(attributes().into_iter().chain(error.map(attribute::error_type)));
        if let Some(error) = error
            && !(*error == ErrorType::CANCELLED
                && matches!(self.kind, SpanKind::Client | SpanKind::Producer))
        {
            span.set_status(Status::error(""));
        }
        span.end();
    }
}
