//! Names with wildcards.

/// A name in which `*` stands for any text and `?` for one character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(String);

impl Pattern {
    /// `None` where `name` has no wildcard.
    pub(super) fn parse(name: &str) -> Option<Self> {
        name.contains(['*', '?']).then(|| Self(name.to_owned()))
    }

    /// Whether `name` is one of the names that the pattern stands for.
    pub(super) fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.0.as_bytes(), name.as_bytes());
        let (mut at, mut name_at) = (0, 0);
        // The last `*`, and how much of the name it stands for so far.
        let mut star: Option<(usize, usize)> = None;
        while name_at < name.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at, name_at));
                    at += 1;
                }
                Some(&byte) if byte == b'?' || byte == name[name_at] => {
                    at += 1;
                    name_at += 1;
                }
                _ => {
                    let Some((star_at, taken)) = star else { return false };
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    name_at = taken + 1;
                }
            }
        }
        pattern[at..].iter().all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_text() {
        for (pattern, name, expected) in [
            ("x-test-*", "x-test-", true),
            ("x-test-*", "x-test-a-b", true),
            ("x-test-*", "x-tes", false),
            ("x-test-*", "a-x-test-b", false),
            ("*", "", true),
            ("*-id", "x-request-id", true),
            ("*-id", "x-id-x", false),
            ("x-*-id-*", "x-a-id-id-b", true),
            ("x-?", "x-a", true),
            ("x-?", "x-", false),
            ("x-?", "x-ab", false),
            ("**a", "bba", true),
        ] {
            let parsed = Pattern::parse(pattern).expect("a wildcard");
            assert_eq!(parsed.matches(name), expected, "{pattern} {name}");
        }
        assert_eq!(Pattern::parse("x-request-id"), None);
    }
}
