//! Which spans are recorded: a tree, as in the schema.

use opentelemetry::trace::SpanKind;

use super::super::patterns::IncludeExclude;
use super::super::setting::Setting;

/// Which spans are recorded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SamplerSettings {
    AlwaysOn,
    AlwaysOff,
    TraceIdRatioBased(Setting<f64>),
    ParentBased(Box<ParentBasedSettings>),
    /// Records what the sampler inside drops too, and exports only what it does not.
    AlwaysRecord(Box<SamplerSettings>),
    /// The first rule that matches decides; without any the span is dropped.
    RuleBased(Vec<SamplerRule>),
    /// One that code gave, in the [`Components`](crate::pipeline::Components).
    Custom,
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
    pub(crate) attributes: Vec<AttributeCondition>,
    pub(crate) span_kinds: Option<Vec<SpanKind>>,
    pub(crate) parents: Option<Vec<ParentKind>>,
    pub(crate) sampler: SamplerSettings,
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
    None,
    Remote,
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
