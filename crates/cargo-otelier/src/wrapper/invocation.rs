//! The words that cargo calls rustc with.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A call of rustc: the program, maybe behind another wrapper, and its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    words: Vec<OsString>,
}

impl Invocation {
    /// Takes the words as they come. Cargo puts them into a file when there are too many.
    pub(crate) fn new(words: Vec<OsString>) -> Result<Self> {
        let mut expanded = Vec::with_capacity(words.len());
        for word in words {
            match word.to_str().and_then(|word| word.strip_prefix('@')) {
                Some(file) => {
                    let text = fs::read_to_string(file)
                        .with_context(|| format!("cannot read the arguments in {file}"))?;
                    expanded.extend(text.lines().map(OsString::from));
                }
                None => expanded.push(word),
            }
        }
        Ok(Self { words: expanded })
    }

    pub(crate) fn words(&self) -> &[OsString] {
        &self.words
    }

    /// The crate that is compiled, if one is: cargo also asks rustc what it is and what it can do.
    pub(crate) fn crate_name(&self) -> Option<&str> {
        self.value("--crate-name")?.to_str().filter(|name| *name != "___")
    }

    /// The target that is asked for; empty for code that runs where it is compiled.
    pub(crate) fn target(&self) -> String {
        self.value("--target").map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Whether the crate is one that others link: not a program, a test, or a procedural macro.
    pub(crate) fn is_library(&self) -> bool {
        let kinds = self.values("--crate-type");
        kinds.iter().any(|kind| *kind == "lib" || *kind == "rlib") && !self.has("--test")
    }

    /// Where in the words the source is, as `src/lib.rs`.
    pub(crate) fn source(&self) -> Option<usize> {
        let mut skip = false;
        // Behind the name of the crate, so that no program is taken for it. Options have their
        // value in a word of its own.
        let start = self.words.iter().position(|word| word == "--crate-name")?;
        self.words.iter().enumerate().skip(start).find_map(|(index, word)| {
            let is_value = std::mem::take(&mut skip);
            skip = word.to_str().is_some_and(|it| it.starts_with('-') && !it.contains('='));
            let is_source = Path::new(word).extension() == Some(OsStr::new("rs"));
            (!is_value && is_source && !word.to_string_lossy().starts_with('-')).then_some(index)
        })
    }

    /// The file in which rustc lists what it has read.
    pub(crate) fn dep_info(&self) -> Option<PathBuf> {
        let folder = Path::new(self.value("--out-dir")?);
        Some(folder.join(format!("{}{}.d", self.crate_name()?, self.extra_filename())))
    }

    /// What cargo adds to the names of files, to tell the builds of a crate apart.
    pub(crate) fn extra_filename(&self) -> &str {
        let values = self.values("-C").into_iter().filter_map(OsStr::to_str);
        values
            .filter_map(|value| value.strip_prefix("extra-filename="))
            .next_back()
            .unwrap_or_default()
    }

    /// The path that the user wants to be shown for a path.
    pub(crate) fn remapped(&self, path: &Path) -> PathBuf {
        let mappings = self.values("--remap-path-prefix").into_iter().rev();
        let mut mappings = mappings.filter_map(|mapping| mapping.to_str()?.rsplit_once('='));
        let found =
            mappings.find_map(|(from, to)| Some(Path::new(to).join(path.strip_prefix(from).ok()?)));
        found.unwrap_or_else(|| path.to_owned())
    }

    /// The same with another word.
    pub(crate) fn replaced(&self, index: usize, word: OsString) -> Self {
        let mut words = self.words.clone();
        words[index] = word;
        Self { words }
    }

    fn has(&self, flag: &str) -> bool {
        self.words.iter().any(|word| word == flag)
    }

    fn value(&self, option: &str) -> Option<&OsStr> {
        self.values(option).pop()
    }

    /// The values of an option, in a word of their own, behind `=`, or for `-C` right behind it.
    fn values(&self, option: &str) -> Vec<&OsStr> {
        let mut values = Vec::new();
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            if word == option {
                values.extend(words.next().map(OsString::as_os_str));
                continue;
            }
            let Some(rest) = word.to_str().and_then(|word| word.strip_prefix(option)) else {
                continue;
            };
            let is_short = !option.starts_with("--");
            if let Some(value) = rest.strip_prefix('=').or_else(|| is_short.then_some(rest)) {
                values.push(OsStr::new(value));
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "/bin/rustc --crate-name axum --edition=2021 /r/axum-0.8.9/src/lib.rs \
                        --error-format=json --crate-type lib --emit=dep-info,metadata,link \
                        -C embed-bitcode=no --cfg feature=\"x.rs\" -C metadata=1 \
                        -C extra-filename=-a1b2 --out-dir /t/deps \
                        --target x86_64-unknown-linux-musl \
                        --remap-path-prefix /r=/one --remap-path-prefix=/r/axum=/two \
                        -L dependency=/t/deps";

    fn call(text: &str) -> Invocation {
        Invocation::new(text.split_whitespace().map(OsString::from).collect()).unwrap()
    }

    #[test]
    fn a_library_is_read_from_the_words() {
        let it = call(CALL);
        assert_eq!(it.crate_name(), Some("axum"));
        assert_eq!(it.target(), "x86_64-unknown-linux-musl");
        assert!(it.is_library());
        assert_eq!(it.words()[it.source().unwrap()], "/r/axum-0.8.9/src/lib.rs");
        assert_eq!(it.dep_info(), Some(PathBuf::from("/t/deps/axum-a1b2.d")));
        assert_eq!(it.remapped(Path::new("/r/axum/src")), Path::new("/two/src"));
        assert_eq!(it.remapped(Path::new("/r/other")), Path::new("/one/other"));
        assert_eq!(it.remapped(Path::new("/other")), Path::new("/other"));
    }

    #[test]
    fn what_is_no_library_is_told_apart() {
        assert!(!call("rustc --crate-name a --crate-type bin src/main.rs").is_library());
        assert!(!call("rustc --crate-name a --crate-type proc-macro src/lib.rs").is_library());
        assert!(!call("rustc --crate-name a --crate-type lib --test src/lib.rs").is_library());
        assert_eq!(call("rustc - --crate-name ___ --print=file-names").crate_name(), None);
        assert_eq!(call("rustc -vV").crate_name(), None);
        assert_eq!(call("rustc -vV").target(), "");
    }

    #[test]
    fn words_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("words");
        fs::write(&file, "--crate-name\na\n-Cextra-filename=-b\n--out-dir=c d\n").unwrap();
        let words = vec!["rustc".into(), format!("@{}", file.display()).into()];
        let it = Invocation::new(words).unwrap();
        assert_eq!(it.crate_name(), Some("a"));
        assert_eq!(it.dep_info(), Some(PathBuf::from("c d/a-b.d")));
    }
}
