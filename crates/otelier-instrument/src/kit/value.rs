//! Values of attributes that are made from outside text: each has a bound, and frequent ones are
//! shared.
//!
//! The sender of a request chooses its URL, its `User-Agent` and its query. A value is therefore
//! cut to the [limit of the settings][limit] where it is made, before it is copied. In a text that
//! holds secrets, mask first: a cut can remove the sign by which a secret is recognized.
//!
//! [limit]: crate::settings::Settings::attribute_value_length_limit

use std::borrow::Cow;
use std::cell::RefCell;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry::StringValue;

use crate::settings::Settings;

/// Slots of a thread's table. A slot holds the last text that was assigned to it, so a table has at
/// most `SLOTS * LONGEST` bytes, whatever clients send.
const SLOTS: usize = 64;
const LONGEST: usize = 256;

thread_local! {
    static TABLE: RefCell<[Option<Arc<str>>; SLOTS]> =
        const { RefCell::new([const { None }; SLOTS]) };
}

static LIMIT: AtomicUsize = AtomicUsize::new(Settings::DEFAULT_VALUE_LENGTH_LIMIT);

/// Sets how many characters a value may have; `None` is no limit.
pub(crate) fn set_limit(limit: Option<usize>) {
    LIMIT.store(limit.unwrap_or(usize::MAX), Ordering::Relaxed);
}

/// How many characters a value may have.
pub(crate) fn limit() -> usize {
    LIMIT.load(Ordering::Relaxed)
}

/// The part of `text` that an attribute may have.
///
/// ```
/// use otelier_instrument::kit::value;
///
/// assert_eq!(value::truncate("SELECT 1"), "SELECT 1");
/// assert_eq!(value::truncate(&"é".repeat(300_000)), "é".repeat(2048));
/// ```
#[must_use]
pub fn truncate(text: &str) -> &str {
    truncate_to(text, limit())
}

/// [`truncate`] for a text that is owned already: what is cut off is freed.
///
/// ```
/// use otelier_instrument::kit::value;
///
/// assert_eq!(value::truncate_string("a".repeat(300_000)).len(), 2048);
/// ```
#[must_use]
pub fn truncate_string(mut text: String) -> String {
    let end = truncate(&text).len();
    if end < text.len() {
        text.truncate(end);
        text.shrink_to_fit();
    }
    text
}

/// [`truncate`] for a value that is made already.
///
/// ```
/// use otelier_instrument::kit::value;
///
/// assert_eq!(value::bounded("a".repeat(300_000)).as_str().len(), 2048);
/// ```
#[must_use]
pub fn bounded(value: impl Into<StringValue>) -> StringValue {
    let value = value.into();
    let end = truncate(value.as_str()).len();
    if end < value.as_str().len() { value.as_str()[..end].to_owned().into() } else { value }
}

/// The text in `bytes` as an attribute value, within the limit; what is no UTF-8 is replaced.
///
/// ```
/// use otelier_instrument::kit::value;
///
/// assert_eq!(value::from_utf8_lossy(b"curl/8 \xff").as_str(), "curl/8 \u{fffd}");
/// ```
#[must_use]
pub fn from_utf8_lossy(bytes: &[u8]) -> StringValue {
    // A character has four bytes at most. One that is cut in two here lies behind the limit.
    let most = LIMIT.load(Ordering::Relaxed).saturating_mul(4).min(bytes.len());
    text(String::from_utf8_lossy(&bytes[..most]))
}

/// `text` as an attribute value, within the limit.
///
/// For a text that seldom comes again. A borrowed one is cut before it is copied.
///
/// ```
/// use otelier_instrument::kit::value;
///
/// assert_eq!(value::text("SELECT 1").as_str(), "SELECT 1");
/// assert_eq!(value::text("a".repeat(300_000)).as_str().len(), 2048);
/// ```
#[must_use]
pub fn text<'a>(text: impl Into<Cow<'a, str>>) -> StringValue {
    match text.into() {
        Cow::Borrowed(text) => truncate(text).to_owned().into(),
        Cow::Owned(text) => truncate_string(text).into(),
    }
}

