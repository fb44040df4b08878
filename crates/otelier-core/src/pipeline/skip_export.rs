//! Spans that the user marked as not to be exported.
//!
//! The mark is an attribute, which may be set at any time before the span ends. It has effect for
//! this span only: its children are exported if they are sampled, with a parent that is missing.

use opentelemetry::trace::{SpanContext, TraceFlags};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use otelier_instrument::semconv::attribute;

/// Whether one of the keys has the value `true`, and not another one that was set later.
pub(super) fn is_marked(attributes: &[KeyValue]) -> bool {
    [attribute::OTELIER_SKIP_EXPORT, attribute::SKIP_EXPORT].into_iter().any(|key| {
        let last = attributes.iter().rev().find(|attribute| attribute.key.as_str() == key);
        last.is_some_and(|attribute| attribute.value == Value::Bool(true))
    })
}

/// Makes `span` one that is recorded and not sampled: processors learn of its end, and no exporter
/// gets it.
pub(super) fn apply(span: &mut SpanData) {
    let context = &span.span_context;
    span.span_context = SpanContext::new(
        context.trace_id(),
        context.span_id(),
        context.trace_flags() & !TraceFlags::SAMPLED,
        context.is_remote(),
        context.trace_state().clone(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_boolean_true_marks_a_span() {
        const OWN: &str = "otelier.skip_export";
        const THEIRS: &str = "SKIP_EXPORT";
        for (attributes, expected) in [
            (vec![], false),
            (vec![KeyValue::new("other", true)], false),
            (vec![KeyValue::new(OWN, true)], true),
            (vec![KeyValue::new(THEIRS, true)], true),
            (vec![KeyValue::new(OWN, "true")], false),
            (vec![KeyValue::new(OWN, 1)], false),
            (vec![KeyValue::new(OWN, false), KeyValue::new(OWN, true)], true),
            (vec![KeyValue::new(OWN, true), KeyValue::new(OWN, false)], false),
            (vec![KeyValue::new(OWN, false), KeyValue::new(THEIRS, true)], true),
        ] {
            assert_eq!(is_marked(&attributes), expected, "{attributes:?}");
        }
    }
}
