//! The value of a variable that lists sensitive keys.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use regex::{RegexSet, RegexSetBuilder};

use super::keys::{Rule, SensitiveKeys};

/// Compiled regular expressions, equal if their texts are.
#[derive(Clone, Debug)]
pub(super) struct Patterns(Arc<RegexSet>);

impl Patterns {
    pub(super) fn is_match(&self, key: &str) -> bool {
        self.0.is_match(key)
    }
}

impl PartialEq for Patterns {
    fn eq(&self, other: &Self) -> bool {
        self.0.patterns() == other.0.patterns()
    }
}

impl Eq for Patterns {}

/// Why a list of sensitive keys cannot be used.
///
/// It never shows the list itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKeys(Reason);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    NoList,
    Pattern(usize),
    TooLarge,
}

impl fmt::Display for InvalidKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Reason::NoList => f.write_str("expected `all` or a JSON array of strings"),
            Reason::Pattern(index) => {
                write!(f, "item {} is no valid regular expression", index + 1)
            }
            Reason::TooLarge => f.write_str("the regular expressions are too large together"),
        }
    }
}

impl Error for InvalidKeys {}

impl SensitiveKeys {
    /// Reads the value of a variable: a JSON array of regular expressions, or `all` in any case.
    ///
    /// `[]` makes no key sensitive. A pattern is searched for anywhere in a key, in any case, and
    /// in time that is linear in the key's length.
    ///
    /// ```
    /// use otelier_instrument::masking::SensitiveKeys;
    ///
    /// let keys = SensitiveKeys::parse(r#"["^tenant", "card(no)?$"]"#)?;
    /// assert!(keys.matches("Tenant-Name") && keys.matches("creditCard"));
    /// assert!(!keys.matches("x-tenant"));
    /// # Ok::<_, otelier_instrument::masking::InvalidKeys>(())
    /// ```
    ///
    /// # Errors
    /// The value is neither, or one item is no string or no valid regular expression. The caller
    /// is to warn and to go on with the defaults, never with nothing masked.
    pub fn parse(value: &str) -> Result<Self, InvalidKeys> {
        let value = value.trim();
        if value.eq_ignore_ascii_case("all") {
            return Ok(Self::all());
        }
        let patterns = strings(value).ok_or(InvalidKeys(Reason::NoList))?;
        Self::matching(patterns)
    }

    /// Every key that one of the regular expressions `patterns` is found in, in any case, is
    /// sensitive. Without patterns none is.
    ///
    /// # Errors
    /// One of the patterns is not valid, or together they are too large.
    pub fn matching<I>(patterns: I) -> Result<Self, InvalidKeys>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let patterns: Vec<I::Item> = patterns.into_iter().collect();
        if patterns.is_empty() {
            return Ok(Self::none());
        }
        let compile = |patterns: &[I::Item]| {
            RegexSetBuilder::new(patterns).case_insensitive(true).build().ok()
        };
        match compile(&patterns) {
            Some(set) => Ok(Self(Rule::Matching(Patterns(Arc::new(set))))),
            None => {
                let is_invalid = |pattern| compile(std::slice::from_ref(pattern)).is_none();
                let invalid = patterns.iter().position(is_invalid);
                Err(InvalidKeys(invalid.map_or(Reason::TooLarge, Reason::Pattern)))
            }
        }
    }
}

/// The items of a JSON array of strings.
fn strings(text: &str) -> Option<Vec<String>> {
    let mut rest = text.strip_prefix('[')?.trim_start();
    let mut strings = Vec::new();
    if let Some(end) = rest.strip_prefix(']') {
        return end.is_empty().then_some(strings);
    }
    loop {
        let (item, after) = string(rest)?;
        strings.push(item);
        let after = after.trim_start();
        match after.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => return (after == "]").then_some(strings),
        }
    }
}

