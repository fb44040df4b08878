//! Text that a program wrote for people, such as the message of an error: the values of sensitive
//! keys in it, and the secrets of URLs.

use std::borrow::Cow;

use super::MASK;
use super::keys::SensitiveKeys;
use super::policy::{MaskingContext, MaskingPolicy};

impl MaskingPolicy {
    /// `text` without the values of sensitive keys, in `key=value`, `key: value` and JSON, and
    /// without the secrets of the URLs in it.
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
        // A message may begin with a bracket for other reasons, and be no JSON.
        let start = text.trim_start();
        if start.starts_with('{') || ["[{", "[\"", "[["].iter().any(|it| start.starts_with(it)) {
            // What the strings in it say is text again.
            let json = keys.mask_json(text);
            let pairs = chain(json, |it| keys.mask_pairs_in_text(it, true));
            return chain(pairs, |it| self.urls(it));
        }
        chain(keys.mask_pairs_in_text(text, false), |it| self.urls(it))
    }
}

/// What `mask` makes of `text`, borrowed if both leave it as it is.
pub(super) fn chain<'a>(
    text: Cow<'a, str>,
    mask: impl FnOnce(&str) -> Cow<'_, str>,
) -> Cow<'a, str> {
    match mask(&text) {
        Cow::Borrowed(same) if same.len() == text.len() => text,
        masked => Cow::Owned(masked.into_owned()),
    }
}

impl SensitiveKeys {
    /// In JSON a value may also end with the string that it is in.
    pub(super) fn mask_pairs_in_text<'a>(&self, text: &'a str, is_json: bool) -> Cow<'a, str> {
        let mut masked = String::new();
        let mut done = 0;
        while let Some(found) = text[done..].find(['=', ':']) {
            let sign = done + found;
            let value =
                sign + 1 + leading(&text[sign + 1..], |it| it == ' ' && &text[sign..=sign] == ":");
            let end = value + value_length(&text[value..], is_json);
            // `http://…` is no pair; its secrets are those of a URL.
            let is_url = text[sign..].starts_with("://");
            let is_masked = text[value..end].trim_matches(['"', '\\']) == MASK;
            if !is_url && !is_masked && end > value && self.matches(key_before(&text[..sign])) {
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

/// The word that ends `text`, without the quotes around it, escaped ones too.
fn key_before(text: &str) -> &str {
    let text = text.trim_end_matches(['"', '\'', '\\', ' ']);
    let is_of_word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | '[' | ']');
    let start = text.char_indices().rev().take_while(|(_, it)| is_of_word(*it)).last();
    start.map_or("", |(start, _)| &text[start..])
}

/// How long the value is that `text` starts with: up to its closing quote or bracket, or to what
/// ends a word. `Bearer x` and the like are one value.
fn value_length(text: &str, is_json: bool) -> usize {
    if let Some(rest) = text.strip_prefix("\\\"") {
        return rest.find("\\\"").map_or(text.len(), |end| end + 4);
    }
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => return quoted_length(text, quote),
        Some('{' | '[') => return bracketed_length(text),
        _ => {}
    }
    let word = |text: &str| {
        let ends = text.match_indices([' ', ',', ';', '&', ')', ']', '}', '\n', '"']);
        let mut ends =
            ends.filter(|(at, it)| *it != "\"" || is_json && !text[..*at].ends_with('\\'));
        ends.next().map_or(text.len(), |(at, _)| at)
    };
    let end = word(text);
    let is_scheme = ["bearer", "basic", "digest", "negotiate"]
        .iter()
        .any(|it| text[..end].eq_ignore_ascii_case(it));
    // The debug form of a struct: `Login { name: "ada" }`.
    if text.starts_with(char::is_uppercase) && text[end..].starts_with(" {") {
        return end + 1 + bracketed_length(&text[end + 1..]);
    }
    if is_scheme && text[end..].starts_with(' ') { end + 1 + word(&text[end + 1..]) } else { end }
}

/// Up to the closing quote, or all if there is none.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, it) in text.char_indices().skip(1) {
        match it {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            it if it == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Up to the bracket that closes the first one, or all if there is none.
fn bracketed_length(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(it) = text[at..].chars().next() {
        match it {
            '"' => {
                at += quoted_length(&text[at..], '"');
                continue;
            }
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ => {}
        }
        at += it.len_utf8();
        if depth == 0 {
            break;
        }
    }
    at
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
            ("{\"api_key\": \"hun ter2\", \"a\": 1}", "{\"api_key\": \"****\", \"a\": 1}"),
            (
                "{\"a\": \"login password=hunter2\", \"b\": \"https://a:hunter2@h/?sig=hunter2\"}",
                "{\"a\": \"login password=****\", \"b\": \
                 \"https://REDACTED:REDACTED@h/?sig=REDACTED\"}",
            ),
            ("{\"token\": \"hunter2\", \"a\": 1}", "{\"token\": \"****\", \"a\": 1}"),
            ("[{\"pass\": [\"hunter2\"]}]", "[{\"pass\": \"****\"}]"),
            (
                " {\"body\": \"{\\\"token\\\": \\\"hunter2\\\"}\"}",
                " {\"body\": \"{\\\"token\\\": \\\"****\\\"}\"}",
            ),
            ("got {\"api_key\": \"hun ter2\", \"a\": 1}", "got {\"api_key\": ****, \"a\": 1}"),
            ("got {\"secret\": {\"a\": [\"}hunter2\"]}} now", "got {\"secret\": ****} now"),
            ("sent [1] token=[\"hunter2\", 3", "sent [1] token=****"),
            ("pass=\"hun\\\"ter2\" ok=1", "pass=**** ok=1"),
            ("got \"{\\\"token\\\": \\\"hun ter2\\\"}\"", "got \"{\\\"token\\\": ****}\""),
            ("[info] token: hunter2 was used", "[info] token: **** was used"),
            ("authorization: Bearer hunter2 sent", "authorization: **** sent"),
            ("Login { token: \"hunter2\" }", "Login { token: **** }"),
            ("token=hunter2", "token=****"),
            ("key=Key { id: \"}hunter2\" } ok", "key=**** ok"),
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
