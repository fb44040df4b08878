//! Text that a program wrote for people, such as the message of an error: the values of sensitive
//! keys in it, and the secrets of URLs.

use std::borrow::Cow;

use super::MASK;
use super::keys::SensitiveKeys;
use super::policy::{MaskingContext, MaskingPolicy};

impl MaskingPolicy {
    /// `text` without the values of sensitive keys, in `key=value` and `key: value`, and without
    /// the secrets of the URLs in it.
    ///
    /// ```
    /// use otelier_instrument::masking::{MaskingContext, MaskingPolicy};
    ///
    /// let policy = MaskingPolicy::default();
    /// let text = policy.text(MaskingContext::General, "mysql://joe:pw@db refused, token=abc");
    /// assert_eq!(text, "mysql://REDACTED:REDACTED@db refused, token=****");
    /// ```
    #[must_use]
    pub fn text<'a>(&self, context: MaskingContext, text: &'a str) -> Cow<'a, str> {
        let keys = self.keys(context);
        if keys.is_all() {
            return Cow::Borrowed(MASK);
        }
        if keys.is_none() || !text.contains(['=', ':']) {
            return Cow::Borrowed(text);
        }
        match keys.mask_pairs_in_text(text) {
            Cow::Borrowed(same) => self.urls(same),
            Cow::Owned(masked) => Cow::Owned(self.urls(&masked).into_owned()),
        }
    }
}

impl SensitiveKeys {
    fn mask_pairs_in_text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut masked = String::new();
        let mut done = 0;
        while let Some(found) = text[done..].find(['=', ':']) {
            let sign = done + found;
            let value =
                sign + 1 + leading(&text[sign + 1..], |it| it == ' ' && &text[sign..=sign] == ":");
            let end = value + value_length(&text[value..]);
            // `http://…` is no pair; its secrets are those of a URL.
            let is_url = text[sign..].starts_with("://");
            if !is_url && end > value && self.matches(key_before(&text[..sign])) {
                masked.push_str(&text[done..value]);
                masked.push_str(MASK);
                done = end;
            } else {
                masked.push_str(&text[done..=sign]);
                done = sign + 1;
            }
        }
        if masked.is_empty() {
            return Cow::Borrowed(text);
        }
        masked.push_str(&text[done..]);
        Cow::Owned(masked)
    }
}

/// The word that ends `text`, without the quotes around it.
fn key_before(text: &str) -> &str {
    let text = text.trim_end_matches(['"', '\'', ' ']);
    let is_of_word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | '[' | ']');
    let start = text.char_indices().rev().take_while(|(_, it)| is_of_word(*it)).last();
    start.map_or("", |(start, _)| &text[start..])
}

/// How long the value is that `text` starts with: up to its closing quote, or to what ends a word.
/// `Bearer x` and the like are one value.
fn value_length(text: &str) -> usize {
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            return rest.find(quote).map_or(text.len(), |end| end + 2);
        }
    }
    let word =
        |text: &str| text.find([' ', ',', ';', '&', ')', ']', '}', '\n']).unwrap_or(text.len());
    let end = word(text);
    let is_scheme = ["bearer", "basic", "digest", "negotiate"]
        .iter()
        .any(|it| text[..end].eq_ignore_ascii_case(it));
    if is_scheme && text[end..].starts_with(' ') { end + 1 + word(&text[end + 1..]) } else { end }
}

fn leading(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.find(|it| !is(it)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_sensitive_keys_in_messages_are_masked() {
        let policy = MaskingPolicy::default();
        for (text, expected) in [
            ("nothing to see", "nothing to see"),
            ("user=ada password=hunter2 ok=true", "user=ada password=**** ok=true"),
            ("password: hunter2, ok", "password: ****, ok"),
            ("{\"api_key\": \"hun ter2\", \"a\": 1}", "{\"api_key\": ****, \"a\": 1}"),
            ("authorization: Bearer hunter2 sent", "authorization: **** sent"),
            ("Login { token: \"hunter2\" }", "Login { token: **** }"),
            ("token=hunter2", "token=****"),
            ("at 12:30 key is: none", "at 12:30 key is: none"),
            (
                "GET https://a:hunter2@h/?token=hunter2 x",
                "GET https://REDACTED:REDACTED@h/?token=REDACTED x",
            ),
        ] {
            assert_eq!(policy.text(MaskingContext::General, text), expected, "{text}");
        }
    }

    #[test]
    fn all_and_none_hold_for_text() {
        let context = MaskingContext::General;
        let text = "token=hunter2 https://a:b@h";
        assert_eq!(MaskingPolicy::new(SensitiveKeys::all()).text(context, text), "****");
        assert_eq!(MaskingPolicy::new(SensitiveKeys::none()).text(context, text), text);
    }
}
