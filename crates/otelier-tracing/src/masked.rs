//! Values that may hold secrets, masked by the policy of the settings.

use std::borrow::Cow;
use std::sync::Arc;

use otelier_instrument::masking::{MASK, MaskingContext};
use otelier_instrument::settings::{self, Settings};

/// Masks what an event says, by the settings as they are now.
pub(crate) struct Masking(Arc<Settings>);

impl Masking {
    pub(crate) fn current() -> Self {
        Self(settings::current())
    }

    pub(crate) fn is_sensitive(&self, key: &str) -> bool {
        self.0.masking.keys(MaskingContext::General).matches(key)
    }

    /// Text without the values of sensitive keys: in `key=value` and `"key": value`, and in URLs.
    pub(crate) fn text(&self, text: String) -> String {
        let keys = self.0.masking.keys(MaskingContext::General);
        if keys.is_all() {
            return MASK.to_owned();
        }
        if keys.is_none() || !text.contains(['=', ':']) {
            return text;
        }
        match self.0.masking.urls(&self.pairs(&text)) {
            Cow::Borrowed(same) if same == text => text,
            changed => changed.into_owned(),
        }
    }

    fn pairs<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut masked = String::new();
        let mut done = 0;
        while let Some(found) = text[done..].find(['=', ':']) {
            let sign = done + found;
            let value =
                sign + 1 + leading(&text[sign + 1..], |it| it == ' ' && &text[sign..=sign] == ":");
            let end = value + value_length(&text[value..]);
            // `http://…` is no pair; its secrets are those of a URL.
            let is_url = text[sign..].starts_with("://");
            if !is_url && end > value && self.is_sensitive(key_before(&text[..sign])) {
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
        let masking = Masking(Arc::new(Settings::default()));
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
            assert_eq!(masking.text(text.to_owned()), expected, "{text}");
        }
    }
}
