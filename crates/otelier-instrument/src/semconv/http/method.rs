//! The methods that are reported by name. Any client can make one up, and the method is an
//! attribute of metrics.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::StringValue;

/// `http.request.method` of a method that is not known.
const OTHER: &str = "_OTHER";

/// RFC 9110 and RFC 5789, and QUERY.
const DEFAULT: &[&str] =
    &["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "QUERY", "CONNECT", "TRACE"];

/// The known methods: the default ones, or the user's list in their place.
#[derive(Clone, Debug)]
pub(crate) struct KnownMethods(Vec<StringValue>);

impl KnownMethods {
    /// The `configured` methods, else the default ones.
    pub(crate) fn resolve(configured: Option<&Vec<String>>) -> Self {
        match configured {
            Some(list) => Self(
                list.iter()
                    .map(|name| StringValue::from(<Arc<str>>::from(name.as_str())))
                    .collect(),
            ),
            None => Self(DEFAULT.iter().map(|name| StringValue::from(*name)).collect()),
        }
    }

    /// `method` if it is known, else `_OTHER`.
    pub(crate) fn classify(&self, method: &str) -> StringValue {
        let known = self.0.iter().find(|known| known.as_str() == method);
        known.cloned().unwrap_or_else(|| StringValue::from(OTHER))
    }
}

/// The method in a span's name: an unknown one is `HTTP`.
pub(crate) fn in_span_name(method: &StringValue) -> &str {
    match method.as_str() {
        OTHER => "HTTP",
        known => known,
    }
}

/// The span's name where only the method is known.
pub(crate) fn span_name(method: &StringValue) -> Cow<'static, str> {
    let name = in_span_name(method);
    let known = DEFAULT.iter().chain(&["HTTP"]).find(|known| **known == name);
    known.map_or_else(|| Cow::Owned(name.to_owned()), |known| Cow::Borrowed(*known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(own: Option<&Vec<String>>, method: &str, expected: &str) {
        let known = KnownMethods::resolve(own);
        assert_eq!(known.classify(method).as_str(), expected);
    }

    #[test]
    fn the_default_list_is_case_sensitive() {
        check(None, "GET", "GET");
        check(None, "QUERY", "QUERY");
        check(None, "get", "_OTHER");
        check(None, "BREW", "_OTHER");
    }

    #[test]
    fn an_own_list_replaces_the_default() {
        let own = vec!["BREW".to_owned()];
        check(Some(&own), "BREW", "BREW");
        check(Some(&own), "GET", "_OTHER");
    }
}
