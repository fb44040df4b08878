//! Pairs of keys and values: queries of URLs and bodies of forms.

use std::borrow::Cow;

use super::keys::SensitiveKeys;
use super::rewrite::{Decoded, Replace, rewrite};
use super::{MASK, URL_MASK};

/// How often a value is decoded to look for a URL, a query or JSON in it. What is encoded more
/// often is masked.
const DEEPEST: u32 = 4;

impl SensitiveKeys {
    /// The body of a form without the values of sensitive fields.
    pub(super) fn mask_form<'a>(&self, body: &'a str) -> Cow<'a, str> {
        self.unless_all(body, || {
            rewrite(body, |replace| self.find_in_pairs(body.as_bytes(), 0, MASK, 0, replace))
        })
    }

    /// Finds the values of sensitive keys in `pairs`, which start at `at` of the whole text.
    pub(super) fn find_in_pairs(
        &self,
        pairs: &[u8],
        mut at: usize,
        mask: &'static str,
        depth: u32,
        replace: Replace<'_>,
    ) {
        for pair in pairs.split(|byte| *byte == b'&') {
            match pair.iter().position(|byte| *byte == b'=') {
                Some(equals) if self.is_sensitive_parameter(&pair[..equals]) => {
                    if equals + 1 < pair.len() {
                        replace(at + equals + 1..at + pair.len(), mask);
                    }
                }
                Some(equals) => {
                    self.find_in_value(&pair[equals + 1..], at + equals + 1, mask, depth, replace);
                }
                None => self.find_in_value(pair, at, mask, depth, replace),
            }
            at += pair.len() + 1;
        }
    }

    /// Whether a key, as it is written in a query, is sensitive.
    fn is_sensitive_parameter(&self, key: &[u8]) -> bool {
        // A query in a query that was not encoded starts anew.
        let key = key.rsplit(|byte| *byte == b'?').next().unwrap_or(key);
        let is_sensitive = |key: &[u8]| {
            self.matches_parameter(String::from_utf8_lossy(key).trim_matches([' ', ';']))
        };
        match key.contains(&b'%') || key.contains(&b'+') {
            true => is_sensitive(&Decoded::new(key).text) || is_sensitive(key),
            false => is_sensitive(key),
        }
    }

    /// Finds what is secret in a value whose key is not: it may be a URL, a query, or JSON.
    fn find_in_value(
        &self,
        value: &[u8],
        at: usize,
        mask: &'static str,
        depth: u32,
        replace: Replace<'_>,
    ) {
        let has_any = |text: &[u8], of: &[u8]| text.iter().any(|byte| of.contains(byte));
        if !has_any(value, b"%=@{[") {
            return;
        }
        if depth == DEEPEST {
            return replace(at..at + value.len(), mask);
        }
        let decoded = Decoded::new(value);
        let text = &decoded.text;
        if matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')) {
            let json = String::from_utf8_lossy(text);
            if self.mask_json_and_strings(&json, self) != json {
                replace(at..at + value.len(), mask);
            }
            return;
        }
        let replace: Replace<'_> = &mut |part, with| {
            let raw = decoded.raw(&part);
            replace(at + raw.start..at + raw.end, with);
        };
        if has_any(text, b"?#") || text.windows(2).any(|pair| pair == b"//") {
            self.find_in_url(text, depth + 1, replace);
        } else if has_any(text, b"=") {
            self.find_in_pairs(text, 0, mask, depth + 1, replace);
        } else if text.contains(&b'%') && *text != value {
            self.find_in_value(text, 0, mask, depth + 1, replace);
        }
    }

    /// The query of a URL without the values of sensitive parameters.
    pub(super) fn mask_query<'a>(&self, query: &'a str) -> Cow<'a, str> {
        self.unless_all(query, || {
            rewrite(query, |replace| self.find_in_pairs(query.as_bytes(), 0, URL_MASK, 0, replace))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &str) {
        let keys = SensitiveKeys::default();
        let masked = keys.mask_query(query);
        assert_eq!(masked, expected, "{query}");
        assert_eq!(keys.mask_query(&masked), expected, "masked twice: {query}");
        if query == expected {
            assert!(matches!(keys.mask_query(query), Cow::Borrowed(_)), "copied: {query}");
        }
    }

    #[test]
    fn harmless_queries_are_left_alone() {
        for query in [
            "",
            "a",
            "a=b&c=d",
            "page=2&sort=-price&postcode=12345&tags[]=a",
            "q=100%25&r=%zz&s=a+b&t=",
            "token",
            "token=",
            "next=%2Fitems%3Fpage%3D2",
            "filter=%7B%22a%22%3A1%7D",
            "%ff=%fe",
        ] {
            check(query, query);
        }
    }

    #[test]
    fn values_of_sensitive_parameters_are_masked() {
        for key in [
            "X-Amz-Signature",
            "X-Amz-Credential",
            "X-Amz-Security-Token",
            "AWSAccessKeyId",
            "Signature",
            "sig",
            "SIG",
            "X-Goog-Signature",
            "password",
            "access_token",
            "api_key",
            "client_secret",
            "code",
            "id_token",
            "SAMLResponse",
            "client_assertion",
            "refresh_token",
            "user[password]",
            "X%2DAmz%2DSignature",
            "pass%77ord",
            "%63ode",
        ] {
            check(&format!("{key}=abc&n=1"), &format!("{key}=REDACTED&n=1"));
            check(&format!("n=1&{key}=a=b;c"), &format!("n=1&{key}=REDACTED"));
        }
        check("sig=a&sig=b", "sig=REDACTED&sig=REDACTED");
        check("größe=1&größe_token=ü", "größe=1&größe_token=REDACTED");
    }

    #[test]
    fn nested_urls_are_masked() {
        let encoded = |times: u32, text: &str| {
            (0..times).fold(text.to_owned(), |text, _| {
                percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC)
                    .to_string()
            })
        };
        for times in 1..=3 {
            let url = encoded(times, "https://joe:abc@h/cb?token=abc&x=1#id_token=abc");
            let expected = url.replace(&encoded(times, "joe:abc"), "REDACTED:REDACTED").replacen(
                &encoded(times, "=abc"),
                &format!("{}REDACTED", encoded(times, "=")),
                2,
            );
            check(&format!("a=1&next={url}&b=2"), &format!("a=1&next={expected}&b=2"));
        }
        let deep = encoded(6, "https://h/?token=abc");
        check(&format!("next={deep}&b=2"), "next=REDACTED&b=2");
        check("next=/cb?code=abc", "next=/cb?code=REDACTED");
        check("https%3A%2F%2Fjoe%3Aabc%40h", "https%3A%2F%2FREDACTED:REDACTED%40h");
        check("data=token%3Dabc%26x%3D1", "data=token%3DREDACTED%26x%3D1");
        check("a=1;token=abc", "a=1;token=REDACTED");
    }

    #[test]
    fn what_is_nested_too_deep_is_masked() {
        let nested = |times: u32, start: &str, end: &str| {
            (0..times).fold(end.to_owned(), |text, _| {
                let text = percent_encoding::utf8_percent_encode(
                    &text,
                    percent_encoding::NON_ALPHANUMERIC,
                );
                format!("{start}{text}")
            })
        };
        for start in ["https://h/?u=", "u="] {
            let text = |times, end: &str| nested(times, start, end).replacen(start, "u=", 1);
            let (secret, masked) = ("?token=abc", "?token=REDACTED");
            for times in 1..=DEEPEST {
                check(&text(times, secret), &text(times, masked));
            }
            let deeper = text(DEEPEST + 1, "x=abc");
            check(&deeper, &text(DEEPEST, &format!("{start}REDACTED")));
        }
    }

    #[test]
    fn nested_json_is_masked() {
        check("filter=%7B%22password%22%3A%22abc%22%7D&a=1", "filter=REDACTED&a=1");
        check("filter={\"a\":[{\"token\":\"abc\"}]}", "filter=REDACTED");
        check("filter={\"a\":\"token=abc\"}", "filter=REDACTED");
        check("filter={\"a\":\"//joe:abc@h\"}", "filter=REDACTED");
    }

    #[test]
    fn form_bodies_have_the_general_mask() {
        let keys = SensitiveKeys::default();
        let body = "user=joe&password=ab%26c&code=1&next=https%3A%2F%2Fh%2F%3Fsig%3Dabc";
        let expected = "user=joe&password=****&code=****&next=https%3A%2F%2Fh%2F%3Fsig%3DREDACTED";
        assert_eq!(keys.mask_form(body), expected);
    }
}
