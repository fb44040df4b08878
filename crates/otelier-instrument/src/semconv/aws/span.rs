//! The span of a call: started at once, or, for a poll, when it is known that there will be one.

use std::time::{Duration, Instant, SystemTime};

use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::{Event, Link, SpanBuilder, SpanContext, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use crate::kit::OperationSpan;

use super::attributes::CallAttributes;
use super::request::AwsDetails;

#[derive(Debug)]
pub(super) enum CallSpan {
    Started(OperationSpan),
    /// A span that was started cannot be removed, so the span of a poll that may be empty is
    /// started at its end.
    Deferred(DeferredSpan),
}

#[derive(Debug)]
pub(super) struct DeferredSpan {
    parent: Context,
    started: Instant,
    started_at: SystemTime,
    links: Vec<Link>,
    events: Vec<Event>,
}

impl CallSpan {
    pub(super) fn start(
        call: &CallAttributes,
        parent: Context,
        tracer: Option<&BoxedTracer>,
        details: &AwsDetails<'_>,
    ) -> Self {
        Self::Started(OperationSpan::start(tracer, call.span_kind(), parent, || SpanBuilder {
            name: call.span_name().into(),
            attributes: Some(call.span_attributes(details)),
            ..SpanBuilder::default()
        }))
    }

    pub(super) fn defer(parent: Context) -> Self {
        Self::Deferred(DeferredSpan {
            parent,
            started: Instant::now(),
            started_at: SystemTime::now(),
            links: Vec::new(),
            events: Vec::new(),
        })
    }

    /// Whether the span was started and is recorded.
    pub(super) fn is_recording(&self) -> bool {
        matches!(self, Self::Started(span) if span.is_recording())
    }

    /// Sets an attribute of a span that was started.
    pub(super) fn set_attribute(&self, attribute: KeyValue) {
        if let Self::Started(span) = self {
            span.context().span().set_attribute(attribute);
        }
    }

    pub(super) fn is_deferred(&self) -> bool {
        matches!(self, Self::Deferred(_))
    }

    /// The context of the call: while its span is deferred, that of the caller.
    pub(super) fn context(&self) -> &Context {
        match self {
            Self::Started(span) => span.context(),
            Self::Deferred(deferred) => &deferred.parent,
        }
    }

    pub(super) fn kind(&self) -> &SpanKind {
        match self {
            Self::Started(span) => span.kind(),
            // Only polls are deferred.
            Self::Deferred(_) => &SpanKind::Client,
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        match self {
            Self::Started(span) => span.elapsed(),
            Self::Deferred(deferred) => deferred.started.elapsed(),
        }
    }

    /// Adds an event. `attributes` is not called if the span is not recorded.
    pub(super) fn add_event(
        &mut self,
        name: &'static str,
        at: SystemTime,
        attributes: impl FnOnce() -> Vec<KeyValue>,
    ) {
        match self {
            Self::Started(span) => span.add_event(name, at, attributes),
            Self::Deferred(deferred) => deferred.events.push(Event::new(name, at, attributes(), 0)),
        }
    }

    pub(super) fn add_link(&mut self, target: SpanContext, attributes: Vec<KeyValue>) {
        match self {
            Self::Started(span) if span.is_recording() => {
                span.context().span().add_link(target, attributes);
            }
            Self::Started(_) => {}
            Self::Deferred(deferred) => deferred.links.push(Link::new(target, attributes, 0)),
        }
    }

    pub(super) fn has_deferred_events(&self) -> bool {
        matches!(self, Self::Deferred(deferred) if !deferred.events.is_empty())
    }

    /// The span, started now if it was deferred, with the time at which the call began.
    pub(super) fn into_started(
        self,
        call: &CallAttributes,
        tracer: Option<&BoxedTracer>,
    ) -> OperationSpan {
        let DeferredSpan { parent, started, started_at, links, events } = match self {
            Self::Started(span) => return span,
            Self::Deferred(deferred) => deferred,
        };
        OperationSpan::start(tracer, call.span_kind(), parent, || SpanBuilder {
            name: call.span_name().into(),
            start_time: Some(started_at),
            attributes: Some(call.span_attributes(&AwsDetails::None)),
            links: Some(links),
            events: Some(events),
            ..SpanBuilder::default()
        })
        .started_at(started)
    }
}
