//! JSON text without the values of sensitive keys, read in one pass and in parts of any size.
//!
//! The text is not parsed into values and printed again: what is not masked keeps its bytes,
//! order and spaces. JSON in strings is read in place, as deep as four strings: what has no escapes
//! but the quotes of its own layer is looked at once, other bytes once for each layer that they are
//! in. What is remembered is a bit for each open object or array, of
//! which there are at most 1024, and the end of the last string.

mod brackets;
mod fragment;
mod layer;
mod output;
#[cfg(test)]
mod tests;
mod token;

use std::borrow::Cow;

use super::keys::SensitiveKeys;
use layer::Layer;
use output::Output;

/// Masks the values of sensitive keys in JSON text that comes in parts. What its strings say is
/// left to [`MaskingPolicy::json`](super::MaskingPolicy::json), which has the whole text.
///
/// ```
/// use otelier_instrument::masking::{JsonMasker, SensitiveKeys};
///
/// let mut masker = JsonMasker::new(SensitiveKeys::default());
/// for part in ["{\"pass", "word\": \"ab", "c\", \"page\": 2}"] {
///     masker.push(part.as_bytes());
/// }
/// assert_eq!(masker.finish(), r#"{"password": "****", "page": 2}"#);
/// ```
#[derive(Debug)]
pub struct JsonMasker {
    keys: SensitiveKeys,
    layer: Layer,
    out: Output,
}

impl JsonMasker {
    /// A masker that masks the values of `keys`.
    #[must_use]
    pub fn new(keys: SensitiveKeys) -> Self {
        Self { keys, layer: Layer::outermost(), out: Output::default() }
    }

    /// Gives `limit` bytes at most, and a few more where a mask or a character would be cut.
    ///
    /// A caller that cuts at a number of characters asks for four times as many bytes.
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.out.limit = limit;
        self
    }

    /// Whether the limit is reached, so that further parts change nothing.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.out.is_full()
    }

    /// Takes the next part of the text.
    pub fn push(&mut self, part: &[u8]) {
        if self.keys.is_none() {
            return self.out.pass(part);
        }
        if self.keys.is_all() {
            if self.out.is_empty() && !part.is_empty() {
                self.out.mask();
            }
            return;
        }
        let mut rest = part;
        while !rest.is_empty() && !self.is_full() {
            let mut taken = self.layer.take(&self.keys, rest, &mut self.out);
            if taken < rest.len() && !self.is_full() {
                self.layer.step(&self.keys, rest[taken], &rest[taken..=taken], &mut self.out);
                taken += 1;
            }
            rest = &rest[taken..];
        }
    }

    /// The masked text. What is no UTF-8 in it is replaced by `U+FFFD`.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.layer.finish(&mut self.out);
        self.out.into_text()
    }

    /// The masked text as bytes, which may be no UTF-8 where those that were pushed were none.
    pub(crate) fn finish_bytes(mut self) -> Vec<u8> {
        self.layer.finish(&mut self.out);
        self.out.into_bytes()
    }
}

impl SensitiveKeys {
    /// JSON text without the values of sensitive keys.
    pub(super) fn mask_json<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.is_none() {
            return Cow::Borrowed(text);
        }
        self.unless_all(text, || {
            let mut masker = JsonMasker::new(self.clone());
            masker.out.reserve(text.len());
            masker.push(text.as_bytes());
            masker.layer.finish(&mut masker.out);
            match masker.out.has_masked() {
                true => Cow::Owned(masker.out.into_text()),
                false => Cow::Borrowed(text),
            }
        })
    }
}