/// The JSON string at the start of `text`, and what follows it.
fn string(text: &str) -> Option<(String, &str)> {
    let mut chars = text.strip_prefix('"')?.chars();
    let mut item = String::new();
    loop {
        match chars.next()? {
            '"' => return Some((item, chars.as_str())),
            '\\' => item.push(match chars.next()? {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => {
                    let (escaped, after) = unicode(chars.as_str())?;
                    chars = after.chars();
                    escaped
                }
                same @ ('"' | '\\' | '/') => same,
                _ => return None,
            }),
            control if control < ' ' => return None,
            other => item.push(other),
        }
    }
}

/// The character of a `\u` escape, of which `text` is what follows, and what comes after it.
fn unicode(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| {
        let digits = text.get(..4).filter(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u16::from_str_radix(digits, 16).ok()
    };
    let (first, mut rest) = (unit(text)?, text.get(4..)?);
    let mut units = vec![first];
    if (0xd800..0xdc00).contains(&first) {
        rest = rest.strip_prefix("\\u")?;
        units.push(unit(rest)?);
        rest = rest.get(4..)?;
    }
    Some((char::decode_utf16(units).next()?.ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, sensitive: &[&str], harmless: &[&str]) {
        let keys = SensitiveKeys::parse(value).unwrap_or_else(|error| panic!("{value}: {error}"));
        for key in sensitive {
            assert!(keys.matches(key), "{value}: {key}");
        }
        for key in harmless {
            assert!(!keys.matches(key), "{value}: {key}");
        }
    }

    #[test]
    fn patterns_are_searched_in_any_case() {
        check(r#"["card", "^tenant$"]"#, &["Creditcards", "TENANT"], &["x-tenant", "password"]);
        check(" [ \"a\\\\d+\" , \"\\u00e9\\ud83d\\ude00\" ] ", &["xa17", "É😀"], &["a", "é"]);
        check(r#"["a b"]"#, &["xa bx"], &["ab"]);
        check(r#"["\"\\\\\/\b\f\n\r\t"]"#, &["\"\\/\u{8}\u{c}\n\r\t"], &[]);
    }

    #[test]
    fn all_and_none_are_understood() {
        for all in ["all", "ALL", " All "] {
            assert_eq!(SensitiveKeys::parse(all), Ok(SensitiveKeys::all()), "{all}");
        }
        for none in ["[]", " [ ] "] {
            assert!(SensitiveKeys::parse(none).is_ok_and(|keys| keys.is_none()), "{none}");
        }
    }

    #[test]
    fn invalid_values_are_refused_as_a_whole() {
        for value in [
            "",
            "none",
            "*",
            "pass",
            "\"pass\"",
            "{}",
            "[",
            "[\"a\"",
            "[\"a\",]",
            "[\"a\" \"b\"]",
            "[,]",
            "[\"a\", 1]",
            "[\"a\", null]",
            "[[\"a\"]]",
            "[\"a\"] x",
            "[\"a\n\"]",
            "[\"\\x\"]",
            "[\"\\u12\"]",
            "[\"\\ud800\"]",
            "[\"\\ud800\\u0041\"]",
            "['a']",
            "[\"\\u+123\"]",
        ] {
            let error = SensitiveKeys::parse(value).expect_err(value);
            assert_eq!(error.to_string(), "expected `all` or a JSON array of strings", "{value}");
        }
        for (value, index) in [(r#"["("]"#, 1), (r#"["a", "b{99999999}"]"#, 2), (r#"["\\"]"#, 1)] {
            let error = SensitiveKeys::parse(value).expect_err(value);
            let expected = format!("item {index} is no valid regular expression");
            assert_eq!(error.to_string(), expected, "{value}");
        }
    }

    #[test]
    fn lists_that_are_too_large_are_refused() {
        let pattern = |count: usize| format!("a{{{count}}}");
        // Each of them is just small enough.
        let error =
            SensitiveKeys::matching([pattern(100_000), pattern(100_001)]).expect_err("too large");
        assert_eq!(error.to_string(), "the regular expressions are too large together");
    }

    #[test]
    fn equal_lists_are_equal() {
        let parse = |value| SensitiveKeys::parse(value).expect("a list");
        assert_eq!(parse(r#"["a","b"]"#), parse(r#"[ "a", "b" ]"#));
        assert_ne!(parse(r#"["a"]"#), parse(r#"["b"]"#));
    }
}
