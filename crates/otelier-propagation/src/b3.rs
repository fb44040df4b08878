//! The B3 propagator of the Zipkin world, in its single-header and its multi-header form.

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::hex;

const SINGLE: &str = "b3";
const TRACE_ID: &str = "X-B3-TraceId";
const SPAN_ID: &str = "X-B3-SpanId";
const SAMPLED: &str = "X-B3-Sampled";
const FLAGS: &str = "X-B3-Flags";

static FIELDS: LazyLock<[String; 5]> =
    LazyLock::new(|| [SINGLE, TRACE_ID, SPAN_ID, SAMPLED, FLAGS].map(str::to_owned));

/// Carries the span context in the [B3] headers.
///
/// Reads the header `b3` and, where that is missing or invalid, the headers `X-B3-TraceId`,
/// `X-B3-SpanId`, `X-B3-Sampled` and `X-B3-Flags`; writes the one form or the other. A trace id of
/// 64 bits is padded with zeros on the left. The debug flag means sampled, and is sent on as the
/// debug flag for as long as the trace stays the same. A decision that is left open (no sampling
/// state) reads as not sampled: the API has no third state.
///
/// [B3]: https://github.com/openzipkin/b3-propagation
///
/// ```
/// # mod otelier { pub use otelier_propagation as propagation; }
/// use std::collections::HashMap;
///
/// use opentelemetry::Context;
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::TraceContextExt;
/// use otelier::propagation::B3Propagator;
///
/// let single = "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1".to_owned();
/// let received = HashMap::from([("b3".to_owned(), single)]);
/// let cx = B3Propagator::new().extract_with_context(&Context::new(), &received);
///
/// let mut sent = HashMap::new();
/// B3Propagator::multi().inject_context(&cx, &mut sent);
/// assert_eq!(sent["x-b3-spanid"], "e457b5a2e4d86bd1");
/// assert_eq!(sent["x-b3-sampled"], "1");
/// ```
#[derive(Clone, Debug, Default)]
pub struct B3Propagator {
    multi: bool,
}

impl B3Propagator {
    /// Creates a propagator that writes the single header `b3`.
    #[must_use]
    pub fn new() -> Self {
        Self { multi: false }
    }

    /// Creates a propagator that writes the headers `X-B3-*`, for peers that do not know the single
    /// one.
    #[must_use]
    pub fn multi() -> Self {
        Self { multi: true }
    }
}

/// Marks a context whose trace arrived with the debug flag.
#[derive(Debug)]
struct DebugTrace(TraceId);

impl TextMapPropagator for B3Propagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        let debug = cx.get::<DebugTrace>().is_some_and(|debug| debug.0 == span_context.trace_id());
        let decision = if span_context.is_sampled() { "1" } else { "0" };
        let trace_id = span_context.trace_id().to_bytes();
        let span_id = span_context.span_id().to_bytes();
        if self.multi {
            injector.set(TRACE_ID, digits(&trace_id));
            injector.set(SPAN_ID, digits(&span_id));
            // The debug flag implies a decision to sample, which then is not sent as well.
            match debug {
                true => injector.set(FLAGS, "1".to_owned()),
                false => injector.set(SAMPLED, decision.to_owned()),
            }
        } else {
            let mut header = String::with_capacity(51);
            hex::encode(&mut header, &trace_id);
            header.push('-');
            hex::encode(&mut header, &span_id);
            header.push('-');
            header.push_str(if debug { "d" } else { decision });
            injector.set(SINGLE, header);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let single = extractor.get(SINGLE).and_then(Parent::from_single);
        let Some(parent) = single.or_else(|| Parent::from_multi(extractor)) else {
            return cx.clone();
        };
        let sampled = parent.decision != Decision::Deny;
        let span_context = SpanContext::new(
            parent.trace_id,
            parent.span_id,
            TraceFlags::NOT_SAMPLED.with_sampled(sampled),
            true,
            TraceState::NONE,
        );
        let cx = cx.with_remote_span_context(span_context);
        match parent.decision {
            Decision::Debug => cx.with_value(DebugTrace(parent.trace_id)),
            _ => cx,
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(FIELDS.as_slice())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Decision {
    Deny,
    Accept,
    Debug,
}

struct Parent {
    trace_id: TraceId,
    span_id: SpanId,
    decision: Decision,
}

impl Parent {
    /// `{trace}-{span}[-{decision}[-{parent span}]]`. A lone decision, without ids, names no
    /// parent.
    fn from_single(header: &str) -> Option<Self> {
        let mut parts = header.trim_matches([' ', '\t']).split('-');
        let (trace_id, span_id) = (parts.next()?, parts.next()?);
        let decision = match parts.next() {
            None | Some("0") => Decision::Deny,
            Some("1") => Decision::Accept,
            Some("d") => Decision::Debug,
            Some(_) => return None,
        };
        if let Some(parent) = parts.next() {
            hex::decode::<8>(parent.as_bytes())?;
        }
        match parts.next() {
            None => Self::new(trace_id, span_id, decision),
            Some(_) => None,
        }
    }

    fn from_multi(extractor: &dyn Extractor) -> Option<Self> {
        let (trace_id, span_id) = (extractor.get(TRACE_ID)?, extractor.get(SPAN_ID)?);
        let decision = match (extractor.get(FLAGS), extractor.get(SAMPLED)) {
            (Some("1"), _) | (_, Some("d")) => Decision::Debug,
            // The words come from clients older than the specification, which asks to accept them.
            (_, Some("1" | "true")) => Decision::Accept,
            (_, None | Some("0" | "false")) => Decision::Deny,
            (_, Some(_)) => return None,
        };
        Self::new(trace_id, span_id, decision)
    }

    fn new(trace_id: &str, span_id: &str, decision: Decision) -> Option<Self> {
        let trace_id = match trace_id.len() {
            16 => u64::from_be_bytes(hex::decode(trace_id.as_bytes())?).into(),
            _ => u128::from_be_bytes(hex::decode(trace_id.as_bytes())?),
        };
        let parent = Self {
            trace_id: TraceId::from(trace_id),
            span_id: SpanId::from_bytes(hex::decode(span_id.as_bytes())?),
            decision,
        };
        (parent.trace_id != TraceId::INVALID && parent.span_id != SpanId::INVALID).then_some(parent)
    }
}

fn digits(id: &[u8]) -> String {
    let mut text = String::with_capacity(2 * id.len());
    hex::encode(&mut text, id);
    text
}

#[cfg(test)]
mod tests;
