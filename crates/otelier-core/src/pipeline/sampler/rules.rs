//! A sampler that asks one of several, by what is known when a span is started.
//!
//! A rule has conditions on the kind of the span, on its parent and on its attributes, and a
//! sampler that decides if all of them are met. A condition that a rule does not have is met by
//! every span. Only the attributes that are given at the start of a span count; what is set later
//! comes after the decision.

use std::borrow::Cow;

use opentelemetry::trace::{Link, SpanKind, TraceContextExt as _, TraceId, TraceState};
use opentelemetry::{Array, Context, KeyValue, Value};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

use super::{parent, sampler};
use crate::config::{AttributeCondition, SamplerRule};

/// Asks the sampler of the first rule that matches. Without one the span is dropped.
#[derive(Clone, Debug)]
pub(super) struct RuleBased {
    /// In the order of the settings. The first that matches decides.
    rules: Vec<(SamplerRule, Box<dyn ShouldSample>)>,
}

impl RuleBased {
    /// The sampler of each rule is built once. Rules may contain rules.
    pub(super) fn new(rules: &[SamplerRule]) -> Self {
        Self { rules: rules.iter().map(|rule| (rule.clone(), sampler(&rule.sampler))).collect() }
    }
}

impl ShouldSample for RuleBased {
    ///
    /// Attributes and trace state are those that the sampler of the rule returns.
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let (parent, _) = parent(parent_context);
        let matching = self.rules.iter().find(|(rule, _)| {
            rule.span_kinds.as_ref().is_none_or(|kinds| kinds.contains(span_kind))
                && rule.parents.as_ref().is_none_or(|parents| parents.contains(&parent))
                && rule.attributes.iter().all(|condition| is_met(condition, attributes))
        });
        match matching {
            Some((_, sampler)) => {
                sampler.should_sample(parent_context, trace_id, name, span_kind, attributes, links)
            }
            None => SamplingResult {
                decision: SamplingDecision::Drop,
                attributes: Vec::new(),
                trace_state: trace_state(parent_context),
            },
        }
    }
}

/// That of the parent, which a sampler passes on.
fn trace_state(parent_context: Option<&Context>) -> TraceState {
    parent_context.map(|cx| cx.span().span_context().trace_state().clone()).unwrap_or_default()
}

/// A condition on an attribute that the span does not have is not met. Values are compared as text.
/// An array meets a condition if one of its items does. A condition has either exact values, of
/// which one must be equal, or patterns.
fn is_met(condition: &AttributeCondition, attributes: &[KeyValue]) -> bool {
    let key = match condition {
        AttributeCondition::Values { key, .. } | AttributeCondition::Patterns { key, .. } => key,
    };
    let matches = |text: &str| match condition {
        AttributeCondition::Values { values, .. } => values.iter().any(|value| value == text),
        AttributeCondition::Patterns { patterns, .. } => patterns.matches(text),
    };
    // Of two attributes with one key the later one counts.
    let attribute = attributes.iter().rev().find(|attribute| attribute.key.as_str() == key);
    attribute.is_some_and(|attribute| any_text(&attribute.value, matches))
}

/// Whether it is true of the text of a value, or of that of any item of an array.
/// Numbers and booleans have the text that Rust gives them, such as `1` and `true`.
fn any_text(value: &Value, matches: impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Array(Array::Bool(items)) => items.iter().any(|item| matches(&item.to_string())),
        Value::Array(Array::I64(items)) => items.iter().any(|item| matches(&item.to_string())),
        Value::Array(Array::F64(items)) => items.iter().any(|item| matches(&item.to_string())),
        Value::Array(Array::String(items)) => items.iter().any(|item| matches(item.as_str())),
        value => {
            let text: Cow<'_, str> = value.as_str();
            matches(&text)
        }
    }
}
