//! The ids of the span that is current.

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt as _, TraceId};

pub(super) struct Ids {
    pub(super) trace: TraceId,
    pub(super) span: SpanId,
}

impl Ids {
    /// `None` outside of any trace.
    pub(super) fn current() -> Option<Self> {
        Context::map_current(|cx| {
            let span = cx.span();
            let context = span.span_context();
            let ids = Self { trace: context.trace_id(), span: context.span_id() };
            context.is_valid().then_some(ids)
        })
    }
}
