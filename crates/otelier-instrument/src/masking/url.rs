//! What may leave of a URL: no user information, and no value of a sensitive parameter.

use std::borrow::Cow;
use std::ops::Range;

use super::keys::SensitiveKeys;
use super::rewrite::{Replace, rewrite};
use super::scan::until;
use super::{MASK, URL_MASK};

const USER_INFORMATION: &str = "REDACTED:REDACTED";

impl SensitiveKeys {
    /// `url` without user information and without the values of sensitive parameters.
    pub(super) fn mask_url<'a>(&self, url: &'a str) -> Cow<'a, str> {
        rewrite(url, |replace| self.find_in_url(url.as_bytes(), 0, replace))
    }

    /// A path without the values of sensitive path parameters.
    pub(super) fn mask_path<'a>(&self, path: &'a str) -> Cow<'a, str> {
        match path.contains(';') {
            true => rewrite(path, |replace| self.find_in_path(path.as_bytes(), 0, 0, replace)),
            false => Cow::Borrowed(path),
        }
    }

    /// `text` without what is secret in the URLs that are in it: those of a header such as `link`,
    /// of a message, or of the strings of JSON.
    pub(super) fn mask_urls<'a>(&self, text: &'a str) -> Cow<'a, str> {
        // None of these is part of a URL.
        let is_outside =
            |byte: &u8| matches!(byte, b'<' | b'>' | b'"' | b' ' | b'\t' | b'\n' | b'\r');
        // What is secret in a URL stands before or behind one of these.
        let is_mark = |byte: u8| matches!(byte, b'@' | b'?' | b'#' | b';');
        rewrite(text, |replace| {
            let text = text.as_bytes();
            let mut done = 0;
            loop {
                let mark = done + until(&text[done..], is_mark);
                if mark == text.len() {
                    return;
                }
                let before = text[done..mark].iter().rposition(is_outside);
                let start = before.map_or(done, |at| done + at + 1);
                let length = text[mark..].iter().position(is_outside);
                done = length.map_or(text.len(), |length| mark + length);
                let mut url = &text[start..done];
                if text.get(done) == Some(&b'"') {
                    // They escape the quote that ends a string of JSON.
                    while let Some(shorter) = url.strip_suffix(b"\\") {
                        url = shorter;
                    }
                }
                let replace: Replace<'_> =
                    &mut |found, with| replace(start + found.start..start + found.end, with);
                self.find_in_url(url, 0, replace);
            }
        })
    }

    /// Finds what is secret in `url`. `depth` is how often it was decoded.
    pub(super) fn find_in_url(&self, url: &[u8], depth: u32, replace: Replace<'_>) {
        let find = |mark: &[u8], from: usize| {
            let rest = url.get(from..).unwrap_or_default();
            rest.iter().position(|byte| mark.contains(byte)).map_or(url.len(), |at| from + at)
        };
        let mut at = 0;
        let first = authority(url);
        if let Some(authority) = first {
            let user_information = user_information(url, authority.clone());
            at = user_information.as_ref().map_or(authority.start, |part| part.end);
            if let Some(part) = user_information {
                replace(part, USER_INFORMATION);
            }
        }
        let query = find(b"?#", at);
        // A path may hold another URL, and several may follow each other.
        while let Some(colon) = url[at..query].windows(3).position(|three| three == b"://") {
            let start = at + colon + 3;
            self.find_in_path(&url[at..start], at, depth, replace);
            at = find(b"/\\?#", start);
            if let Some(sign) = url[start..at].iter().rposition(|byte| *byte == b'@')
                && sign > 0
            {
                replace(start..start + sign, USER_INFORMATION);
            }
        }
        self.find_in_path(&url[at..query], at, depth, replace);
        let fragment = find(b"#", query);
        for (start, end) in [(query + 1, fragment), (fragment + 1, url.len())] {
            if start >= end || self.is_none() {
                continue;
            }
            match self.is_all() {
                true => replace(start..end, MASK),
                false => self.find_in_pairs(&url[start..end], start, URL_MASK, depth, replace),
            }
        }
    }

    /// Finds the values of sensitive path parameters: `/a;jsessionid=abc/b`.
    fn find_in_path(&self, path: &[u8], at: usize, depth: u32, replace: Replace<'_>) {
        if self.is_none() {
            return;
        }
        let mut start = at;
        for segment in path.split(|byte| *byte == b'/') {
            let mut parameter = start;
            for (index, text) in segment.split(|byte| *byte == b';').enumerate() {
                if index > 0 {
                    self.find_in_pairs(text, parameter, URL_MASK, depth, replace);
                }
                parameter += text.len() + 1;
            }
            start += segment.len() + 1;
        }
    }
}