/// `text` as an attribute value, within the limit, for a text that often comes again.
///
/// It allocates nothing if the same text was seen lately on this thread, as hosts, user agents and
/// paths often were.
///
/// ```
/// use opentelemetry::KeyValue;
/// use otelier_instrument::kit::value;
/// use otelier_instrument::semconv::attribute;
///
/// let host = KeyValue::new(attribute::SERVER_ADDRESS, value::shared("example.com"));
/// assert_eq!(host.value.as_str(), "example.com");
/// ```
#[must_use]
pub fn shared(text: &str) -> StringValue {
    let text = truncate(text);
    if text.len() > LONGEST {
        return StringValue::from(text.to_owned());
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    let slot = hasher.finish() as usize % SLOTS;
    TABLE
        .try_with(|table| {
            let mut table = table.borrow_mut();
            match &table[slot] {
                Some(known) if **known == *text => Arc::clone(known),
                _ => {
                    let new: Arc<str> = Arc::from(text);
                    table[slot] = Some(Arc::clone(&new));
                    new
                }
            }
        })
        // The thread is ending and its table is gone.
        .unwrap_or_else(|_| Arc::from(text))
        .into()
}

/// A number as an attribute has it; one that is too large is the largest.
///
/// ```
/// use otelier_instrument::kit::value;
///
/// assert_eq!(value::integer(7_u64), 7);
/// assert_eq!(value::integer(u64::MAX), i64::MAX);
/// ```
#[must_use]
pub fn integer(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn truncate_to(text: &str, limit: usize) -> &str {
    // A text has at most as many characters as bytes, so the usual one is not looked at.
    if text.len() <= limit {
        return text;
    }
    text.char_indices().nth(limit).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_text_is_unchanged() {
        for text in ["", "a", "example.com", &"x".repeat(LONGEST), &"y".repeat(LONGEST + 1)] {
            assert_eq!(shared(text).as_str(), text);
            assert_eq!(shared(text).as_str(), text);
        }
    }

    #[test]
    fn shared_texts_do_not_mix() {
        for n in 0..10 * SLOTS {
            let text = format!("host-{n}");
            assert_eq!(shared(&text).as_str(), text);
        }
    }

    #[test]
    fn truncation_counts_characters() {
        for (text, limit, expected) in [
            ("", 0, ""),
            ("abc", 3, "abc"),
            ("abcd", 3, "abc"),
            ("äöü", 3, "äöü"),
            ("äöüß", 3, "äöü"),
            ("a😀b", 2, "a😀"),
            ("abc", 0, ""),
            ("abc", usize::MAX, "abc"),
        ] {
            assert_eq!(truncate_to(text, limit), expected, "{text} {limit}");
        }
    }

    fn lossy(text: &str) -> StringValue {
        from_utf8_lossy(text.as_bytes())
    }

    #[test]
    fn long_values_are_cut_before_they_are_copied() {
        let long = "x".repeat(300_000);
        let limit = Settings::DEFAULT_VALUE_LENGTH_LIMIT;
        for make in [shared, |long: &str| text(long), lossy] {
            let mut value = None;
            let copied = allocation_counter::measure(|| value = Some(make(&long)));
            assert_eq!(value.map(|value| value.as_str().len()), Some(limit));
            assert!(copied.bytes_total < 2 * limit as u64, "{copied:?}");
        }
        assert_eq!(truncate_string(long.clone()).capacity(), limit);
        assert_eq!(bounded(long).as_str().len(), limit);
    }

    #[test]
    fn bytes_are_cut_at_whole_characters() {
        for text in ["x", "é", "€", "😀", "\u{fffd}"] {
            let (long, expected) = (text.repeat(3000), text.repeat(2048));
            assert_eq!(from_utf8_lossy(long.as_bytes()).as_str(), expected);
        }
        assert_eq!(from_utf8_lossy(&[0xff; 9000]).as_str(), "\u{fffd}".repeat(2048));
    }

    #[test]
    fn values_within_the_limit_are_not_copied() {
        let text = "x".repeat(2048);
        let shared: Arc<str> = Arc::from(text.as_str());
        let made = allocation_counter::measure(|| {
            assert_eq!(bounded(truncate_string(text)).as_str().len(), 2048);
            assert_eq!(bounded(shared).as_str().len(), 2048);
        });
        assert_eq!(made.count_total, 0);
    }
}
