//! Capture of headers by allow-list.

use std::sync::Arc;

use http::header::{HeaderMap, HeaderName};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

use crate::masking::{MASK, SecretKeys};

/// The headers to record, with their attribute keys made once.
#[derive(Clone, Debug, Default)]
pub(crate) struct CapturedHeaders(Vec<Captured>);

#[derive(Clone, Debug)]
struct Captured {
    header: HeaderName,
    key: Key,
    is_secret: bool,
}

impl CapturedHeaders {
    /// The headers of `allowed`, whose attribute keys are `prefix` and their name in lower case. A name that no header
    /// can have matches none, and one that is there twice counts once: an SDK keeps both of two attributes with one key.
    pub(crate) fn new(prefix: &str, allowed: &[String], secret: &SecretKeys) -> Self {
        let mut captured: Vec<Captured> = Vec::with_capacity(allowed.len());
        for header in allowed.iter().filter_map(|name| HeaderName::try_from(name.trim()).ok()) {
            if captured.iter().all(|known| known.header != header) {
                let key = Key::from(<Arc<str>>::from(format!("{prefix}{header}")));
                let is_secret = secret.is_secret(header.as_str());
                captured.push(Captured { header, key, is_secret });
            }
        }
        Self(captured)
    }

    /// An attribute for each allowed header that is there: all of its values, masked where it is a secret one or where
    /// they are marked as [sensitive](http::HeaderValue::is_sensitive).
    pub(crate) fn attributes<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> impl Iterator<Item = KeyValue> + 'a {
        self.0.iter().filter_map(|captured| {
            let mut values = headers.get_all(&captured.header).iter().peekable();
            values.peek()?;
            let values = values.map(|value| {
                if captured.is_secret || value.is_sensitive() {
                    StringValue::from(MASK)
                } else {
                    StringValue::from(String::from_utf8_lossy(value.as_bytes()).into_owned())
                }
            });
            Some(KeyValue::new(captured.key.clone(), Value::Array(Array::String(values.collect()))))
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn captured(allowed: &[&str], secret: &SecretKeys) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer planted"));
        headers.append("x-tag", HeaderValue::from_static("a"));
        headers.append("x-tag", HeaderValue::from_static("b"));
        let allowed: Vec<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        CapturedHeaders::new("p.", &allowed, secret)
            .attributes(&headers)
            .map(|kv| (kv.key.to_string(), kv.value.to_string()))
            .collect()
    }

    #[test]
    fn records_every_value_of_an_allowed_header_and_no_other() {
        let expected = [("p.x-tag".to_owned(), r#"["a","b"]"#.to_owned())];
        assert_eq!(
            captured(&["X-Tag", "x-absent", "not a header"], &SecretKeys::default()),
            expected
        );
    }

    #[test]
    fn masks_a_secret_header_unless_told_otherwise() {
        let key = || "p.authorization".to_owned();
        assert_eq!(
            captured(&["authorization"], &SecretKeys::default()),
            [(key(), r#"["****"]"#.to_owned())]
        );
        let open = SecretKeys::containing([""; 0]);
        assert_eq!(
            captured(&["authorization"], &open),
            [(key(), r#"["Bearer planted"]"#.to_owned())]
        );
    }

    #[test]
    fn a_header_that_is_named_twice_is_recorded_once() {
        let expected = [("p.x-tag".to_owned(), r#"["a","b"]"#.to_owned())];
        assert_eq!(captured(&["x-tag", " X-Tag"], &SecretKeys::default()), expected);
    }

    #[test]
    fn masks_a_value_that_is_marked_as_sensitive() {
        let mut headers = HeaderMap::new();
        let mut value = HeaderValue::from_static("planted");
        value.set_sensitive(true);
        headers.append("x-tag", value);
        headers.append("x-tag", HeaderValue::from_static("b"));
        let captured =
            CapturedHeaders::new("p.", &["x-tag".to_owned()], &SecretKeys::containing([""; 0]));
        let values: Vec<_> = captured.attributes(&headers).map(|kv| kv.value.to_string()).collect();
        assert_eq!(values, [r#"["****","b"]"#]);
    }
}
