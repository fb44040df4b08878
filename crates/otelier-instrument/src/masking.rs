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
//! | `url.full`, `url.query`, `url.path` | see URLs | `REDACTED` |
//! | `aws.sqs.queue.url` | see URLs | `REDACTED` |
//! | `messaging.destination.name` of SQS | never more than the queue's name | |
//! | `http.{request,response}.header.*` | values of sensitive names and marked values | `****` |
//! | the same, of `location`, `referer` and the like | see URLs | `REDACTED` |
//! | JSON text | values of sensitive keys, see JSON | `"****"` |
//! | strings of JSON text | as messages of errors | |
//! | form bodies | values of sensitive fields | `****` |
//! | messages of errors, log bodies | values of sensitive keys in `key=value` and `key: value`, URLs | `****` |
//! | environment variables | values of sensitive names | `****` |
//! | the same, other names | as the URL or the JSON that the value is | |
//! | endpoints in our own messages | see URLs | `REDACTED` |
//!
//! **URLs.** User information always; the values of sensitive keys in the query, the fragment and
//! path parameters (`;jsessionid=…`); the same in a URL, a query or JSON inside a value, if it is
//! percent-encoded up to three times. What is encoded more often is masked. Any header value with
//! `://` in it is treated as a URL.
//!
//! **JSON.** At any depth, objects and arrays as a whole, also in JSON inside strings, up to four
//! strings deep. Where JSON is broken, all that follows a sensitive key is masked. What a string
//! says is text again: of `"login?user=joe&password=abc"` the end is masked, and nothing else.
//!
//! **Headers.** None is recorded unless it is listed. A value that is marked
//! [sensitive](http::HeaderValue::is_sensitive) is masked even if nothing else is.
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
mod form_parts;
mod headers;
mod json;
mod keys;
#[cfg(feature = "regex")]
mod parse;
mod policy;
mod rewrite;
mod scan;
mod text;
mod url;

pub use form_parts::FormMasker;
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
