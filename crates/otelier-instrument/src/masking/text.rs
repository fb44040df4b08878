//! Text that a program wrote for people, such as the message of an error or a string of JSON: the
//! values of sensitive keys in it, and the secrets of URLs.

use std::borrow::Cow;

use super::MASK;
use super::keys::SensitiveKeys;
use super::policy::{MaskingContext, MaskingPolicy};
use super::scan::until;

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
            return self.json(context, text);
        }
        chain(keys.mask_pairs(text, Quotes::OfText), |it| self.urls(it))
    }

    /// Text that is left of JSON, or of anything else that came as a payload, without what is
    /// secret in its strings.
    pub(crate) fn strings<'a>(&self, context: MaskingContext, text: &'a str) -> Cow<'a, str> {
        let url_keys = self.keys(MaskingContext::HttpQueryParams);
        self.keys(context).mask_strings(text, url_keys)
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

/// What a quote in a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// One of the text.
    OfText,
    /// One that a string of JSON begins and ends with, unless it is escaped.
    OfJson,
}

impl SensitiveKeys {
    /// JSON text without the values of sensitive keys, and without what is secret in its strings:
    /// what they say is text again. `of_urls` are sensitive in URLs.
    pub(super) fn mask_json_and_strings<'a>(&self, text: &'a str, of_urls: &Self) -> Cow<'a, str> {
        if self.is_none() {
            return Cow::Borrowed(text);
        }
        chain(self.mask_json(text), |it| self.mask_strings(it, of_urls))
    }

    fn mask_strings<'a>(&self, json: &'a str, of_urls: &Self) -> Cow<'a, str> {
        chain(self.mask_pairs(json, Quotes::OfJson), |it| of_urls.mask_urls(it))
    }

    /// `text` without the values of sensitive keys in `key=value` and `key: value`.
    pub(super) fn mask_pairs<'a>(&self, text: &'a str, quotes: Quotes) -> Cow<'a, str> {
        if self.is_none() {
            return Cow::Borrowed(text);
        }
        let mut masked = String::new();
        let (mut copied, mut at) = (0, 0);
        let mut string = OpenString::new(text, quotes);
        while let Some(sign) = next_sign(text, at) {
            at = sign + 1;
            // `http://…` is no pair; its secrets are those of a URL.
            let is_url = text[sign..].starts_with("://");
            if is_url || string.is_key_before(sign) {
                continue;
            }
            let Some(pair) = Pair::new(text, sign) else { continue };
            let is_key = self.matches(pair.key);
            if !is_key && !self.matches_parameter(pair.key) {
                continue;
            }
            let is_space = |it| it == ' ' && &text[sign..=sign] == ":";
            let value = at + leading(&text[at..], is_space);
            let end = value + value_length(&text[value..], string.depth_at(sign));
            let is_masked = text[value..end].trim_matches(['"', '\\']) == MASK;
            if end > value && !is_masked && (is_key || pair.is_of_query(text, end)) {
                masked.push_str(&text[copied..value]);
                masked.push_str(MASK);
                (copied, at) = (end, end);
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        masked.push_str(&text[copied..]);
        Cow::Owned(masked)
    }
}

/// Where the next sign between a key and a value is, from `at` on.
fn next_sign(text: &str, at: usize) -> Option<usize> {
    let rest = &text.as_bytes()[at..];
    let length = until(rest, |byte| byte == b'=' || byte == b':');
    (length < rest.len()).then_some(at + length)
}

/// The string of JSON that is being read.
struct OpenString<'t> {
    text: &'t str,
    quotes: Quotes,
    /// Up to where it was looked for quotes.
    seen: usize,
    /// That of the last quote: those that end the same string are no deeper.
    depth: u32,
}

impl<'t> OpenString<'t> {
    fn new(text: &'t str, quotes: Quotes) -> Self {
        Self { text, quotes, seen: 0, depth: 0 }
    }

    /// Whether the sign at `sign` follows a key of JSON: its value is not for text to say.
    fn is_key_before(&self, sign: usize) -> bool {
        self.quotes == Quotes::OfJson && self.text[..sign].trim_ascii_end().ends_with('"')
    }

