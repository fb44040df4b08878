//! Execution tags: what a program says of the work that it is doing, on every span of that work.
//!
//! ```
//! # use otelier_core as otelier;
//! use otelier::tags;
//!
//! fn handle(customer: &str) {
//!     // On every span that is started under the current one from now on.
//!     tags::add([("customer", customer.to_owned())]);
//!     // On the current span itself.
//!     tags::set_on_current([("retries", 2)]);
//! }
//! # handle("7");
//! ```
//!
//! A tag is the attribute `lumigo.execution_tags.<key>`, whatever the backend is. Its value is a
//! string, a number, a boolean or an array of one of them.
//!
//! # Where tags hold
//!
//! Tags belong to the span that is current where they are added. They are on every span that is
//! started under it afterwards, at any depth, on any thread and in spawned tasks that
//! [carry the context](crate::carry_context); not on the current span itself, nor on spans beside
//! it. With the span they end. A later [`add`] replaces a tag with the same key and keeps the
//! others. Where no span is recorded there is nothing that tags could be on, and they do nothing.
//!
//! # What is skipped
//!
//! With one warning for each key: a key that is blank, has more than 50 characters or holds a dot;
//! a string that is blank or has more than 70 characters; an empty array, or one with such a
//! string; more than 50 tags of one span. A hundred keys are warned about, and that there may be
//! more is said then. Nothing is ever cut. Tags are yours and are not masked.
//!
//! At most 65,536 spans can have tags at the same time, those that have not ended and the last
//! 1,024 that have. A program reaches that only if it does not end its spans. It is warned about
//! once; from then on tags are not added to further spans, nor passed on below them.

mod registry;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Mutex, Once, PoisonError};

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Array, Context, Key, KeyValue, StringValue, Value};
use otelier_instrument::semconv::attribute::LUMIGO_EXECUTION_TAG_PREFIX;

use self::registry::{MOST_SPANS, TooManySpans};
pub(crate) use self::registry::{ended, started};
use crate::diagnostics;

/// The most tags of one span.
///
/// Further ones are skipped, with a warning for each key.
const MOST: usize = 50;
/// The most characters of a key.
const LONGEST_KEY: usize = 50;
/// The most characters of a string.
const LONGEST_VALUE: usize = 70;
/// The most keys that are warned about. It bounds the memory for keys that the program makes up as
/// it runs.
const MOST_WARNINGS: usize = 100;

/// Adds tags to every span that is started under the current one from now on. See the
/// [module](self).
///
/// ```
/// # use otelier_core as otelier;
/// otelier::tags::add([("user", "42")]);
/// otelier::tags::add([("attempt", 2)]);
/// ```
pub fn add<K: Into<Key>, V: Into<Value>>(tags: impl IntoIterator<Item = (K, V)>) {
    let tags = checked(tags);
    let added = Context::map_current(|cx| {
        let span = cx.span();
        let has_any = !tags.is_empty() && span.is_recording();
        has_any.then(|| registry::add(span.span_context(), tags))
    });
    // Out here, since a warning may go through code that changes what is current.
    match added {
        None => {}
        Some(Ok(skipped)) => skipped.iter().for_each(|key| {
            let key = key.as_str();
            let key = key.strip_prefix(LUMIGO_EXECUTION_TAG_PREFIX).unwrap_or(key);
            warn(key, &format!("a span has at most {MOST} of them"));
        }),
        Some(Err(TooManySpans)) => warn_of_too_many_spans(),
    }
}

/// Sets tags on the current span itself, and on no other.
///
/// ```
/// # use otelier_core as otelier;
/// otelier::tags::set_on_current([("user", "42")]);
/// ```
pub fn set_on_current<K: Into<Key>, V: Into<Value>>(tags: impl IntoIterator<Item = (K, V)>) {
    let tags = checked(tags);
    Context::map_current(|cx| {
        let span = cx.span();
        if span.is_recording() {
            span.set_attributes(tags);
        }
    });
}

/// Ends all tags of the current span, also those that it has from spans around it: spans that are
/// started under it from now on have none.
///
/// ```
/// # use otelier_core as otelier;
/// otelier::tags::add([("user", "42")]);
/// // … work whose spans are tagged …
/// otelier::tags::detach();
/// ```
pub fn detach() {
    Context::map_current(|cx| registry::detach(cx.span().span_context()));
}

/// The attributes of those tags that are within the limits.
///
/// Checks before anything is locked. What is outside of the limits is warned about, even if no span
/// is recorded.
fn checked<K: Into<Key>, V: Into<Value>>(tags: impl IntoIterator<Item = (K, V)>) -> Vec<KeyValue> {
    let attribute = |(key, value): (K, V)| {
        let (key, value): (Key, Value) = (key.into(), value.into());
        match problem(key.as_str(), &value) {
            None => {
                // Shared, because each span has a copy.
                let key = format!("{LUMIGO_EXECUTION_TAG_PREFIX}{}", key.as_str());
                Some(KeyValue::new(std::sync::Arc::<str>::from(key), value))
            }
            Some(problem) => {
                warn(key.as_str(), &problem);
                None
            }
        }
    };
    tags.into_iter().filter_map(attribute).collect()
}

/// Why a tag is skipped, if it is. The text completes a warning; it never shows the value, which
/// may be a secret.
fn problem(key: &str, value: &Value) -> Option<String> {
    let is_long = |text: &str, most: usize| text.chars().nth(most).is_some();
    if key.trim().is_empty() {
        return Some("a key must not be blank".to_owned());
    }
    if key.contains('.') {
        return Some("a key must not hold a dot".to_owned());
    }
    if is_long(key, LONGEST_KEY) {
        return Some(format!("a key has at most {LONGEST_KEY} characters"));
    }
    let texts: Vec<&str> = match value {
        Value::String(text) => vec![text.as_str()],
        Value::Array(Array::String(texts)) => texts.iter().map(StringValue::as_str).collect(),
        _ => Vec::new(),
    };
    let is_empty_array = match value {
        Value::Array(Array::Bool(items)) => items.is_empty(),
        Value::Array(Array::I64(items)) => items.is_empty(),
        Value::Array(Array::F64(items)) => items.is_empty(),
        Value::Array(Array::String(items)) => items.is_empty(),
        _ => false,
    };
    if is_empty_array {
        Some("an array must not be empty".to_owned())
    } else if texts.iter().any(|text| text.trim().is_empty()) {
        Some("a string must not be blank".to_owned())
    } else if texts.iter().any(|text| is_long(text, LONGEST_VALUE)) {
        Some(format!("a string has at most {LONGEST_VALUE} characters"))
    } else {
        None
    }
}

/// Warns about the tag `key`, once. A long key is cut in the message, and keys with the same
/// beginning count as one.
fn warn(key: &str, problem: &str) {
    static WARNED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let shown: String = key.chars().take(LONGEST_KEY).collect();
    let warned = {
        let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = warned.len() < MOST_WARNINGS && warned.insert(shown.clone());
        is_new.then(|| warned.len())
    };
    let Some(warned) = warned else { return };
    diagnostics::warn(&format!("execution tag {shown:?} is skipped: {problem}"));
    if warned == MOST_WARNINGS {
        diagnostics::warn("other execution tags that are skipped are not warned about any more");
    }
}

/// Says, once, that spans are without tags because too many others have some.
fn warn_of_too_many_spans() {
    static WARN: Once = Once::new();
    WARN.call_once(|| {
        diagnostics::warn(&format!(
            "execution tags are skipped: {MOST_SPANS} spans have some already; are spans ended?"
        ));
    });
}
