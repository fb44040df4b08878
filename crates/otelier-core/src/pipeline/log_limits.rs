//! How much of a log record is kept: the number of its attributes, and the lengths and depths of
//! their values.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/logs/sdk/#logrecord-limits>. The body is no
//! attribute and is left alone.
//!
//! Most records are within the limits, so `apply` looks first and copies nothing then. One that is
//! not is made anew with what is left. Lists and maps that are too deep stay, without their items.
//!
//! A limit of zero attributes leaves none. That attributes are dropped is said once per pipeline,
//! since every further record would say the same; values that are cut are not mentioned.

use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::Key;
use opentelemetry::logs::AnyValue;
use opentelemetry_sdk::logs::SdkLogRecord;

use super::limits::cut;
use super::log_record::Rebuild;
use crate::config::LogLimitSettings;
use crate::diagnostics;

/// What a log record may hold.
#[derive(Debug)]
pub(super) struct LogLimits {
    /// In characters for texts and in bytes for bytes; `None` for no limit.
    value_length: Option<usize>,
    /// How many lists and maps may be inside of each other.
    value_depth: usize,
    /// How many attributes are kept: the first ones.
    attributes: usize,
    /// Makes the records that are kept in part.
    rebuild: Rebuild,
    /// Whether it was said that attributes are dropped.
    /// Set with the first record that has too many, and never cleared.
    said: AtomicBool,
}

impl LogLimits {
    /// The settings have defaults for all of them, so only the length may be without a limit.
    pub(super) fn new(settings: &LogLimitSettings) -> Self {
        Self {
            value_length: settings.attribute_value_length.value,
            value_depth: settings.attribute_value_depth.value,
            attributes: usize::try_from(settings.attributes.value).unwrap_or(usize::MAX),
            rebuild: Rebuild::default(),
            said: AtomicBool::new(false),
        }
    }

    /// Brings `record` within the limits. Does nothing but look when it is.
    ///
    /// The order of attributes stays. The body is not looked at.
    pub(super) fn apply(&self, record: &mut SdkLogRecord) {
        let count = record.attributes_iter().count();
        let is_long = |length| record.attributes_iter().any(|(_, value)| is_longer(value, length));
        let is_deep = || record.attributes_iter().any(|(_, it)| is_deeper(it, self.value_depth));
        if count <= self.attributes && !self.value_length.is_some_and(is_long) && !is_deep() {
            return;
        }
        if count > self.attributes && !self.said.swap(true, Ordering::Relaxed) {
            let limit = self.attributes;
            diagnostics::warn(&format!(
                "a log record has more than {limit} attributes; those past \
                 OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT are dropped, and this is said once"
            ));
        }
        let kept = record.attributes_iter().take(self.attributes);
        let kept = kept.map(|(key, value)| self.limited(key, value));
        *record = self.rebuild.with(record, record.body().cloned(), kept);
    }

    /// A copy of one attribute within the limits of depth and length.
    fn limited(&self, key: &Key, value: &AnyValue) -> (Key, AnyValue) {
        let mut value = value.clone();
        empty_deeper(&mut value, self.value_depth);
        if let Some(length) = self.value_length {
            cut_value(&mut value, length);
        }
        (key.clone(), value)
    }
}

/// Whether `cut_value` would change it.
/// Looks into lists and maps of any depth. Texts are counted in characters, bytes in bytes.
fn is_longer(value: &AnyValue, length: usize) -> bool {
    match value {
        AnyValue::String(text) => cut(text.as_str(), length).is_some(),
        AnyValue::Bytes(bytes) => bytes.len() > length,
        AnyValue::ListAny(values) => values.iter().any(|value| is_longer(value, length)),
        AnyValue::Map(values) => values.values().any(|value| is_longer(value, length)),
        _ => false,
    }
}

/// Whether more than `depth` lists and maps are inside of each other.
fn is_deeper(value: &AnyValue, depth: usize) -> bool {
    match value {
        AnyValue::ListAny(values) if depth == 0 => !values.is_empty(),
        AnyValue::Map(values) if depth == 0 => !values.is_empty(),
        AnyValue::ListAny(values) => values.iter().any(|value| is_deeper(value, depth - 1)),
        AnyValue::Map(values) => values.values().any(|value| is_deeper(value, depth - 1)),
        _ => false,
    }
}

/// Leaves nothing in lists and maps that are deeper than `depth`.
/// An empty list at that depth is not deeper, so it is no reason to change the record.
fn empty_deeper(value: &mut AnyValue, depth: usize) {
    match value {
        AnyValue::ListAny(values) if depth == 0 => values.clear(),
        AnyValue::Map(values) if depth == 0 => values.clear(),
        AnyValue::ListAny(values) => {
            values.iter_mut().for_each(|value| empty_deeper(value, depth - 1));
        }
        AnyValue::Map(values) => {
            values.values_mut().for_each(|value| empty_deeper(value, depth - 1));
        }
        _ => {}
    }
}

/// Cuts texts and bytes to `length`, also those in lists and maps.
/// A text is cut between characters. Numbers and booleans have no length.
fn cut_value(value: &mut AnyValue, length: usize) {
    match value {
        AnyValue::String(text) => {
            if let Some(kept) = cut(text.as_str(), length) {
                *text = kept.to_owned().into();
            }
        }
        AnyValue::Bytes(bytes) => bytes.truncate(length),
        AnyValue::ListAny(values) => {
            for value in values.iter_mut() {
                cut_value(value, length);
            }
        }
        AnyValue::Map(values) => {
            for value in values.values_mut() {
                cut_value(value, length);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> AnyValue {
        (1..depth).fold(AnyValue::ListAny(Box::new(vec![AnyValue::from("x")])), |inner, _| {
            let map = [(Key::new("k"), inner)].into_iter().collect();
            AnyValue::Map(Box::new(map))
        })
    }

    #[test]
    fn what_is_too_deep_is_left_empty() {
        for (depth, limit, expected) in [(1, 1, false), (2, 1, true), (3, 3, false), (4, 3, true)] {
            let mut value = nested(depth);
            assert_eq!(is_deeper(&value, limit), expected, "{depth} {limit}");
            empty_deeper(&mut value, limit);
            assert!(!is_deeper(&value, limit));
            assert_eq!(value == nested(depth), !expected);
        }
        let mut value = nested(2);
        empty_deeper(&mut value, 1);
        let inner = AnyValue::ListAny(Box::default());
        let expected = [(Key::new("k"), inner)].into_iter().collect();
        assert_eq!(value, AnyValue::Map(Box::new(expected)));
        assert!(!is_deeper(&AnyValue::from("text"), 0));
    }
}
