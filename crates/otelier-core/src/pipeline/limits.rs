//! How much of a span or log record is kept: attributes by key, and the lengths of their values.
//!
//! The SDK keeps an attribute that is set twice as two attributes, and knows no limit on the length
//! of a value. Here a later value replaces an earlier one of the same key, which then counts once,
//! and values are cut. Sources:
//! <https://opentelemetry.io/docs/specs/otel/common/#attribute-limits>,
//! <https://opentelemetry.io/docs/specs/otel/trace/api/#set-attributes>.
//!
//! The SDK is given higher limits than the settings have, so that a key that is set again is still
//! there to be merged when the span ends. Then the real limits are applied, once, before the
//! processors. What the SDK and this drop is counted together in the numbers of dropped attributes.

use std::borrow::Cow;
use std::collections::HashMap;

use opentelemetry::trace::Status;
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::config::SpanLimitSettings;

/// How many attributes more than the limit the SDK may keep until a span ends. Sets of a key that
/// is there already are among them; those past this number are lost.
/// Beyond the limit they are dropped by the SDK as they come, and are counted by it.
const REPEATS: u32 = 1024;

/// Attributes up to which two of one key are looked for pair by pair, which needs no memory.
/// Longer lists are merged by a map.
const FEW: usize = 32;

/// What a span may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct SpanLimits {
    /// In characters, for attributes of spans, events and links, and for the description of a
    /// status.
    value_length: usize,
    /// Of a span, after keys are merged.
    attributes: u32,
    /// Of each event.
    event_attributes: u32,
    /// Of each link.
    link_attributes: u32,
    /// Enforced by the SDK alone.
    events: u32,
    /// Enforced by the SDK alone.
    links: u32,
}

impl SpanLimits {
    pub(super) fn new(settings: &SpanLimitSettings) -> Self {
        Self {
            value_length: settings.attribute_value_length.value,
            attributes: settings.attributes.value,
            event_attributes: settings.event_attributes.value,
            link_attributes: settings.link_attributes.value,
            events: settings.events.value,
            links: settings.links.value,
        }
    }

    /// What the SDK is to enforce while a span is recorded.
    /// Events and links are limited by it alone; for attributes it only bounds the memory.
    pub(super) fn of_sdk(&self) -> opentelemetry_sdk::trace::SpanLimits {
        opentelemetry_sdk::trace::SpanLimits {
            max_events_per_span: self.events,
            max_attributes_per_span: self.attributes.saturating_add(REPEATS),
            max_links_per_span: self.links,
            max_attributes_per_event: self.event_attributes.saturating_add(REPEATS),
            max_attributes_per_link: self.link_attributes.saturating_add(REPEATS),
        }
    }

    /// Brings a span that has ended within the limits. Does nothing but look when it is.
    pub(super) fn apply(&self, span: &mut SpanData) {
        let length = self.value_length;
        span.dropped_attributes_count += limit(&mut span.attributes, self.attributes, length);
        for event in &mut span.events.events {
            event.dropped_attributes_count +=
                limit(&mut event.attributes, self.event_attributes, length);
        }
        for link in &mut span.links.links {
            link.dropped_attributes_count +=
                limit(&mut link.attributes, self.link_attributes, length);
        }
        if let Status::Error { description } = &mut span.status
            && let Some(kept) = cut(description, length)
        {
            *description = Cow::Owned(kept.to_owned());
        }
    }
}

/// Merges attributes of one key, drops those past `count` and cuts values to `length` characters.
/// Returns how many were dropped.
/// Merging comes first, so that a key that was set again does not count twice.
fn limit(attributes: &mut Vec<KeyValue>, count: u32, length: usize) -> u32 {
    merge(attributes);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let dropped = attributes.len().saturating_sub(count);
    attributes.truncate(count);
    for attribute in attributes {
        cut_value(&mut attribute.value, length);
    }
    u32::try_from(dropped).unwrap_or(u32::MAX)
}

/// Leaves one attribute of each key: at the place of the first, with the value of the last.
/// The others keep their order.
fn merge(attributes: &mut Vec<KeyValue>) {
    if attributes.len() > FEW {
        return merge_many(attributes);
    }
    let mut at = 1;
    while at < attributes.len() {
        let (before, rest) = attributes.split_at_mut(at);
        match before.iter_mut().find(|earlier| earlier.key == rest[0].key) {
            Some(earlier) => {
                std::mem::swap(&mut earlier.value, &mut rest[0].value);
                attributes.remove(at);
            }
            None => at += 1,
        }
    }
}

