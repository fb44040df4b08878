//! What the driver reads of arguments that are meant for cargo.

use std::ffi::{OsStr, OsString};

/// The arguments of a cargo command, from the name of the command on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments {
    words: Vec<OsString>,
}

/// Options before the command that have a value in a word of its own.
const WITH_VALUE: [&str; 4] = ["--config", "--color", "-C", "-Z"];

impl Arguments {
    pub(crate) fn new(words: Vec<OsString>) -> Self {
        Self { words }
    }

    /// All words.
    pub(crate) fn words(&self) -> &[OsString] {
        &self.words
    }

    /// The command, as `build`.
    pub(crate) fn command(&self) -> Option<&str> {
        let mut words = self.words.iter().filter_map(|word| word.to_str());
        while let Some(word) = words.next() {
            if WITH_VALUE.contains(&word) {
                words.next();
            } else if !word.starts_with(['-', '+']) {
                return Some(word);
            }
        }
        None
    }

    /// The values of an option, however they are written.
    pub(crate) fn values(&self, option: &str) -> Vec<&OsStr> {
        let mut values = Vec::new();
        let mut words = self.own().iter();
        while let Some(word) = words.next() {
            if word == option {
                values.extend(words.next().map(OsString::as_os_str));
            } else if let Some(value) = assigned(word, option) {
                values.push(value);
            }
        }
        values
    }

    /// Whether one of these words is among them.
    pub(crate) fn has(&self, flags: &[&str]) -> bool {
        self.own().iter().any(|word| flags.iter().any(|flag| word == flag))
    }

    /// The same without an option and its values.
    pub(crate) fn without(&self, option: &str) -> Self {
        let end = self.own().len();
        let mut words = Vec::new();
        let mut own = self.own().iter();
        while let Some(word) = own.next() {
            if word == option {
                own.next();
            } else if assigned(word, option).is_none() {
                words.push(word.clone());
            }
        }
        words.extend_from_slice(&self.words[end..]);
        Self { words }
    }

    /// The same with more words at the end, but before what is meant for the program.
    pub(crate) fn with(&self, more: impl IntoIterator<Item = OsString>) -> Self {
        let (own, rest) = self.words.split_at(self.own().len());
        Self { words: own.iter().cloned().chain(more).chain(rest.iter().cloned()).collect() }
    }

    /// What is meant for cargo: the words before `--`.
    fn own(&self) -> &[OsString] {
        let end = self.words.iter().position(|word| word == "--").unwrap_or(self.words.len());
        &self.words[..end]
    }
}

/// The value in `--option=value`.
fn assigned<'a>(word: &'a OsStr, option: &str) -> Option<&'a OsStr> {
    let value = word.to_str()?.strip_prefix(option)?.strip_prefix('=')?;
    Some(OsStr::new(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Arguments {
        Arguments::new(text.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn the_command_is_the_first_word_that_is_no_option() {
        for (text, expect) in [
            ("build --release", Some("build")),
            ("--offline test", Some("test")),
            ("--config a.b=1 -Z x --color=never run", Some("run")),
            ("+nightly check", Some("check")),
            ("--list", None),
            ("", None),
        ] {
            assert_eq!(arguments(text).command(), expect, "{text}");
        }
    }

    #[test]
    fn options_are_read_before_the_program_s_own() {
        let it = arguments("run --target a --target=b --targets=c -q -- --target d --offline");
        assert_eq!(it.values("--target"), ["a", "b"]);
        assert!(it.has(&["--quiet", "-q"]) && !it.has(&["--offline"]));
        assert_eq!(it.values("--config"), [""; 0]);
    }

    #[test]
    fn words_are_taken_out_and_put_in() {
        let it = arguments("run --config a --config=b -q -- --config c");
        assert_eq!(it.without("--config").words(), arguments("run -q -- --config c").words());
        let more = ["x".into(), "y".into()];
        let expect = arguments("run --config a --config=b -q x y -- --config c");
        assert_eq!(it.with(more).words(), expect.words());
    }
}