    /// How deep the string is that `sign` is in. `None` if quotes are no ends of strings.
    ///
    /// It is asked for in the order of the text, so that no part is searched twice.
    fn depth_at(&mut self, sign: usize) -> Option<u32> {
        if self.quotes == Quotes::OfText {
            return None;
        }
        if let Some(quote) = self.text[self.seen..sign].rfind('"') {
            self.depth = Quote::new(self.text, self.seen + quote).depth;
        }
        self.seen = sign;
        Some(self.depth)
    }
}

/// A key and the sign after it.
struct Pair<'t> {
    key: &'t str,
    /// Where the key starts.
    start: usize,
    is_equation: bool,
}

impl<'t> Pair<'t> {
    /// The word before `sign`, without the quotes around it, escaped ones too.
    fn new(text: &'t str, sign: usize) -> Option<Self> {
        let before = text[..sign].trim_end_matches(['"', '\'', '\\', ' ']);
        let is_of_word =
            |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | '[' | ']');
        let (start, _) =
            before.char_indices().rev().take_while(|(_, it)| is_of_word(*it)).last()?;
        Some(Self { key: &before[start..], start, is_equation: text[sign..].starts_with('=') })
    }

    /// Whether it is one of a query or a form, and its value ends at `end`.
    fn is_of_query(&self, text: &str, end: usize) -> bool {
        let is_first_or_next = text[..self.start].ends_with(['?', '&']);
        self.is_equation && (is_first_or_next || text[end..].starts_with('&'))
    }
}

/// How long the value is that `text` starts with: up to its closing quote or bracket, or to what
/// ends a word. `Bearer x` and the like are one value. In a string of JSON of so many layers as
/// `depth` says, no value goes on behind the string.
fn value_length(text: &str, depth: Option<u32>) -> usize {
    let backslashes = leading(text, |it| it == '\\');
    if text[backslashes..].starts_with('"') {
        let end = end_of_string(text, backslashes, depth);
        return end.unwrap_or_else(|| quoted_length(text, backslashes));
    }
    match text.chars().next() {
        Some('\'') => return single_quoted_length(text, depth),
        Some('{' | '[') => return bracketed_length(text, depth),
        _ => {}
    }
    let word = |text: &str| {
        let mut ends = text.match_indices([' ', ',', ';', '&', ')', ']', '}', '\n', '"']);
        ends.find_map(|(at, it)| match it {
            "\"" => end_of_string(text, at, depth),
            _ => Some(at),
        })
        .unwrap_or(text.len())
    };
    let end = word(text);
    let is_scheme = ["bearer", "basic", "digest", "negotiate"]
        .iter()
        .any(|it| text[..end].eq_ignore_ascii_case(it));
    // The debug form of a struct: `Login { name: "ada" }`.
    if text.starts_with(char::is_uppercase) && text[end..].starts_with(" {") {
        return end + 1 + bracketed_length(&text[end + 1..], depth);
    }
    if is_scheme && text[end..].starts_with(' ') { end + 1 + word(&text[end + 1..]) } else { end }
}

/// A quote with the backslashes before it.
#[derive(Clone, Copy)]
struct Quote {
    at: usize,
    /// How many strings it is in. Each doubles the backslashes and adds one, so they are the last
    /// bits of the number; those before are backslashes of the text that the quote ends.
    depth: u32,
}

impl Quote {
    /// The quote at `at`. Only `text` is searched for its backslashes.
    fn new(text: &str, at: usize) -> Self {
        let backslashes = at - text[..at].trim_end_matches('\\').len();
        Self { at, depth: backslashes.trailing_ones() }
    }

    /// Where its own backslashes start.
    fn start(self) -> usize {
        self.at.saturating_sub((1 << self.depth.min(31)) - 1)
    }
}

/// Where a string of JSON ends, if the quote at `at` is the end of one that is in at most `depth`
/// others.
fn end_of_string(text: &str, at: usize, depth: Option<u32>) -> Option<usize> {
    let quote = Quote::new(text, at);
    let is_of_value = quote.depth > 0 && goes_on(&text[at + 1..]);
    (quote.depth <= depth? && !is_of_value).then(|| quote.start())
}

/// Whether `text`, which is behind a quote, says that the quote is a part of a value and not its
/// end: another word would stand apart.
fn goes_on(text: &str) -> bool {
    text.starts_with(char::is_alphanumeric)
}