/// The same by a map, for lists where pairs would take too long.
fn merge_many(attributes: &mut Vec<KeyValue>) {
    let mut places: HashMap<Key, usize> = HashMap::with_capacity(attributes.len());
    let mut merged: Vec<KeyValue> = Vec::with_capacity(attributes.len());
    for attribute in attributes.drain(..) {
        match places.get(&attribute.key) {
            Some(&at) => merged[at].value = attribute.value,
            None => {
                places.insert(attribute.key.clone(), merged.len());
                merged.push(attribute);
            }
        }
    }
    *attributes = merged;
}

/// Cuts texts, and each text of an array. Other values have no length.
fn cut_value(value: &mut Value, length: usize) {
    match value {
        Value::String(text) => cut_string(text, length),
        Value::Array(Array::String(texts)) => {
            for text in texts {
                cut_string(text, length);
            }
        }
        _ => {}
    }
}

/// Replaces `text` only if it is too long.
fn cut_string(text: &mut StringValue, length: usize) {
    if let Some(kept) = cut(text.as_str(), length) {
        *text = StringValue::from(kept.to_owned());
    }
}

/// The first `length` characters of `text`, or `None` if it has no more than that.
pub(super) fn cut(text: &str, length: usize) -> Option<&str> {
    // A character has at least one byte, so most texts need not be counted.
    if text.len() <= length {
        return None;
    }
    let (end, _) = text.char_indices().nth(length)?;
    Some(&text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        attributes: &[(&'static str, &'static str)],
        count: u32,
        length: usize,
        expected: &[(&'static str, &'static str)],
        expected_dropped: u32,
    ) {
        let pairs = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|&(key, value)| KeyValue::new(key, value)).collect::<Vec<_>>()
        };
        let mut limited = pairs(attributes);
        let dropped = limit(&mut limited, count, length);
        assert_eq!((limited, dropped), (pairs(expected), expected_dropped));
    }

    #[test]
    fn the_last_value_of_a_key_wins() {
        check(
            &[("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")],
            9,
            9,
            &[("a", "4"), ("b", "2")],
            0,
        );
        check(&[("a", "1"), ("a", "1")], 9, 9, &[("a", "1")], 0);
    }

    #[test]
    fn a_repeated_key_counts_once() {
        check(
            &[("a", "1"), ("a", "2"), ("b", "3"), ("c", "4"), ("a", "5")],
            2,
            9,
            &[("a", "5"), ("b", "3")],
            1,
        );
        check(&[("a", "1")], 0, 9, &[], 1);
    }

    #[test]
    fn many_attributes_are_merged_alike() {
        let mut attributes: Vec<KeyValue> = (0..3 * FEW)
            .map(|number| KeyValue::new(format!("k{}", number % 40), number.to_string()))
            .collect();
        let expected: Vec<KeyValue> = (0..40)
            .map(|key| {
                let last = (0..3 * FEW).rev().find(|number| number % 40 == key).unwrap();
                KeyValue::new(format!("k{key}"), last.to_string())
            })
            .collect();
        assert_eq!(limit(&mut attributes, 128, 9), 0);
        assert_eq!(attributes, expected);
    }

    #[test]
    fn strings_are_cut_by_characters() {
        for (text, length, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "abc"),
            (r#"{"key":"b"}"#, 3, r#"{"k"#),
            ("äöüß", 3, "äöü"),
            ("äöü", 3, "äöü"),
            ("💥💥", 1, "💥"),
            ("abc", 0, ""),
            ("", 0, ""),
        ] {
            let mut value = Value::from(text);
            cut_value(&mut value, length);
            assert_eq!(value, Value::from(expected), "{text} {length}");
        }
    }

    #[test]
    fn each_string_of_an_array_is_cut() {
        let strings = |texts: &[&'static str]| {
            Value::Array(Array::String(texts.iter().map(|text| StringValue::from(*text)).collect()))
        };
        let mut value = strings(&["ab", "abcd", ""]);
        cut_value(&mut value, 3);
        assert_eq!(value, strings(&["ab", "abc", ""]));
        let mut number = Value::I64(123_456);
        cut_value(&mut number, 3);
        assert_eq!(number, Value::I64(123_456));
    }
}
