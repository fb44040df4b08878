//! Shares the strings that come again and again (hosts, user agents, paths) instead of allocating them anew.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use opentelemetry::StringValue;

/// Slots of a thread's table. A slot holds the last string that fell on it, so memory is bounded by
/// `SLOTS * LONGEST` bytes a thread, whatever clients send.
const SLOTS: usize = 64;
const LONGEST: usize = 256;

thread_local! {
    static TABLE: RefCell<[Option<Arc<str>>; SLOTS]> = const { RefCell::new([const { None }; SLOTS]) };
}

/// `text` as an attribute value, without an allocation when the same text was seen lately on this thread.
pub(crate) fn shared(text: &str) -> StringValue {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_the_text_it_was_given() {
        for text in ["", "a", "example.com", &"x".repeat(LONGEST), &"y".repeat(LONGEST + 1)] {
            assert_eq!(shared(text).as_str(), text);
            assert_eq!(shared(text).as_str(), text);
        }
    }

    #[test]
    fn many_texts_do_not_mix() {
        for n in 0..10 * SLOTS {
            let text = format!("host-{n}");
            assert_eq!(shared(&text).as_str(), text);
        }
    }
}