/// Up to the quote that closes the one at `at`, or all if there is none. One that closes a string
/// around it stays.
fn quoted_length(text: &str, at: usize) -> usize {
    let depth = Quote::new(text, at).depth;
    let start = at + 1;
    let mut quotes = text[start..].match_indices('"').map(|(at, _)| Quote::new(&text[start..], at));
    let is_end = |quote: &Quote| {
        quote.depth < depth || quote.depth == depth && !goes_on(&text[start + quote.at + 1..])
    };
    let end = quotes.find(is_end).map(|quote| match quote.depth == depth {
        true => start + quote.at + 1,
        false => start + quote.start(),
    });
    end.unwrap_or(text.len())
}

/// Up to the closing quote or the end of the string of JSON, or all if there is neither.
fn single_quoted_length(text: &str, depth: Option<u32>) -> usize {
    let mut is_escaped = false;
    for (at, it) in text.char_indices().skip(1) {
        if it == '"'
            && let Some(end) = end_of_string(text, at, depth)
        {
            return end;
        }
        match it {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\'' if !goes_on(&text[at + 1..]) => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Up to the bracket that closes the first one or the end of the string of JSON, or all if there is
/// neither.
fn bracketed_length(text: &str, depth: Option<u32>) -> usize {
    let (mut open, mut at) = (0_usize, 0);
    while let Some(it) = text[at..].chars().next() {
        match it {
            '"' => {
                if let Some(end) = end_of_string(text, at, depth) {
                    return end;
                }
                at = quoted_length(text, at);
                continue;
            }
            '{' | '[' => open += 1,
            '}' | ']' => open -= 1,
            _ => {}
        }
        at += it.len_utf8();
        if open == 0 {
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
    use super::super::rewrite::rewrite;
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
            ("pass=\"hun\"ter2\" ok=1", "pass=**** ok=1"),
            ("pass='hun'ter2' ok=1", "pass=**** ok=1"),
            ("pass='hun\\'ter2' ok=1", "pass=**** ok=1"),
            ("pass='hun\\' ter2' ok=1", "pass=**** ok=1"),
            ("see secret://hunter2/x", "see secret://hunter2/x"),
            ("got \"{\\\"token\\\": \\\"hun ter2\\\"}\"", "got \"{\\\"token\\\": ****}\""),
            ("[info] token: hunter2 was used", "[info] token: **** was used"),
            ("authorization: Bearer hunter2 sent", "authorization: **** sent"),
            ("Login { token: \"hunter2\" }", "Login { token: **** }"),
            ("token=hunter2", "token=****"),
            ("token=Hunter2", "token=****"),
            ("token= ok", "token= ok"),
            ("no token:", "no token:"),
            ("token=Hunter2 ok", "token=**** ok"),
            ("token=hunter2 {a}", "token=**** {a}"),
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
    fn strings_of_json_are_text_again() {
        let policy = MaskingPolicy::default();
        let check = |text: &str, expected: &str| {
            for context in [MaskingContext::General, MaskingContext::HttpRequestBodies] {
                let masked = policy.json(context, text);
                assert_eq!(masked, expected, "{text}");
                assert_eq!(policy.json(context, &masked), expected, "masked twice: {text}");
            }
        };
        for (string, expected) in [
            ("nothing, to: see = here?", "nothing, to: see = here?"),
            ("user=ada&password=hunter2&page=1", "user=ada&password=****&page=1"),
            ("login password=hunter2", "login password=****"),
            ("password=", "password="),
            ("password: hunter2, ok", "password: ****, ok"),
            ("Authorization: Bearer hunter2", "Authorization: ****"),
            ("otp=hunter2&a=1 b?pin=hunter2", "otp=****&a=1 b?pin=REDACTED"),
            ("a pin=7, code=404", "a pin=7, code=404"),
            (
                "https://a:hunter2@h/?a=1&sig=hunter2",
                "https://REDACTED:REDACTED@h/?a=1&sig=REDACTED",
            ),
            ("see //a:hunter2@h", "see //REDACTED:REDACTED@h"),
            (
                "/cb?next=https%3A%2F%2Fh%2F%3Ftoken%3Dhunter2",
                "/cb?next=https%3A%2F%2Fh%2F%3Ftoken%3DREDACTED",
            ),
            ("token={a: [1, 2", "token=****"),
            ("token={a: 1} b", "token=**** b"),
            ("token='hunter2", "token=****"),
            ("token='hun ter2' b", "token=**** b"),
            ("Login { token: hunter2 } b", "Login { token: **** } b"),
            ("key=Key { id: hunter2", "key=****"),
        ] {
            // Also with other members behind, and in JSON that is in strings.
            let (mut text, mut masked) = (string.to_owned(), expected.to_owned());
            for _ in 0..4 {
                let around =
                    |text: &str| serde_json::json!({ "a": [text, "b"], "c": "d" }).to_string();
                (text, masked) = (around(&text), around(&masked));
                check(&text, &masked);
            }
        }
        check(r#"["say token=\"hun ter2\" b", "c"]"#, r#"["say token=**** b", "c"]"#);
        check(r#"["say token=\"hun ter2", "c"]"#, r#"["say token=****", "c"]"#);
        check(r#"["say token=hun\"ter2", "c"]"#, r#"["say token=****", "c"]"#);
        // A secret that holds a quote, in a string that quotes another.
        for (quoted, expected) in [
            (r#"say \"token=hun\"ter2\" b"#, r#"say \"token=****\" b"#),
            (r#"say token=\"hun\"ter2\" b"#, "say token=**** b"),
            (r#"say \"token=hun\\\"ter2\" b"#, r#"say \"token=****\" b"#),
            (r#"say \"token='hun'ter2'\" b"#, r#"say \"token=****\" b"#),
            (r#"say \"token={a: hun\"ter2}\" b"#, r#"say \"token=****"#),
        ] {
            check(&format!(r#"["{quoted}", "c"]"#), &format!(r#"["{expected}", "c"]"#));
        }
        check(r#"["token=hunter2\\", "c"]"#, r#"["token=****", "c"]"#);
        // A key is JSON's, and is looked at as a whole.
        let keys = SensitiveKeys::parse(r#"["^token$"]"#).unwrap();
        let text = r#"{"no token":1,"token":"hunter2"}"#;
        let masked = r#"{"no token":1,"token":"****"}"#;
        assert_eq!(keys.mask_json_and_strings(text, &keys), masked);
        check(r#"["h/?otp=hunter2"x]"#, r#"["h/?otp=REDACTED"x]"#);
        check(r#"{"u":"/?sig=hunter2\nb c"}"#, r#"{"u":"/?sig=REDACTED c"}"#);
    }

    #[test]
    fn time_is_linear_in_hostile_text() {
        let policy = MaskingPolicy::default();
        for piece in [
            "key=a ", "key={", "key={} ", "x:{", "key=\\\"", "\\\\", "a:\"", "key='", "?", "a@b;",
            "://",
        ] {
            let text = format!("{{\"a\": \"{}\"}}", piece.repeat(400_000 / piece.len()));
            let masked = policy.text(MaskingContext::General, &text);
            assert!(masked.len() <= text.len() + 400_000, "{piece}");
            let text = piece.repeat(400_000 / piece.len());
            let masked = policy.text(MaskingContext::General, &text);
            assert!(masked.len() <= text.len() + 400_000, "{piece}");
        }
    }

    #[test]
    fn chain_keeps_what_either_masks() {
        let same = chain(Cow::Borrowed("abc"), |it| Cow::Owned(it.to_owned() + "d"));
        assert_eq!(same, "abcd");
        assert_eq!(chain(Cow::Borrowed("abc"), |_| Cow::Borrowed(MASK)), MASK);
        let same = chain(Cow::Borrowed("abc"), |it| rewrite(it, |_| ()));
        assert!(matches!(same, Cow::Borrowed("abc")));
    }

    #[test]
    fn all_and_none_hold_for_text() {
        let context = MaskingContext::General;
        let text = "token=hunter2 https://a:b@h";
        assert_eq!(MaskingPolicy::new(SensitiveKeys::all()).text(context, text), "****");
        assert_eq!(MaskingPolicy::new(SensitiveKeys::none()).text(context, text), text);
    }
}
