//! Masking: one policy for every value that may hold a secret.
//!
//! A [`MaskingPolicy`] says which keys are sensitive. It is part of the
//! [settings](crate::settings::Settings), so that every path that records a value asks the same
//! policy:
//!
//! ```
//! use otelier_instrument::masking::{MaskingContext, MaskingPolicy};
//!
//! let policy = MaskingPolicy::default();
//! let url = policy.url("https://joe:pw@example.com/items?token=abc&page=2");
//! assert_eq!(url, "https://REDACTED:REDACTED@example.com/items?token=REDACTED&page=2");
//!
//! let body = policy.json(MaskingContext::HttpRequestBodies, r#"{"password": "abc", "page": 2}"#);
//! assert_eq!(body, r#"{"password": "****", "page": 2}"#);
//! ```
//!
//! # What is masked by default
//!
//! | path | masked by default | as |
//! |---|---|---|
//! | `url.full`, `url.query`, `url.path` | user information, always; values of sensitive keys in the query, in the fragment and in path parameters (`;jsessionid=…`); the same in a URL, a query or JSON inside a value, percent-encoded up to three times | `REDACTED` |
//! | `aws.sqs.queue.url`, `messaging.destination.name` | as in `url.full`; the name never holds user information, query or fragment | `REDACTED` |
//! | `http.request.header.*`, `http.response.header.*` | nothing is recorded unless it is listed; then values of sensitive names, and values marked [sensitive](http::HeaderValue::is_sensitive), always | `****` |
//! | the same, if the value is a URL (`location`, `referer` and the like, or any value with `://`) | as in `url.full` | `REDACTED` |
//! | JSON text | values of sensitive keys at any depth, objects and arrays as a whole, and in JSON inside strings | `"****"` |
//! | JSON text that is broken | what follows a sensitive key, up to the end | `****` |
//! | form bodies | values of sensitive keys | `****` |
//! | environment variables | values of sensitive names; user information and sensitive keys in the values of others | `****`, `REDACTED` |
//! | endpoints in our own messages | as in `url.full` | `REDACTED` |
//!
//! There is one [mask](MASK). URLs are the exception: the semantic conventions demand
//! [`REDACTED`](URL_MASK) there, and `*` would have to be percent-encoded by some readers. A query
//! that is masked as a whole, which the conventions do not know, is `****`.
//!
//! # Which keys are sensitive
//!
//! A key that contains one of [`DEFAULT_KEYS`], in any case; in queries, forms and path parameters
//! also one that equals one of [`DEFAULT_PARAMETERS`]. A list from the user replaces both. It is
//! read by [`SensitiveKeys::parse`] (regular expressions) or made in code by
//! [`SensitiveKeys::containing`]. One rule of matching holds for all: a pattern is searched for
//! anywhere in the key, in any case. Keys are compared after percent-decoding and after resolving
//! JSON's escapes.
//!
//! Cut values after masking, never before: the end of a cut value may hide the key that its
//! beginning belongs to.

mod environment;
mod form;
mod headers;
mod json;
mod keys;
#[cfg(feature = "regex")]
mod parse;
mod policy;
mod rewrite;
mod url;

pub use json::JsonMasker;
pub use keys::{DEFAULT_KEYS, DEFAULT_PARAMETERS, SensitiveKeys};
#[cfg(feature = "regex")]
pub use parse::InvalidKeys;
pub use policy::{MaskingContext, MaskingPolicy};
pub use url::last_path_segment;

pub(crate) use headers::HeaderMasking;

/// What stands for a masked value.
pub const MASK: &str = "****";

/// What stands for a masked part of a URL, as the semantic conventions demand.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>, the notes to `url.full`
/// and `url.query`.
pub const URL_MASK: &str = "REDACTED";
