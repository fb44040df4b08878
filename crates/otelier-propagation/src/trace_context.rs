//! The W3C trace-context propagator: `traceparent` and `tracestate`.

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::filtered::without_mark;
use super::trace_id::{self, RANDOM};
use super::trace_state::FullTraceState;
use super::{hex, trace_state};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// The length of a version 00 `traceparent`, and the least of any later version.
const TRACEPARENT_LEN: usize = 55;

/// `sampled` and `random-trace-id`; the other bits are reserved and must be sent as zero.
const KNOWN_FLAGS: TraceFlags = TraceFlags::new(0x03);

static FIELDS: LazyLock<[String; 2]> =
    LazyLock::new(|| [TRACEPARENT.to_owned(), TRACESTATE.to_owned()]);

/// Carries the span context in the headers `traceparent` and `tracestate`, as [W3C Trace Context
/// Level 2] says.
///
/// A `traceparent` that occurs more than once is as good as none. Several `tracestate` headers are
/// one list; one invalid member, or more than 32, and the whole list is dropped, while the
/// `traceparent` still counts. The members travel on in their order, those too whose keys
/// [`TraceState`](opentelemetry::trace::TraceState) cannot represent.
///
/// [W3C Trace Context Level 2]: https://www.w3.org/TR/trace-context-2/
#[derive(Clone, Debug, Default)]
pub struct TraceContextPropagator {
    _private: (),
}

impl TraceContextPropagator {
    /// Creates the propagator.
    #[must_use]
    pub fn new() -> Self {
        Self { _private: () }
    }
}

impl TextMapPropagator for TraceContextPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        let received =
            cx.get::<Received>().filter(|received| received.trace_id == span_context.trace_id());
        let is_random = match received {
            Some(received) => received.random,
            None => trace_id::is_local(span_context.trace_id()),
        };
        let flags = match is_random {
            true => span_context.trace_flags() | RANDOM,
            false => span_context.trace_flags(),
        };
        injector.set(TRACEPARENT, format(span_context, flags));
        let full = received.and_then(|received| received.state.as_ref());
        let state = without_mark(span_context.trace_state());
        let header = trace_state::header(&state, full);
        if !header.is_empty() {
            injector.set(TRACESTATE, header);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let Some(parent) = extractor.get(TRACEPARENT).and_then(Parent::parse) else {
            return cx.clone();
        };
        // `get` answers with the first of several. It is asked first all the same: unlike
        // `get_all`, it costs nothing in the common case that there is no such header.
        if extractor.get_all(TRACEPARENT).is_some_and(|all| all.len() > 1) {
            return cx.clone();
        }
        let (state, full) = match extractor.get_all(TRACESTATE) {
            Some(lines) => trace_state::parse(&lines),
            None => (TraceState::NONE, None),
        };
        let received = Received {
            trace_id: parent.trace_id,
            random: parent.flags & RANDOM == RANDOM,
            state: full,
        };
        // Most requests have nothing to remember, and a context's value is three allocations.
        let context =
            if received.random || received.state.is_some() || cx.get::<Received>().is_some() {
                cx.with_value(received)
            } else {
                cx.clone()
            };
        context.with_remote_span_context(SpanContext::new(
            parent.trace_id,
            parent.span_id,
            parent.flags,
            true,
            state,
        ))
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(FIELDS.as_slice())
    }
}

/// What a trace arrived with and a span may lose: the SDK clears every flag of a span that is not
/// sampled, and the API's `TraceState` does not hold every list.
#[derive(Debug)]
struct Received {
    trace_id: TraceId,
    random: bool,
    state: Option<FullTraceState>,
}

/// What a `traceparent` says.
struct Parent {
    trace_id: TraceId,
    span_id: SpanId,
    flags: TraceFlags,
}

impl Parent {
    fn parse(header: &str) -> Option<Self> {
        let header = header.trim_matches([' ', '\t']).as_bytes();
        let (fields, rest) = header.split_at_checked(TRACEPARENT_LEN)?;
        if [fields[2], fields[35], fields[52]] != *b"---" {
            return None;
        }
        let [version] = hex::decode(&fields[..2])?;
        match (version, rest) {
            (0xff, _) | (0, [_, ..]) => return None,
            (_, [] | [b'-', ..]) => {}
            _ => return None,
        }
        let [flags] = hex::decode(&fields[53..])?;
        let parent = Self {
            trace_id: TraceId::from_bytes(hex::decode(&fields[3..35])?),
            span_id: SpanId::from_bytes(hex::decode(&fields[36..52])?),
            flags: TraceFlags::new(flags) & KNOWN_FLAGS,
        };
        (parent.trace_id != TraceId::INVALID && parent.span_id != SpanId::INVALID).then_some(parent)
    }
}

fn format(span_context: &SpanContext, flags: TraceFlags) -> String {
    let mut header = String::with_capacity(TRACEPARENT_LEN);
    header.push_str("00-");
    hex::encode(&mut header, &span_context.trace_id().to_bytes());
    header.push('-');
    hex::encode(&mut header, &span_context.span_id().to_bytes());
    header.push('-');
    hex::encode(&mut header, &[(flags & KNOWN_FLAGS).to_u8()]);
    header
}

#[cfg(test)]
mod tests;
