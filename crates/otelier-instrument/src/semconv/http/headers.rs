//! Capture of headers by an allow-list of names and patterns.

mod pattern;
#[cfg(feature = "http")]
#[cfg(test)]
mod tests;

use std::sync::Arc;

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

use crate::kit;
use crate::masking::{HeaderMasking, MASK, MaskingContext, MaskingPolicy};

use self::pattern::Pattern;
use super::message::{HttpHeaderValue, HttpHeaders};

/// The headers to record, and how.
#[derive(Clone, Debug)]
pub(crate) struct CapturedHeaders {
    prefix: &'static str,
    names: Vec<Captured>,
    patterns: Vec<Pattern>,
    masking: MaskingPolicy,
    /// Whose keys say which headers are sensitive.
    context: MaskingContext,
}

/// One header, with its attribute key made once.
#[derive(Clone, Debug)]
struct Captured {
    name: String,
    key: Key,
    masking: HeaderMasking,
}

impl CapturedHeaders {
    /// The headers of `allowed`, in any case, whose attribute keys are `prefix` and their name in
    /// lower case. `*` in a name stands for any text, `?` for one character.
    ///
    /// A name that is there twice counts once: an SDK exports both of two attributes with one key.
    pub(crate) fn new(
        prefix: &'static str,
        allowed: &[String],
        masking: &MaskingPolicy,
        context: MaskingContext,
    ) -> Self {
        let masking = masking.clone();
        let mut captured =
            Self { prefix, names: Vec::new(), patterns: Vec::new(), masking, context };
        for name in allowed.iter().map(|name| name.trim().to_ascii_lowercase()) {
            if let Some(pattern) = Pattern::parse(&name) {
                captured.patterns.push(pattern);
            } else if captured.names.iter().all(|known| known.name != name) {
                let key = captured.key(&name);
                let masking = captured.masking_of(&name);
                captured.names.push(Captured { name, key, masking });
            }
        }
        captured
    }

    /// An attribute for each allowed header that is there, with all of its values.
    pub(crate) fn attributes<'a>(
        &'a self,
        headers: &'a impl HttpHeaders,
    ) -> impl Iterator<Item = KeyValue> + 'a {
        let named = self.names.iter().filter_map(|it| {
            let values = self.values(it.masking, headers.headers(&it.name))?;
            Some(KeyValue::new(it.key.clone(), values))
        });
        let by_pattern = (!self.patterns.is_empty()).then(|| self.matching(headers));
        named.chain(by_pattern.into_iter().flatten())
    }

    /// How many attributes there may be, patterns aside.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// An attribute for each header that only a pattern allows.
    fn matching(&self, headers: &impl HttpHeaders) -> Vec<KeyValue> {
        let mut seen: Vec<&str> = Vec::new();
        let mut attributes = Vec::new();
        for (name, _) in headers.all_headers() {
            let is_new = !seen.contains(&name) && self.names.iter().all(|it| it.name != name);
            if is_new && self.patterns.iter().any(|pattern| pattern.matches(name)) {
                seen.push(name);
                if let Some(values) = self.values(self.masking_of(name), headers.headers(name)) {
                    attributes.push(KeyValue::new(self.key(name), values));
                }
            }
        }
        attributes
    }

    /// The values as an attribute; `None` where there is none.
    fn values<'a>(
        &self,
        masking: HeaderMasking,
        values: impl Iterator<Item = HttpHeaderValue<'a>>,
    ) -> Option<Value> {
        let mut values = values.peekable();
        values.peek()?;
        let values = values.map(|value| {
            if value.is_sensitive() || masking == HeaderMasking::Masked {
                return StringValue::from(MASK);
            }
            let text = value.to_text();
            kit::value::text(masking.apply(&text, &self.masking))
        });
        Some(Value::Array(Array::String(values.collect())))
    }

    fn key(&self, name: &str) -> Key {
        Key::from(<Arc<str>>::from(format!("{}{}", self.prefix, kit::value::truncate(name))))
    }

    fn masking_of(&self, name: &str) -> HeaderMasking {
        HeaderMasking::new(name, self.masking.keys(self.context))
    }
}