/// Where the authority of a URL is: after `//` at its start or behind a scheme.
///
/// As browsers do, a backslash is taken for a slash, and after `http:` and `https:` any number of
/// them will do.
fn authority(url: &[u8]) -> Option<Range<usize>> {
    let is_slash = |byte: &u8| matches!(byte, b'/' | b'\\');
    let leading = url.len() - url.trim_ascii_start().len();
    let scheme = url[leading..]
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte))?;
    let (name, rest) = url[leading..].split_at(scheme);
    let (colon, rest) = match rest.strip_prefix(b":") {
        Some(rest) => (1, rest),
        None if scheme == 0 => (0, rest),
        None => return None,
    };
    let slashes = rest.iter().take_while(|byte| is_slash(byte)).count();
    let is_http = name.eq_ignore_ascii_case(b"http") || name.eq_ignore_ascii_case(b"https");
    // Without a scheme, a host follows exactly two; a path has one.
    if !(slashes >= 2 || is_http && colon == 1) {
        return None;
    }
    let skipped = if is_http { slashes } else { 2 };
    let start = leading + scheme + colon + skipped;
    let length = url[start..].iter().position(|byte| is_slash(byte) || matches!(byte, b'?' | b'#'));
    Some(start..length.map_or(url.len(), |length| start + length))
}

/// Where the user information is, without its `@`.
fn user_information(url: &[u8], authority: Range<usize>) -> Option<Range<usize>> {
    let text = &url[authority.clone()];
    // The last one: an `@` in a password that somebody forgot to encode must not let the rest
    // pass.
    if let Some(at) = text.iter().rposition(|byte| *byte == b'@') {
        return (at > 0).then(|| authority.start..authority.start + at);
    }
    // A port that is none is the start of a password with a slash or a question mark in it.
    let host = match text.first() {
        Some(b'[') => text.iter().position(|byte| *byte == b']').unwrap_or_default(),
        _ => 0,
    };
    let colon = host + text[host..].iter().position(|byte| *byte == b':')?;
    if text[colon + 1..].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let at = url[authority.end..].iter().rposition(|byte| *byte == b'@')?;
    Some(authority.start..authority.end + at)
}

