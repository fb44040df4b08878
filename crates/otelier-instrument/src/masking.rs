//! Keeps secrets at home: what may leave of a URL and of a header.

mod keys;
mod url;

pub use keys::{DEFAULT_SECRET_KEYS, MASK, SecretKeys};
pub use url::{DEFAULT_QUERY_KEYS, REDACTED, UrlRedaction};
