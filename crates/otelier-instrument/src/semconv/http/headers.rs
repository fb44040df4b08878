//! Capture of headers by an allow-list of names and patterns.

mod pattern;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

use crate::masking::{MASK, SecretKeys, UrlRedaction};

use self::pattern::Pattern;
use super::message::{HttpHeaderValue, HttpHeaders};

/// Headers whose values are URLs, and so may hold user information and secret query parameters.
const URL_HEADERS: [&str; 6] = [
    "location",
    "content-location",
    "referer",
    "x-original-url",
    "x-original-uri",
    "x-forwarded-uri",
];

/// The headers to record, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct CapturedHeaders {
    prefix: &'static str,
    names: Vec<Captured>,
    patterns: Vec<Pattern>,
    secret: SecretKeys,
    url_redaction: UrlRedaction,
}

/// One header, with its attribute key made once.
#[derive(Clone, Debug)]
struct Captured {
    name: String,
    key: Key,
    recording: Recording,
}

/// How the values of a header are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recording {
    Plain,
    Url,
    Masked,
}

impl CapturedHeaders {
    /// The headers of `allowed`, in any case, whose attribute keys are `prefix` and their name in
    /// lower case. `*` in a name stands for any text, `?` for one character.
    ///
    /// A name that is there twice counts once: an SDK exports both of two attributes with one key.
    pub(crate) fn new(
        prefix: &'static str,
        allowed: &[String],
        secret: &SecretKeys,
        url_redaction: &UrlRedaction,
    ) -> Self {
        let mut captured = Self {
            prefix,
            secret: secret.clone(),
            url_redaction: url_redaction.clone(),
            ..Self::default()
        };
        for name in allowed.iter().map(|name| name.trim().to_ascii_lowercase()) {
            if let Some(pattern) = Pattern::parse(&name) {
                captured.patterns.push(pattern);
            } else if captured.names.iter().all(|known| known.name != name) {
                let key = captured.key(&name);
                let recording = captured.recording(&name);
                captured.names.push(Captured { name, key, recording });
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
            let values = self.values(it.recording, headers.headers(&it.name))?;
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
                if let Some(values) = self.values(self.recording(name), headers.headers(name)) {
                    attributes.push(KeyValue::new(self.key(name), values));
                }
            }
        }
        attributes
    }

    /// The values as an attribute; `None` where there is none.
    fn values<'a>(
        &self,
        recording: Recording,
        values: impl Iterator<Item = HttpHeaderValue<'a>>,
    ) -> Option<Value> {
        let mut values = values.peekable();
        values.peek()?;
        let values = values.map(|value| {
            let text = value.to_text();
            match recording {
                _ if value.is_sensitive() => StringValue::from(MASK),
                Recording::Masked => StringValue::from(MASK),
                Recording::Plain => StringValue::from(text.into_owned()),
                Recording::Url => match self.url_redaction.url(&text) {
                    Cow::Owned(redacted) => StringValue::from(redacted),
                    Cow::Borrowed(_) => StringValue::from(text.into_owned()),
                },
            }
        });
        Some(Value::Array(Array::String(values.collect())))
    }

    fn key(&self, name: &str) -> Key {
        Key::from(<Arc<str>>::from(format!("{}{name}", self.prefix)))
    }

    fn recording(&self, name: &str) -> Recording {
        match name {
            name if self.secret.is_secret(name) => Recording::Masked,
            name if URL_HEADERS.contains(&name) => Recording::Url,
            _ => Recording::Plain,
        }
    }
}
