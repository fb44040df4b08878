//! A propagator in the field that AWS services carry themselves: enough of X-Ray's for tests.

use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

#[derive(Debug)]
pub(crate) struct Xray([String; 1]);

impl Xray {
    pub(crate) fn new() -> Self {
        Self(["X-Amzn-Trace-Id".to_owned()])
    }

    pub(crate) fn header(context: &SpanContext) -> String {
        format!("Root={};Parent={}", context.trace_id(), context.span_id())
    }
}

impl TextMapPropagator for Xray {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        if cx.span().span_context().is_valid() {
            injector.set(&self.0[0], Self::header(cx.span().span_context()));
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let header = extractor.get("x-amzn-trace-id").and_then(|it| it.strip_prefix("Root="));
        let Some((trace, span)) = header.and_then(|header| header.split_once(";Parent=")) else {
            return cx.clone();
        };
        let (trace, span) = (TraceId::from_hex(trace).unwrap(), SpanId::from_hex(span).unwrap());
        let context = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
        cx.with_remote_span_context(context)
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}
