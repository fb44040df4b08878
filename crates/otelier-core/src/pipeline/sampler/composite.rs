//! The composite sampler: samplers that each say a threshold, and one decision by it.
//!
//! What is inside says from which randomness on it samples, and whether that threshold can be
//! relied on; it decides nothing. So the sampler at the outside decides once, and writes into the
//! trace state what share of all traces was sampled.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/trace/sdk/#compositesampler>.

use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use super::threshold::{self, Member, Threshold};
use super::{parent, rules};
use crate::config::{ComposableSettings, ParentKind, SamplerRule};

/// Decides by what the samplers inside say.
#[derive(Clone, Debug)]
pub(super) struct Composite(Composable);

/// A sampler that says a threshold.
#[derive(Clone, Debug)]
enum Composable {
    /// The same for all spans.
    Threshold(Threshold),
    /// That of the parent, or what the sampler inside says without one.
    Parent(Box<Composable>),
    /// That of the first rule that matches, or none.
    Rules(Vec<(SamplerRule, Composable)>),
}

/// What a sampler says about a span.
struct Intent {
    threshold: Threshold,
    /// Whether it is known what share of all traces this is.
    is_reliable: bool,
}

/// What a sampler is asked about.
struct Question<'a> {
    parent: ParentKind,
    is_parent_sampled: bool,
    /// What the parent's trace state says.
    member: &'a Member,
    kind: &'a SpanKind,
    attributes: &'a [KeyValue],
}

impl Composite {
    /// Thresholds are calculated here, once.
    pub(super) fn new(settings: &ComposableSettings) -> Self {
        Self(Composable::new(settings))
    }
}

impl Composable {
    fn new(settings: &ComposableSettings) -> Self {
        match settings {
            ComposableSettings::AlwaysOn => Self::Threshold(Some(0)),
            ComposableSettings::AlwaysOff => Self::Threshold(None),
            ComposableSettings::Probability(ratio) => {
                Self::Threshold(threshold::of_ratio(ratio.value))
            }
            ComposableSettings::ParentThreshold(root) => Self::Parent(Box::new(Self::new(root))),
            ComposableSettings::RuleBased(rules) => {
                let rules = rules.iter().map(|rule| (rule.clone(), Self::new(&rule.sampler)));
                Self::Rules(rules.collect())
            }
        }
    }

    fn intent(&self, question: &Question<'_>) -> Intent {
        match self {
            Self::Threshold(threshold) => Intent { threshold: *threshold, is_reliable: true },
            Self::Parent(root) if question.parent == ParentKind::None => root.intent(question),
            Self::Parent(_) => match question.member.threshold {
                Some(threshold) => Intent { threshold: Some(threshold), is_reliable: true },
                // The parent was sampled by somebody who does not say what share that is.
                None => Intent {
                    threshold: question.is_parent_sampled.then_some(0),
                    is_reliable: false,
                },
            },
            Self::Rules(rules) => {
                let (kind, attributes) = (question.kind, question.attributes);
                let matching = rules
                    .iter()
                    .find(|(rule, _)| rules::matches(rule, question.parent, kind, attributes));
                let nothing = Intent { threshold: None, is_reliable: true };
                matching.map_or(nothing, |(_, sampler)| sampler.intent(question))
            }
        }
    }
}

impl ShouldSample for Composite {
    /// A span that is dropped, or whose share is not known, leaves no threshold behind.
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        _name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let (parent, is_parent_sampled) = parent(parent_context);
        let state = match parent {
            ParentKind::None => TraceState::default(),
            ParentKind::Remote | ParentKind::Local => parent_context
                .map(|cx| cx.span().span_context().trace_state().clone())
                .unwrap_or_default(),
        };
        let member = Member::of(&state);
        let question =
            Question { parent, is_parent_sampled, member: &member, kind: span_kind, attributes };
        let Intent { threshold, is_reliable } = self.0.intent(&question);
        let randomness = member.randomness(trace_id);
        let is_sampled = threshold.is_some_and(|threshold| randomness >= threshold);
        SamplingResult {
            decision: match is_sampled {
                true => SamplingDecision::RecordAndSample,
                false => SamplingDecision::Drop,
            },
            attributes: Vec::new(),
            trace_state: member.written(&state, threshold.filter(|_| is_sampled && is_reliable)),
        }
    }
}
