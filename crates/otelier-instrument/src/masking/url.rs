//! What may leave of a URL: no credentials, and no value of a query key that is known to sign or to authorise.

use std::borrow::Cow;

/// What stands for a redacted part of a URL.
pub const REDACTED: &str = "REDACTED";

/// The query keys whose values are redacted by default.
///
/// Matched exactly, in their case. Source: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>, the notes
/// to `url.full` and `url.query`, and the signatures of other cloud providers' links.
pub const DEFAULT_QUERY_KEYS: &[&str] = &[
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Goog-Signature",
];

/// Redacts URLs: their user information always, their query by a list of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlRedaction(Vec<String>);

impl Default for UrlRedaction {
    fn default() -> Self {
        Self::of(DEFAULT_QUERY_KEYS.iter().copied())
    }
}

impl UrlRedaction {
    /// Redacts the values of exactly these keys. Without keys the query is left as it is.
    pub fn of<I>(keys: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self(keys.into_iter().map(Into::into).collect())
    }

    /// `query` (without its `?`) with secret values replaced and the keys kept.
    #[must_use]
    pub fn query<'a>(&self, query: &'a str) -> Cow<'a, str> {
        if !query.split('&').any(|pair| self.is_secret(pair)) {
            return Cow::Borrowed(query);
        }
        let mut out = String::with_capacity(query.len());
        for (n, pair) in query.split('&').enumerate() {
            if n > 0 {
                out.push('&');
            }
            match pair.split_once('=') {
                Some((key, _)) if self.is_secret(pair) => {
                    out.push_str(key);
                    out.push('=');
                    out.push_str(REDACTED);
                }
                _ => out.push_str(pair),
            }
        }
        Cow::Owned(out)
    }

    /// `url` with user information and secret query values replaced.
    #[must_use]
    pub fn url<'a>(&self, url: &'a str) -> Cow<'a, str> {
        let (head, fragment) = split_before(url, '#');
        let (head, query) = split_before(head, '?');
        let user_info = user_info(head);
        let clean_query = query.strip_prefix('?').map(|query| self.query(query));
        if user_info.is_none() && !matches!(clean_query, Some(Cow::Owned(_))) {
            return Cow::Borrowed(url);
        }

        let mut out = String::with_capacity(url.len() + 2 * REDACTED.len());
        match user_info {
            Some((start, end)) => {
                out.push_str(&head[..start]);
                out.push_str(REDACTED);
                out.push(':');
                out.push_str(REDACTED);
                out.push_str(&head[end..]);
            }
            None => out.push_str(head),
        }
        if let Some(query) = clean_query {
            out.push('?');
            out.push_str(&query);
        }
        out.push_str(fragment);
        Cow::Owned(out)
    }

    fn is_secret(&self, pair: &str) -> bool {
        pair.split_once('=').is_some_and(|(key, _)| {
            let key = percent_encoding::percent_decode_str(key).decode_utf8_lossy();
            self.0.iter().any(|secret| *secret == key)
        })
    }
}

/// `text` before the first `mark`, and from it on.
fn split_before(text: &str, mark: char) -> (&str, &str) {
    text.split_at(text.find(mark).unwrap_or(text.len()))
}

/// Where the user information of an absolute URL starts and ends (at its `@`).
fn user_info(head: &str) -> Option<(usize, usize)> {
    let start = head.find("//")? + 2;
    let authority = head[start..].split('/').next().unwrap_or_default();
    // The last one: an `@` in a password that somebody forgot to encode must not let the rest through.
    authority.rfind('@').map(|at| (start, start + at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: &str) {
        assert_eq!(UrlRedaction::default().url(url), expected, "{url}");
    }

    #[test]
    fn leaves_a_harmless_url_alone() {
        for url in [
            "https://example.com",
            "https://example.com/a?b=c&d#e",
            "http://[::1]:8080/@/x",
            "/a?b",
        ] {
            check(url, url);
            assert!(matches!(UrlRedaction::default().url(url), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn replaces_user_information() {
        check("https://joe:pw@example.com/x", "https://REDACTED:REDACTED@example.com/x");
        check("https://joe@example.com", "https://REDACTED:REDACTED@example.com");
        check("https://joe:p@w@example.com/", "https://REDACTED:REDACTED@example.com/");
    }

    #[test]
    fn replaces_the_values_of_secret_keys_and_keeps_the_keys() {
        check("https://s3/x?X-Amz-Signature=abc&n=1", "https://s3/x?X-Amz-Signature=REDACTED&n=1");
        check("https://s3/x?a=1&sig=abc#top", "https://s3/x?a=1&sig=REDACTED#top");
        check("https://s3/x?sig=a=b&sig=c", "https://s3/x?sig=REDACTED&sig=REDACTED");
        check("https://s3/x?X%2DAmz-Signature=abc", "https://s3/x?X%2DAmz-Signature=REDACTED");
    }

    #[test]
    fn keys_are_matched_exactly() {
        check("https://s3/x?SIG=abc&signature=x&sig", "https://s3/x?SIG=abc&signature=x&sig");
    }

    #[test]
    fn an_own_list_replaces_the_default_and_never_spares_user_information() {
        let own = UrlRedaction::of(["code"]);
        assert_eq!(
            own.url("https://a:b@h/?code=1&sig=2"),
            "https://REDACTED:REDACTED@h/?code=REDACTED&sig=2"
        );
        let none = UrlRedaction::of([""; 0]);
        assert_eq!(none.url("https://a:b@h/?sig=2"), "https://REDACTED:REDACTED@h/?sig=2");
    }
}