/// The last segment of the path of `url`, or of a path without a host: without user information,
/// host, path parameters, query and fragment. `None` if it is empty.
///
/// ```
/// use otelier_instrument::masking::last_path_segment;
///
/// let url = "https://joe:pw@sqs.us-east-1.amazonaws.com/123/orders?X-Amz-Signature=a/b";
/// assert_eq!(last_path_segment(url), Some("orders"));
/// ```
#[must_use]
pub fn last_path_segment(url: &str) -> Option<&str> {
    let bytes = url.as_bytes();
    let authority = authority(bytes);
    let user_information = authority.clone().and_then(|it| user_information(bytes, it));
    let start = match (authority, user_information) {
        (Some(authority), Some(user)) if user.end >= authority.end => {
            let rest = &bytes[user.end..];
            user.end + rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len())
        }
        (Some(authority), _) => authority.end,
        (None, _) => 0,
    };
    let path = url.get(start..)?.split(['?', '#']).next()?;
    let segment = path.rsplit('/').next()?.split(';').next()?;
    Some(segment).filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: &str) {
        let keys = SensitiveKeys::default();
        let masked = keys.mask_url(url);
        assert_eq!(masked, expected, "{url}");
        assert_eq!(keys.mask_url(&masked), expected, "masked twice: {url}");
        if url == expected {
            assert!(matches!(keys.mask_url(url), Cow::Borrowed(_)), "copied: {url}");
        }
    }

    #[test]
    fn harmless_urls_are_left_alone() {
        for url in [
            "",
            "/",
            "https://example.com",
            "https://example.com/a?b=c&d#e",
            "https://example.com/@joe/posts?a=b@c",
            "http://[::1]:8080/@/x",
            "http://example.com:8080/a@b?c@d",
            "/a?b",
            "/a//b@c",
            "mailto:joe@example.com",
            "urn:a:b@c",
            "https://example.com/a;v=1/b;w",
            "https://@example.com/",
            "/proxy/https://@example.com/x",
            "a//joe:abc@example.com/x",
            "//example.com/",
            "ünïcödé",
        ] {
            check(url, url);
        }
    }

    #[test]
    fn user_information_is_masked() {
        for user in ["joe:abc", "joe", ":abc", "joe:p@w", "jo%40e:p%2Fw", "ü:ä"] {
            for scheme in ["https://", "//", "mysql://", "mongodb+srv://", " http://", "HTTPS:\\\\"]
            {
                check(
                    &format!("{scheme}{user}@example.com/x"),
                    &format!("{scheme}REDACTED:REDACTED@example.com/x"),
                );
            }
        }
        check(":\\\\joe:abc@example.com", ":\\\\REDACTED:REDACTED@example.com");
        check("https:joe:abc@example.com", "https:REDACTED:REDACTED@example.com");
        check("https:////joe:abc@example.com", "https:////REDACTED:REDACTED@example.com");
        check("https://joe:abc@example.com?a", "https://REDACTED:REDACTED@example.com?a");
        check("/proxy/https://joe:abc@h/x", "/proxy/https://REDACTED:REDACTED@h/x");
        check(
            "https://a:b@h,https://c:d@i",
            "https://REDACTED:REDACTED@h,https://REDACTED:REDACTED@i",
        );
    }

    #[test]
    fn password_with_reserved_characters_is_masked() {
        for password in ["a/b", "a?b", "a#b", "a/b@c?d", "x1/@2y"] {
            let url = format!("https://joe:{password}@example.com/x?y=1");
            check(&url, "https://REDACTED:REDACTED@example.com/x?y=1");
        }
    }

    #[test]
    fn sensitive_parameters_are_masked_wherever_they_are() {
        check("https://s3/x?X-Amz-Signature=abc&n=1", "https://s3/x?X-Amz-Signature=REDACTED&n=1");
        check("https://s3/x?a=1&sig=abc#top", "https://s3/x?a=1&sig=REDACTED#top");
        check("https://h/cb#access_token=abc&x=1", "https://h/cb#access_token=REDACTED&x=1");
        check("https://h/#/cb?code=abc&x=1", "https://h/#/cb?code=REDACTED&x=1");
        check("https://h/a;jsessionid=abc/b?c=1", "https://h/a;jsessionid=REDACTED/b?c=1");
        check("?token=abc", "?token=REDACTED");
        check("https://h/??token=abc", "https://h/??token=REDACTED");
    }

    #[test]
    fn path_parameters_are_masked() {
        let keys = SensitiveKeys::default();
        assert_eq!(keys.mask_path("/a;jsessionid=abc/b;v=1"), "/a;jsessionid=REDACTED/b;v=1");
        assert!(matches!(keys.mask_path("/a;v=1/jsessionid=abc"), Cow::Borrowed(_)));
        assert!(matches!(SensitiveKeys::none().mask_path("/a;sid=1"), Cow::Borrowed(_)));
    }

    #[test]
    fn urls_are_masked_wherever_they_are_in_a_text() {
        let keys = SensitiveKeys::default();
        for (text, expected) in [
            ("a@b c;d #1 why? <e@f>", "a@b c;d #1 why? <e@f>"),
            (
                "see https://a:b@h\nand //c:d@i.",
                "see https://REDACTED:REDACTED@h\nand //REDACTED:REDACTED@i.",
            ),
            (
                "<https://h/?sig=1>; rel=next, <?sig=2>",
                "<https://h/?sig=REDACTED>; rel=next, <?sig=REDACTED>",
            ),
            (
                r##"{"u":"/a;sid=1/b?sig=1","v":"#token=1"}"##,
                r##"{"u":"/a;sid=REDACTED/b?sig=REDACTED","v":"#token=REDACTED"}"##,
            ),
            (r#"{"b":"{\"u\":\"/?sig=1\"}"}"#, r#"{"b":"{\"u\":\"/?sig=REDACTED\"}"}"#),
        ] {
            assert_eq!(keys.mask_urls(text), expected, "{text}");
        }
    }

    #[test]
    fn last_segment_holds_no_secret() {
        for (url, expected) in [
            ("https://sqs.us-east-1.amazonaws.com/123/orders", Some("orders")),
            ("https://sqs/123/orders?X-Amz-Signature=a/b", Some("orders")),
            ("https://sqs/123/orders#a/b", Some("orders")),
            ("https://sqs/123/orders;sid=abc", Some("orders")),
            ("https://joe:abc@sqs/123/orders", Some("orders")),
            ("https://joe:a/b@sqs/123/orders", Some("orders")),
            ("https://joe:abc@sqs", None),
            ("https://joe:abc@sqs?a/b", None),
            ("https://joe:a/b@sqs", None),
            ("https://sqs", None),
            ("https://sqs/", None),
            ("https://sqs/123/", None),
            ("orders", Some("orders")),
            ("/123/orders", Some("orders")),
            ("", None),
        ] {
            assert_eq!(last_path_segment(url), expected, "{url}");
        }
    }
}
