//! The masking policy: which keys are sensitive, and where.

use std::borrow::Cow;

use super::json::JsonMasker;
use super::keys::SensitiveKeys;

/// Where a value is, for what a user may choose for one place only.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskingContext {
    /// Everything that has no context of its own: log attributes and bodies, messages, commands.
    General,
    /// Headers of HTTP requests.
    HttpRequestHeaders,
    /// Headers of HTTP responses.
    HttpResponseHeaders,
    /// Queries and fragments of URLs, wherever the URL is.
    HttpQueryParams,
    /// Bodies of HTTP requests.
    HttpRequestBodies,
    /// Bodies of HTTP responses.
    HttpResponseBodies,
    /// Environment variables.
    Environment,
}

impl MaskingContext {
    /// Every context that can be chosen for by itself.
    pub const OWN: [Self; 6] = [
        Self::HttpRequestHeaders,
        Self::HttpResponseHeaders,
        Self::HttpQueryParams,
        Self::HttpRequestBodies,
        Self::HttpResponseBodies,
        Self::Environment,
    ];

    fn index(self) -> Option<usize> {
        Self::OWN.iter().position(|context| *context == self)
    }
}

/// Which keys are sensitive: a general list, and lists for single contexts in place of it.
///
/// ```
/// use otelier_instrument::masking::{MaskingContext, MaskingPolicy, SensitiveKeys};
///
/// let policy = MaskingPolicy::new(SensitiveKeys::containing(["tenant"]))
///     .with_context(MaskingContext::HttpQueryParams, SensitiveKeys::none());
/// let body = policy.form(MaskingContext::HttpRequestBodies, "tenant=a&page=2");
/// assert_eq!(body, "tenant=****&page=2");
/// assert_eq!(policy.query("tenant=a&page=2"), "tenant=a&page=2");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaskingPolicy {
    general: SensitiveKeys,
    own: [Option<SensitiveKeys>; MaskingContext::OWN.len()],
}

impl MaskingPolicy {
    /// The policy that `general` says what is sensitive everywhere.
    #[must_use]
    pub fn new(general: SensitiveKeys) -> Self {
        Self { general, own: Default::default() }
    }

    /// In `context`, `keys` are sensitive and no others. For [`MaskingContext::General`] it
    /// replaces the general list.
    #[must_use]
    pub fn with_context(mut self, context: MaskingContext, keys: SensitiveKeys) -> Self {
        match context.index() {
            Some(index) => self.own[index] = Some(keys),
            None => self.general = keys,
        }
        self
    }

    /// The keys that are sensitive in `context`.
    #[must_use]
    pub fn keys(&self, context: MaskingContext) -> &SensitiveKeys {
        context.index().and_then(|index| self.own[index].as_ref()).unwrap_or(&self.general)
    }

    /// `url` without user information and without the values of sensitive query parameters.
    #[must_use]
    pub fn url<'a>(&self, url: &'a str) -> Cow<'a, str> {
        self.keys(MaskingContext::HttpQueryParams).mask_url(url)
    }

    /// `text` without what is secret in the URLs that are in it.
    #[must_use]
    pub fn urls<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.keys(MaskingContext::HttpQueryParams).mask_urls(text)
    }

    /// The path of a URL without the values of sensitive path parameters.
    #[must_use]
    pub fn path<'a>(&self, path: &'a str) -> Cow<'a, str> {
        self.keys(MaskingContext::HttpQueryParams).mask_path(path)
    }

    /// The query of a URL, without its `?`, without the values of sensitive parameters.
    #[must_use]
    pub fn query<'a>(&self, query: &'a str) -> Cow<'a, str> {
        self.keys(MaskingContext::HttpQueryParams).mask_query(query)
    }

    /// The body of a form (`application/x-www-form-urlencoded`) without the values of sensitive
    /// fields.
    #[must_use]
    pub fn form<'a>(&self, context: MaskingContext, body: &'a str) -> Cow<'a, str> {
        self.keys(context).mask_form(body)
    }

    /// JSON text without the values of sensitive keys, and without what is secret in its strings:
    /// pairs such as `key=value`, URLs, and JSON again.
    #[must_use]
    pub fn json<'a>(&self, context: MaskingContext, text: &'a str) -> Cow<'a, str> {
        self.keys(context).mask_json_and_strings(text, self.keys(MaskingContext::HttpQueryParams))
    }

    /// Masks the values of sensitive keys in JSON that comes in parts, and gives at most about
    /// `limit` bytes of it.
    #[must_use]
    pub fn json_in_parts(&self, context: MaskingContext, limit: usize) -> JsonMasker {
        JsonMasker::new(self.keys(context).clone()).with_limit(limit)
    }

    /// The value of the environment variable `name`, without what is secret in it.
    #[must_use]
    pub fn variable<'a>(&self, name: &str, value: &'a str) -> Cow<'a, str> {
        self.keys(MaskingContext::Environment).mask_variable(name, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_beats_general_list() {
        let policy = MaskingPolicy::new(SensitiveKeys::containing(["a"]));
        for context in MaskingContext::OWN {
            assert!(policy.keys(context).matches("a"), "{context:?}");
            let own = policy.clone().with_context(context, SensitiveKeys::none());
            assert!(!own.keys(context).matches("a"), "{context:?}");
            assert!(own.keys(MaskingContext::General).matches("a"), "{context:?}");
            let others = MaskingContext::OWN.into_iter().filter(|other| *other != context);
            assert!(
                others.clone().count() == 5 && others.clone().all(|it| own.keys(it).matches("a"))
            );
        }
    }

    #[test]
    fn all_masks_whole_values() {
        let policy = MaskingPolicy::new(SensitiveKeys::all());
        assert_eq!(policy.query("a=1"), "****");
        assert_eq!(policy.url("https://a:b@h/p?x=1#y"), "https://REDACTED:REDACTED@h/p?****#****");
        assert_eq!(policy.form(MaskingContext::General, "a=1"), "****");
        assert_eq!(policy.json(MaskingContext::General, "{\"a\": 1}"), "****");
        assert_eq!(policy.variable("A", "1"), "****");
        assert_eq!(policy.query(""), "", "nothing to mask");
    }

    #[test]
    fn none_masks_user_information_only() {
        let policy = MaskingPolicy::new(SensitiveKeys::none());
        for text in ["token=1&a=2", "%7B%22password%22%3A1%7D"] {
            assert_eq!(policy.query(text), text);
        }
        assert_eq!(policy.url("https://a:b@h/?sig=2"), "https://REDACTED:REDACTED@h/?sig=2");
        let json = r#"{"password": "{\"token\": 1}"#;
        assert_eq!(policy.json(MaskingContext::General, json), json);
        assert_eq!(policy.variable("PASSWORD", "x"), "x");
    }
}
