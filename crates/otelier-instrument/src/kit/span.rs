//! The span of an operation and its clock.

use std::borrow::Cow;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, Tracer,
};
use opentelemetry::{Context, KeyValue};

use crate::kit::{Outcome, catch_panic};
use crate::semconv::attribute;

/// The span of an operation and its clock. Without a tracer it is the clock and the parent's
/// context.
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry::trace::{SpanBuilder, SpanKind};
/// use otelier_instrument::kit::{Instrumenter, OperationSpan, Outcome, Providers};
/// use otelier_instrument::integration;
///
/// let instrumenter = Instrumenter::<()>::new(integration!("jobs"), Providers::default());
/// let parent = Context::current();
/// let signals = instrumenter.enabled_signals(&parent);
/// let span = OperationSpan::start(signals.tracer(), SpanKind::Internal, parent, || {
///     SpanBuilder::from_name("run job")
/// });
/// {
///     let _attached = span.context().clone().attach();
///     // The work.
/// }
/// span.end(&Outcome::Success, || []);
/// ```
#[derive(Debug)]
pub struct OperationSpan {
    cx: Context,
    state: State,
    kind: SpanKind,
    started: Instant,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// No tracer, or telemetry is suppressed: the context is the parent's.
    Absent,
    /// A non-recording span with a valid span context.
    NonRecording,
    Recording,
}

impl OperationSpan {
    /// Starts the span that `builder` returns, if there is a tracer. Without one, `builder` is not
    /// called.
    ///
    /// What a sampler needs must be among the builder's attributes. The capacity of their vector is
    /// kept: room for what is added by [`end`](Self::end) saves an allocation.
    pub fn start(
        tracer: Option<&BoxedTracer>,
        kind: SpanKind,
        parent: Context,
        builder: impl FnOnce() -> SpanBuilder,
    ) -> Self {
        let build = |tracer: &BoxedTracer| {
            tracer.build_with_context(builder().with_kind(kind.clone()), &parent)
        };
        let span = tracer.and_then(|tracer| catch_panic(|| build(tracer)));
        let (cx, state) = match span {
            Some(span) if span.is_recording() => (parent.with_span(span), State::Recording),
            Some(span) if is_new(span.span_context(), &parent) => {
                // A non-recording span has nothing but its span context, which is cheaper to keep.
                let identity = span.span_context().clone();
                (parent.with_remote_span_context(identity), State::NonRecording)
            }
            _ => (parent, State::Absent),
        };
        Self { cx, state, kind, started: Instant::now() }
    }

    /// The context in which the operation's work runs.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.cx
    }

    /// The kind of the span.
    #[must_use]
    pub fn kind(&self) -> &SpanKind {
        &self.kind
    }

    /// The span context; invalid without a span.
    #[must_use]
    pub fn span_context(&self) -> SpanContext {
        match self.state {
            State::Absent => SpanContext::empty_context(),
            State::NonRecording | State::Recording => self.cx.span().span_context().clone(),
        }
    }

    /// Whether the span is recorded, so that its attributes are worth making.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.state == State::Recording
    }

    /// How long the operation has run.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Sets when the operation began, for a span that is started later than its operation.
    #[must_use]
    pub fn started_at(mut self, started: Instant) -> Self {
        self.started = started;
        self
    }

    /// Adds an event. `attributes` is called if the span is recorded.
    pub fn add_event(
        &self,
        name: &'static str,
        at: SystemTime,
        attributes: impl FnOnce() -> Vec<KeyValue>,
    ) {
        if self.is_recording() {
            self.cx.span().add_event_with_timestamp(name, at, attributes());
        }
    }

    /// Describes the failure that the span is about to end with: what an error says, masked. The
    /// status is Error from now on.
    pub fn describe_failure(&self, description: String) {
        if self.is_recording() {
            self.cx.span().set_status(Status::error(description));
        }
    }

    /// Renames the span.
    pub fn rename(&self, name: impl Into<Cow<'static, str>>) {
        if self.is_recording() {
            self.cx.span().update_name(name);
        }
    }

    /// Ends the span, with what was learned since it started. `attributes` is called if the span is
    /// recorded.
    ///
    /// A failure adds `error.type` and sets the status to Error, without a description unless there
    /// [is one](Self::describe_failure): it would only repeat `error.type`. A cancellation adds
    /// `otelier.cancelled`. Otherwise the status stays unset.
    pub fn end<A>(&self, outcome: &Outcome, attributes: impl FnOnce() -> A)
    where
        A: IntoIterator<Item = KeyValue>,
    {
        if self.is_recording() {
            catch_panic(|| self.end_recording(outcome, attributes));
        }
    }

    fn end_recording<A>(&self, outcome: &Outcome, attributes: impl FnOnce() -> A)
    where
        A: IntoIterator<Item = KeyValue>,
    {
        let span = self.cx.span();
        let ending = match outcome {
            Outcome::Success => None,
            Outcome::Failure(error) => Some(attribute::error_type(error)),
            Outcome::Cancelled => Some(KeyValue::new(attribute::OTELIER_CANCELLED, true)),
        };
        span.set_attributes(attributes().into_iter().chain(ending));
        if outcome.error().is_some() {
            // The SDK keeps a description that was set before, since it is the greater one.
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

/// Whether a non-recording span is one of its own: a no-op tracer answers with its parent's span
/// context.
fn is_new(identity: &SpanContext, parent: &Context) -> bool {
    identity.is_valid() && identity.span_id() != parent.span().span_context().span_id()
}
