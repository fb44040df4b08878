//! Applies the edits of a library to its source, in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::ops::Range as Span;
use std::path::Path;

use semver::Version;

use super::format::{Edit, Library, Range};

/// The files of a package that edits change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The range of versions whose edits fit.
    pub versions: String,
    /// How many edits there are.
    pub edits: usize,
    /// The files, by their path in the package.
    pub files: BTreeMap<String, EditedFile>,
}

/// A file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditedFile {
    /// What the library has; nothing for a new file.
    pub before: Option<String>,
    /// What is compiled in its place.
    pub after: String,
}

/// Why no edits were applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotApplied {
    /// No range has the version.
    UnknownVersion {
        /// The ranges there are.
        known: Vec<String>,
    },
    /// Each range that has the version, with the first edit that does not fit.
    NoFit(Vec<(String, String)>),
}

impl fmt::Display for NotApplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVersion { known } => {
                write!(f, "there are edits for the versions {} only", known.join("; "))
            }
            Self::NoFit(ranges) => {
                let reasons: Vec<&str> = ranges.iter().map(|(_, reason)| &**reason).collect();
                write!(f, "its source is not as expected: {}", reasons.join("; "))
            }
        }
    }
}

impl std::error::Error for NotApplied {}

impl Library {
    /// Applies the first range that has the version and fits the source in `root`. Nothing is
    /// written.
    ///
    /// # Errors
    /// If no range has the version, or none of those that have it fits: an anchor is missing, is
    /// there more than once, or a file cannot be read.
    pub fn apply(&self, version: &Version, root: &Path) -> Result<Edited, NotApplied> {
        let mut failures = Vec::new();
        for range in self.ranges.iter().filter(|range| range.versions.matches(version)) {
            match range.apply(root) {
                Ok(edited) => return Ok(edited),
                Err(reason) => failures.push((range.versions.to_string(), reason)),
            }
        }
        if failures.is_empty() {
            let known = self.ranges.iter().map(|range| range.versions.to_string()).collect();
            return Err(NotApplied::UnknownVersion { known });
        }
        Err(NotApplied::NoFit(failures))
    }
}

impl Range {
    fn apply(&self, root: &Path) -> Result<Edited, String> {
        let mut by_file: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
        for edit in &self.edits {
            by_file.entry(edit.file()).or_default().push(edit);
        }
        let mut files = BTreeMap::new();
        for (file, edits) in by_file {
            let path = root.join(file);
            let edited = if let [Edit::Create { text, .. }] = edits[..] {
                if path.exists() {
                    return Err(format!("{file} is there already"));
                }
                EditedFile { before: None, after: text.clone() }
            } else {
                let before =
                    fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
                let after = edit(&before, &edits).map_err(|reason| format!("{file} {reason}"))?;
                EditedFile { before: Some(before), after }
            };
            files.insert(file.to_owned(), edited);
        }
        Ok(Edited { versions: self.versions.to_string(), edits: self.edits.len(), files })
    }
}

/// The text after some edits of one file. Each is looked for in the text as it was.
fn edit(before: &str, edits: &[&Edit]) -> Result<String, String> {
    let mut replacements: Vec<(Span<usize>, &str)> = Vec::new();
    let mut end = String::new();
    for edit in edits {
        match edit {
            Edit::Replace { anchor, after, with, .. } => {
                replacements.push((find(before, anchor, after.as_deref())?, with));
            }
            Edit::Append { text, .. } => {
                end.push_str(text);
                if !text.ends_with('\n') {
                    end.push('\n');
                }
            }
            Edit::Create { .. } => return Err("is both created and changed".to_owned()),
        }
    }
    replacements.sort_by_key(|(span, _)| span.start);
    let mut text = String::with_capacity(before.len() + end.len());
    let mut at = 0;
    for (span, with) in replacements {
        if span.start < at {
            return Err(format!("has two edits of `{}`", before[span].trim()));
        }
        text.push_str(&before[at..span.start]);
        text.push_str(with);
        at = span.end;
    }
    text.push_str(&before[at..]);
    if !end.is_empty() && !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text + &end)
}

/// Where the anchor is: the only one, or the first behind the line of `after`.
fn find(text: &str, anchor: &str, after: Option<&str>) -> Result<Span<usize>, String> {
    let Some(after) = after else {
        let start = only(text, anchor)?;
        return Ok(start..start + anchor.len());
    };
    let line = only(text, after)?;
    let rest = text[line..].find('\n').map_or(text.len(), |length| line + length + 1);
    let found = text[rest..].find(anchor).map(|start| rest + start);
    let start = found.ok_or_else(|| {
        format!("has no `{}` behind the line with `{}`", anchor.trim(), after.trim())
    })?;
    Ok(start..start + anchor.len())
}

fn only(text: &str, part: &str) -> Result<usize, String> {
    let mut found = text.match_indices(part);
    match (found.next(), found.count()) {
        (Some((at, _)), 0) => Ok(at),
        (None, _) => Err(format!("has no `{}`", part.trim())),
        (Some(_), more) => Err(format!("has `{}` {} times", part.trim(), more + 1)),
    }
}

#[cfg(test)]
mod tests;
