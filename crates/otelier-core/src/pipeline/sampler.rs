//! The samplers that the settings ask for.
//!
//! The SDK's `Sampler::ParentBased` takes an active but invalid span for a parent that was not
//! sampled, and so loses whole traces. Its `ParentBasedSampler` does not, but is there since 0.33.1
//! only, and programs with another crate that asks for exactly 0.33.0 have to compile too.
//!
//! A sampler of the settings is a tree: `ParentBased` and `AlwaysRecord` have others inside, and so
//! has `composite` with its `rules`. The tree is built once; for each span the decision goes down
//! one path of it. `threshold` is what composite samplers tell each other in the trace state.

mod composite;
mod rules;
mod threshold;

use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use self::composite::Composite;
use crate::config::{ParentBasedSettings, ParentKind, SamplerSettings};

/// The sampler that settings describe.
#[derive(Clone, Debug)]
pub(super) struct ConfiguredSampler(Box<dyn ShouldSample>);

impl ConfiguredSampler {
    /// Builds the whole tree.
    pub(super) fn new(settings: &SamplerSettings) -> Self {
        Self(sampler(settings))
    }
}

/// Passes the question on, so that the tree can be given to the SDK as one type.
impl ShouldSample for ConfiguredSampler {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        self.0.should_sample(parent_context, trace_id, name, span_kind, attributes, links)
    }
}

/// The tree for `settings`.
fn sampler(settings: &SamplerSettings) -> Box<dyn ShouldSample> {
    match settings {
        // A custom one is among the components.
        SamplerSettings::AlwaysOn | SamplerSettings::Custom => Box::new(Sampler::AlwaysOn),
        SamplerSettings::AlwaysOff => Box::new(Sampler::AlwaysOff),
        SamplerSettings::TraceIdRatioBased(ratio) => {
            Box::new(Sampler::TraceIdRatioBased(ratio.value))
        }
        SamplerSettings::ParentBased(settings) => Box::new(ParentBased::new(settings)),
        SamplerSettings::AlwaysRecord(root) => Box::new(AlwaysRecord { root: sampler(root) }),
        SamplerSettings::Composite(settings) => Box::new(Composite::new(settings)),
    }
}

/// The parent-based sampler of the specification.
/// One of five samplers decides, by the parent of the span.
#[derive(Clone, Debug)]
struct ParentBased {
    /// For spans without a parent, or with one that is not valid.
    root: Box<dyn ShouldSample>,
    /// For parents that were received from another process.
    remote_parent_sampled: Box<dyn ShouldSample>,
    /// The default of the specification is to drop their children.
    remote_parent_not_sampled: Box<dyn ShouldSample>,
    /// For parents of this process.
    local_parent_sampled: Box<dyn ShouldSample>,
    /// The default of the specification is to drop their children.
    local_parent_not_sampled: Box<dyn ShouldSample>,
}

/// The five samplers may be of any kind, also based on the parent themselves.
impl ParentBased {
    fn new(settings: &ParentBasedSettings) -> Self {
        Self {
            root: sampler(&settings.root),
            remote_parent_sampled: sampler(&settings.remote_parent_sampled),
            remote_parent_not_sampled: sampler(&settings.remote_parent_not_sampled),
            local_parent_sampled: sampler(&settings.local_parent_sampled),
            local_parent_not_sampled: sampler(&settings.local_parent_not_sampled),
        }
    }
}

/// Where the parent of a span is, and whether it was sampled. One that is not valid is none.
/// The second part has a meaning only if there is a parent.
/// A context without a span has a span context that is not valid, and so no parent.
fn parent(parent_context: Option<&Context>) -> (ParentKind, bool) {
    let Some(cx) = parent_context else { return (ParentKind::None, false) };
    let span = cx.span();
    let parent = span.span_context();
    let kind = match (parent.is_valid(), parent.is_remote()) {
        (false, _) => ParentKind::None,
        (true, true) => ParentKind::Remote,
        (true, false) => ParentKind::Local,
    };
    (kind, parent.is_sampled())
}

/// Each of the five is asked with the same arguments, so it may look at the parent as well.
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
        let sampler = match parent(parent_context) {
            (ParentKind::None, _) => &self.root,
            (ParentKind::Remote, true) => &self.remote_parent_sampled,
            (ParentKind::Remote, false) => &self.remote_parent_not_sampled,
            (ParentKind::Local, true) => &self.local_parent_sampled,
            (ParentKind::Local, false) => &self.local_parent_not_sampled,
        };
        sampler.should_sample(parent_context, trace_id, name, span_kind, attributes, links)
    }
}

/// Records what the sampler inside drops, for processors to see. It is not exported.
///
/// `RecordOnly` is a decision of the SDK: the span has all its data, and the flag `sampled` is not
/// set. Children see a parent that is not sampled.
#[derive(Clone, Debug)]
struct AlwaysRecord {
    /// Decides what is sampled.
    root: Box<dyn ShouldSample>,
}

impl ShouldSample for AlwaysRecord {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let mut result =
            self.root.should_sample(parent_context, trace_id, name, span_kind, attributes, links);
        if result.decision == SamplingDecision::Drop {
            result.decision = SamplingDecision::RecordOnly;
        }
        result
    }
}

#[cfg(test)]
mod tests;
