//! Patterns with wildcards, as the schema has them: `?` is any character, `*` any number of them.
//!
//! The schema uses them for keys of attributes, for values that a sampler compares and for names of
//! instruments. They are not regular expressions: every other character stands for itself, and case
//! counts. A pattern has to match the whole text.

/// What is included, less what is excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IncludeExclude {
    /// Empty is everything.
    pub(crate) included: Vec<String>,
    /// Beats `included`.
    pub(crate) excluded: Vec<String>,
}

impl IncludeExclude {
    /// Whether at least one included pattern matches `text`, or there is none, and no excluded one
    /// does.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| is_match(pattern, text));
        (self.included.is_empty() || any(&self.included)) && !any(&self.excluded)
    }

    /// Whether everything is included.
    pub(crate) fn is_everything(&self) -> bool {
        self.included.is_empty() && self.excluded.is_empty()
    }
}

/// Whether `pattern` matches all of `text`, in this case.
///
/// It keeps only the last `*` to go back to, which is enough: an earlier `*` can take no more than
/// a later one. So the time is at most the product of both lengths, and there is no recursion.
pub(crate) fn is_match(pattern: &str, text: &str) -> bool {
    let (mut rest, mut text) = (pattern, text);
    // Where to go on after a mismatch: behind the last `*`, which then takes one character more.
    let mut retry: Option<(&str, &str)> = None;
    loop {
        let mut pattern_chars = rest.chars();
        let mut text_chars = text.chars();
        match (pattern_chars.next(), text_chars.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                rest = pattern_chars.as_str();
                retry = Some((rest, text));
                continue;
            }
            (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {
                (rest, text) = (pattern_chars.as_str(), text_chars.as_str());
                continue;
            }
            _ => {}
        }
        let Some((behind, from)) = retry else { return false };
        let mut from = from.chars();
        if from.next().is_none() {
            return false;
        }
        (rest, text) = (behind, from.as_str());
        retry = Some((behind, from.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_one_or_any_number() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("?", "é", true),
            ("?", "", false),
            ("foo.*", "foo.bar", true),
            ("foo.*", "foo", false),
            ("*.bar", "foo.bar", true),
            ("*.bar", "foo.bar.baz", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*a", "aaab", false),
            ("/internal/*", "/internal/x/y", true),
            ("Foo", "foo", false),
            ("a?c", "abc", true),
            ("**", "x", true),
        ] {
            assert_eq!(is_match(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn excluded_beats_included() {
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
        let both = IncludeExclude { included: list(&["foo.*"]), excluded: list(&["foo.bar"]) };
        assert!(both.matches("foo.baz") && !both.matches("foo.bar") && !both.matches("other"));
        let only = IncludeExclude { included: vec![], excluded: list(&["x"]) };
        assert!(only.matches("y") && !only.matches("x"));
        assert!(IncludeExclude::default().is_everything() && !only.is_everything());
    }
}
