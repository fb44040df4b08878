//! Spans, their events and links.
//!
//! All fields are public and owned, so that a test can look at a span without knowing the messages
//! of OTLP. Fields that OTLP leaves empty when there is nothing, such as the parent's id, are an
//! `Option` where the difference matters.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};

use super::value::{Attributes, Scope, Value};

/// A span that has ended.
///
/// ```
/// use opentelemetry::trace::{Tracer as _, TracerProvider as _};
/// use otelier_testing::Capture;
///
/// let capture = Capture::new();
/// let tracer = capture.tracer_provider().tracer("doc");
/// tracer.in_span("outer", |_| tracer.in_span("inner", |_| ()));
/// let (outer, inner) = (capture.span("outer"), capture.span("inner"));
/// assert!(inner.is_child_of(&outer) && outer.parent_span_id.is_none());
/// assert!(inner.duration() <= outer.duration());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Span {
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// The parent's id, or `None` for the root of a trace.
    pub parent_span_id: Option<SpanId>,
    /// Whether the parent came from another process.
    pub parent_is_remote: bool,
    /// W3C trace flags.
    pub trace_flags: TraceFlags,
    /// The W3C `tracestate` header, empty if there is none.
    pub trace_state: String,
    /// The name.
    pub name: String,
    /// The kind.
    pub kind: SpanKind,
    /// The status, with its description if it is an error.
    pub status: Status,
    /// The attributes.
    pub attributes: Attributes,
    /// The events, in the order they were added.
    pub events: Vec<Event>,
    /// The links, in the order they were added.
    pub links: Vec<Link>,
    /// How much was left out because of a limit.
    pub dropped: Dropped,
    /// The scope that produced it.
    pub scope: Scope,
    /// The attributes of the resource, such as `service.name`.
    pub resource: Attributes,
    /// When it started.
    pub start: SystemTime,
    /// When it ended.
    pub end: SystemTime,
}

impl Span {
    /// The attribute `key`, if it is set.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.get(key)
    }

    /// From start to end; zero if the clock went backwards.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.end.duration_since(self.start).unwrap_or_default()
    }

    /// The span's context, for use as a link's target or to compare with an injected one.
    ///
    /// # Panics
    /// If the trace state is not valid.
    #[must_use]
    pub fn context(&self) -> SpanContext {
        let state =
            self.trace_state.parse::<TraceState>().expect("the trace state of a span is valid");
        SpanContext::new(self.trace_id, self.span_id, self.trace_flags, false, state)
    }

    /// Whether this span is a direct child of `parent`.
    #[must_use]
    pub fn is_child_of(&self, parent: &Span) -> bool {
        self.trace_id == parent.trace_id && self.parent_span_id == Some(parent.span_id)
    }
}

/// How many parts of a span were left out because of a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// Attributes of the span itself.
    pub attributes: u32,
    /// Events.
    pub events: u32,
    /// Links.
    pub links: u32,
}

/// Something that happened at one moment of a span.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The name.
    pub name: String,
    /// When it happened.
    pub time: SystemTime,
    /// The attributes.
    pub attributes: Attributes,
    /// How many attributes were left out because of a limit.
    pub dropped_attributes: u32,
}

/// A link from a span to another.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Link {
    /// The trace of the other span.
    pub trace_id: TraceId,
    /// The id of the other span.
    pub span_id: SpanId,
    /// The other span's W3C `tracestate` header, empty if there is none.
    pub trace_state: String,
    /// The attributes.
    pub attributes: Attributes,
    /// How many attributes were left out because of a limit.
    pub dropped_attributes: u32,
}
