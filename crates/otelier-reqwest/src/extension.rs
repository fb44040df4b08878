//! What a user can say about a single request, as an extension of it.

use std::borrow::Cow;

/// Names the template that a request's URL was made from.
///
/// The span is called `{method} {template}`, and span and metrics carry `url.template`. A template must come from a
/// small set: never put an id into it.
///
/// ```
/// # use otelier_reqwest::UrlTemplate;
/// # fn example(http: &reqwest_middleware::ClientWithMiddleware, id: u32) {
/// let request = http
///     .get(format!("https://example.com/users/{id}"))
///     .with_extension(UrlTemplate::new("/users/{id}"));
/// # }
/// ```
///
/// To say it of every request of a client, give it to
/// [`ClientBuilder::with_init`](reqwest_middleware::ClientBuilder::with_init) as an
/// [`Extension`](reqwest_middleware::Extension).
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

/// Keeps the context out of a request's headers, which are left as they are. Span and metrics are recorded as ever.
///
/// For services of others, who need not learn about the traces of this one, and for requests that were signed already.
///
/// ```
/// # use otelier_reqwest::PropagationOff;
/// # fn example(http: &reqwest_middleware::ClientWithMiddleware) {
/// let request = http.get("https://example.com").with_extension(PropagationOff);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PropagationOff;
