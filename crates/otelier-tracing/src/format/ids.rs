//! The ids of the span that is current.
//!
//! They come from the OpenTelemetry context, not from the span of `tracing`, so that a line within
//! a span that Otelier made by itself has ids too.

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt as _, TraceId};

/// Printed in hexadecimal, as in a `traceparent` header.
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
