//! A sampler that follows the parent of a span, and asks another one where there is no parent.
//!
//! The SDK's `Sampler::ParentBased` takes an active but invalid span for a parent that was not
//! sampled, and so loses whole traces. Its `ParentBasedSampler` does not, but is there since 0.33.1
//! only, and programs with another crate that asks for exactly 0.33.0 have to compile too.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingResult, ShouldSample};

/// The parent-based sampler of the specification, with its defaults for remote and local parents.
#[derive(Clone, Debug)]
pub(super) struct ParentBased {
    root: Box<dyn ShouldSample>,
}

impl ParentBased {
    /// `root` decides about spans without a valid parent.
    pub(super) fn new(root: Box<dyn ShouldSample>) -> Self {
        Self { root }
    }
}

impl ShouldSample for ParentBased {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let parent_is_sampled = parent_context.and_then(|cx| {
            let span = cx.span();
            let parent = span.span_context();
            parent.is_valid().then(|| parent.is_sampled())
        });
        let sampler: &dyn ShouldSample = match parent_is_sampled {
            None => &*self.root,
            Some(true) => &Sampler::AlwaysOn,
            Some(false) => &Sampler::AlwaysOff,
        };
        sampler.should_sample(parent_context, trace_id, name, span_kind, attributes, links)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceState};
    use opentelemetry_sdk::trace::SamplingDecision;

    use super::*;

    fn sampled(root: Sampler, parent: Option<SpanContext>) -> (bool, String) {
        let cx = parent.map(|parent| Context::new().with_remote_span_context(parent));
        let result = ParentBased::new(Box::new(root)).should_sample(
            cx.as_ref(),
            TraceId::from(1),
            "name",
            &SpanKind::Server,
            &[],
            &[],
        );
        let is_sampled = result.decision == SamplingDecision::RecordAndSample;
        (is_sampled, result.trace_state.header())
    }

    fn parent(trace_id: u128, flags: TraceFlags) -> Option<SpanContext> {
        let state: TraceState = "vendor=1".parse().unwrap();
        Some(SpanContext::new(TraceId::from(trace_id), SpanId::from(2), flags, true, state))
    }

    #[test]
    fn a_valid_parent_decides() {
        let state = "vendor=1".to_owned();
        assert_eq!(
            sampled(Sampler::AlwaysOff, parent(1, TraceFlags::SAMPLED)),
            (true, state.clone())
        );
        assert_eq!(sampled(Sampler::AlwaysOn, parent(1, TraceFlags::default())), (false, state));
    }

    #[test]
    fn without_a_valid_parent_the_root_decides() {
        for (root, expected) in [(Sampler::AlwaysOn, true), (Sampler::AlwaysOff, false)] {
            assert_eq!(sampled(root.clone(), None), (expected, String::new()));
            let invalid = parent(0, TraceFlags::default());
            assert_eq!(sampled(root, invalid).0, expected, "an invalid parent is none");
        }
    }
}
