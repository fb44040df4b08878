//! The propagator of AWS X-Ray: the header `X-Amzn-Trace-Id`.

use std::sync::LazyLock;

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::hex;

const HEADER: &str = "X-Amzn-Trace-Id";

/// `Root=1-` 8 `-` 24 `;Parent=` 16 `;Sampled=` 1
const HEADER_LEN: usize = 74;

static FIELDS: LazyLock<[String; 1]> = LazyLock::new(|| [HEADER.to_owned()]);

/// Carries the span context as the [tracing header] of AWS X-Ray.
///
/// `Root=1-{8 digits}-{24 digits};Parent={16 digits};Sampled={0, 1 or ?}`, the parts in any order,
/// others (`Self`, `Lineage`) ignored. A header without `Parent`, as a load balancer writes it,
/// names no span to be the parent, and `?` (the decision is the receiver's) reads as not sampled:
/// the API has no third state.
///
/// [tracing header]:
/// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
///
/// ```
/// # mod otelier { pub use otelier_propagation as propagation; }
/// use std::collections::HashMap;
///
/// use opentelemetry::Context;
/// use opentelemetry::propagation::TextMapPropagator;
/// use opentelemetry::trace::TraceContextExt;
/// use otelier::propagation::XrayPropagator;
///
/// let header = "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1";
/// let received = HashMap::from([("x-amzn-trace-id".to_owned(), header.to_owned())]);
/// let cx = XrayPropagator::new().extract_with_context(&Context::new(), &received);
/// assert_eq!(cx.span().span_context().span_id().to_string(), "53995c3f42cd8ad8");
/// ```
#[derive(Clone, Debug, Default)]
pub struct XrayPropagator {
    _private: (),
}

impl XrayPropagator {
    /// Creates the propagator.
    #[must_use]
    pub fn new() -> Self {
        Self { _private: () }
    }

    /// Renders `span_context` as the header's value, which is also what the SQS system attribute
    /// `AWSTraceHeader` holds.
    ///
    /// Returns `None` for an invalid span context.
    #[must_use]
    pub fn header_value(span_context: &SpanContext) -> Option<String> {
        if !span_context.is_valid() {
            return None;
        }
        let trace_id = span_context.trace_id().to_bytes();
        let (epoch, unique) = trace_id.split_at(4);
        let mut header = String::with_capacity(HEADER_LEN);
        header.push_str("Root=1-");
        hex::encode(&mut header, epoch);
        header.push('-');
        hex::encode(&mut header, unique);
        header.push_str(";Parent=");
        hex::encode(&mut header, &span_context.span_id().to_bytes());
        header.push_str(if span_context.is_sampled() { ";Sampled=1" } else { ";Sampled=0" });
        Some(header)
    }
}

impl TextMapPropagator for XrayPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        if let Some(header) = Self::header_value(cx.span().span_context()) {
            injector.set(HEADER, header);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        match extractor.get(HEADER).and_then(parse) {
            Some(parent) => cx.with_remote_span_context(parent),
            None => cx.clone(),
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(FIELDS.as_slice())
    }
}

fn parse(header: &str) -> Option<SpanContext> {
    let mut trace_id = None;
    let mut span_id = None;
    let mut flags = TraceFlags::NOT_SAMPLED;
    for part in header.split(';') {
        match part.trim_matches([' ', '\t']).split_once('=') {
            Some(("Root", root)) => trace_id = Some(parse_root(root)?),
            Some(("Parent", parent)) => {
                span_id = Some(SpanId::from_bytes(hex::decode(parent.as_bytes())?));
            }
            Some(("Sampled", sampled)) => {
                flags = match sampled {
                    "1" => TraceFlags::SAMPLED,
                    "0" | "?" => TraceFlags::NOT_SAMPLED,
                    _ => return None,
                }
            }
            _ => {}
        }
    }
    let parent = SpanContext::new(trace_id?, span_id?, flags, true, TraceState::NONE);
    parent.is_valid().then_some(parent)
}

fn parse_root(root: &str) -> Option<TraceId> {
    let (epoch, unique) = root.strip_prefix("1-")?.split_once('-')?;
    let epoch: [u8; 4] = hex::decode(epoch.as_bytes())?;
    let unique: [u8; 12] = hex::decode(unique.as_bytes())?;
    let mut id = [0; 16];
    id[..4].copy_from_slice(&epoch);
    id[4..].copy_from_slice(&unique);
    Some(TraceId::from_bytes(id))
}

#[cfg(test)]
mod tests;
