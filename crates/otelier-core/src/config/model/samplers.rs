//! Which spans are recorded: a tree, as in the schema.
//!
//! Sources build the tree, and `pipeline/sampler.rs` turns it into samplers. The environment can
//! only describe a root with or without a parent-based sampler around it; a file can describe all
//! of it. Samplers are compared by value, so that a list of settings can tell whether a
//! parent-based one is the usual one.

use opentelemetry::trace::SpanKind;

use super::super::patterns::IncludeExclude;
use super::super::setting::Setting;

/// Which spans are recorded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SamplerSettings {
    AlwaysOn,
    AlwaysOff,
    /// A share from 0 to 1, decided by the trace id, so that all services decide alike.
    TraceIdRatioBased(Setting<f64>),
    ParentBased(Box<ParentBasedSettings>),
    /// Records what the sampler inside drops too, and exports only what it does not.
    AlwaysRecord(Box<SamplerSettings>),
    /// Decides by a threshold, so that it can be told in the trace state what share is sampled.
    Composite(ComposableSettings),
    /// One that code gave, in the [`Components`](crate::pipeline::Components).
    Custom,
}

/// A sampler that can be part of a composite one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ComposableSettings {
    AlwaysOn,
    AlwaysOff,
    /// A share from 0 to 1.
    Probability(Setting<f64>),
    /// Does as the parent did, with its threshold; asks the sampler inside without a parent.
    ParentThreshold(Box<ComposableSettings>),
    /// The first rule that matches decides; without any the span is dropped.
    RuleBased(Vec<SamplerRule>),
}

/// Asks one sampler or another, depending on the parent of a span.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ParentBasedSettings {
    /// For a span without a parent.
    pub(crate) root: SamplerSettings,
    pub(crate) remote_parent_sampled: SamplerSettings,
    pub(crate) remote_parent_not_sampled: SamplerSettings,
    pub(crate) local_parent_sampled: SamplerSettings,
    pub(crate) local_parent_not_sampled: SamplerSettings,
}

/// A sampler, and the spans that it is asked about: those that all of this is true of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SamplerRule {
    /// All of them have to be true of the span as it starts.
    pub(crate) attributes: Vec<AttributeCondition>,
    /// `None` is every kind.
    pub(crate) span_kinds: Option<Vec<SpanKind>>,
    /// `None` is wherever the parent is.
    pub(crate) parents: Option<Vec<ParentKind>>,
    /// What decides about a span that the rule matches.
    pub(crate) sampler: ComposableSettings,
}

/// Something about one attribute: of an array, about any of its items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AttributeCondition {
    /// It is one of these.
    Values { key: String, values: Vec<String> },
    /// It matches these patterns.
    Patterns { key: String, patterns: IncludeExclude },
}

/// Where the parent of a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParentKind {
    /// The span begins a trace.
    None,
    /// In another process; its context came with a request or a message.
    Remote,
    /// In this process.
    Local,
}

impl SamplerSettings {
    /// Does as the parent did, and asks `root` about a span without a parent.
    pub(crate) fn parent_based(root: Self) -> Self {
        Self::ParentBased(Box::new(Self::following_parent(root)))
    }

    /// The specification's samplers for spans with a parent.
    pub(crate) fn following_parent(root: Self) -> ParentBasedSettings {
        ParentBasedSettings {
            root,
            remote_parent_sampled: Self::AlwaysOn,
            remote_parent_not_sampled: Self::AlwaysOff,
            local_parent_sampled: Self::AlwaysOn,
            local_parent_not_sampled: Self::AlwaysOff,
        }
    }
}
