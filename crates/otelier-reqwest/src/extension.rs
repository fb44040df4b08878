//! Settings of a single request, as extensions of it.
//!
//! They are the same types for every line of reqwest: an extension of another type is ignored
//! without a word.

use std::borrow::Cow;

/// Names the template that a request's URL was made from.
///
/// The span is called `{method} {template}`, and span and metrics carry `url.template`. A template
/// must come from a small set: never put an id into it.
///
/// ```
/// # mod otelier { pub use otelier_reqwest as reqwest; }
/// use otelier::reqwest::UrlTemplate;
/// # fn example(http: &reqwest_middleware::ClientWithMiddleware, id: u32) {
/// let request = http
///     .get(format!("https://example.com/users/{id}"))
///     .with_extension(UrlTemplate::new("/users/{id}"));
/// # }
/// ```
///
/// For every request of a client, give it to reqwest-middleware's `ClientBuilder::with_init` as an
/// `Extension`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate(Cow<'static, str>);

impl UrlTemplate {
    /// Names the template.
    #[must_use]
    pub fn new(template: impl Into<Cow<'static, str>>) -> Self {
        Self(template.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Leaves a request's headers as they are: no context is injected. Span and metrics are recorded.
///
/// For services that should not see trace ids, and for requests that are signed already.
///
/// ```
/// # mod otelier { pub use otelier_reqwest as reqwest; }
/// use otelier::reqwest::DisablePropagation;
/// # fn example(http: &reqwest_middleware::ClientWithMiddleware) {
/// let request = http.get("https://example.com").with_extension(DisablePropagation);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DisablePropagation;
