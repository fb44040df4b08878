//! What Otelier supports, as plain data: the libraries with their lines of versions, and the
//! features of the facade.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::version::{Range, Version};

/// What is supported.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Support {
    pub(crate) lines: Vec<SupportedLine>,
    /// The features of the crate `otelier`, and what each turns on.
    pub(crate) features: BTreeMap<String, Vec<String>>,
    /// The version of `opentelemetry` that it is built with, as a requirement.
    pub(crate) opentelemetry: Option<Version>,
}

/// A line of a library's versions that is supported.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SupportedLine {
    /// The library's name on crates.io; `*` stands for any ending.
    pub(crate) library: String,
    pub(crate) range: Range,
    /// The versions that were tested, in words.
    pub(crate) tested: String,
    /// The feature of `otelier` that turns it on.
    pub(crate) feature: String,
    /// The line that a user writes.
    pub(crate) write: String,
}

impl SupportedLine {
    /// Whether it is about a crate of this name.
    fn is_about(&self, library: &str) -> bool {
        match self.library.strip_suffix('*') {
            Some(stem) => library.starts_with(stem),
            None => self.library == library,
        }
    }
}

impl Support {
    /// Whether a crate is one of the libraries.
    pub(crate) fn knows(&self, library: &str) -> bool {
        self.lines.iter().any(|line| line.is_about(library))
    }

    /// The line that a version of a library is in; that of the very name before that of a family.
    pub(crate) fn line(&self, library: &str, version: &Version) -> Option<&SupportedLine> {
        let fits = |line: &&SupportedLine| line.is_about(library) && line.range.contains(version);
        let exact = self.lines.iter().filter(fits).find(|line| line.library == library);
        exact.or_else(|| self.lines.iter().find(fits))
    }

    /// The lines of a library, in words: `0.7.0 to 0.7.9, 0.8.0 to 0.8.9`.
    pub(crate) fn versions(&self, library: &str) -> String {
        let lines = self.lines.iter().filter(|line| line.is_about(library));
        lines.map(|line| line.tested.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Everything that some features of `otelier` turn on, themselves included.
    pub(crate) fn closure<'a>(&'a self, features: &[&'a str]) -> BTreeSet<&'a str> {
        let mut enabled = BTreeSet::new();
        let mut open = features.to_vec();
        while let Some(feature) = open.pop() {
            if enabled.insert(feature) {
                open.extend(self.features.get(feature).into_iter().flatten().map(String::as_str));
            }
        }
        enabled
    }
}
