//! Whether a rule of a composite sampler matches, by what is known when a span is started.
//!
//! A rule has conditions on the kind of the span, on its parent and on its attributes, and matches
//! if all of them are met. A condition that a rule does not have is met by every span. Only the
//! attributes that are given at the start of a span count; what is set later comes after the
//! decision.

use std::borrow::Cow;

use opentelemetry::trace::SpanKind;
use opentelemetry::{Array, KeyValue, Value};

use crate::config::{AttributeCondition, ParentKind, SamplerRule};

/// Whether all conditions of `rule` are met.
pub(super) fn matches(
    rule: &SamplerRule,
    parent: ParentKind,
    kind: &SpanKind,
    attributes: &[KeyValue],
) -> bool {
    rule.span_kinds.as_ref().is_none_or(|kinds| kinds.contains(kind))
        && rule.parents.as_ref().is_none_or(|parents| parents.contains(&parent))
        && rule.attributes.iter().all(|condition| is_met(condition, attributes))
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
