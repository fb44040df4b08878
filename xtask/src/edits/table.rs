//! `docs/edits.md`: what was tested, a row for each version. It is a table for people, and read
//! back from there.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::version::Version;

const PATH: &str = "docs/edits.md";
const HEAD: &str = "\
# Versions that `cargo otelier` traces

`cargo xtask edits` writes this file. It takes all versions of a library before 1.0, of others the
newest of each minor version. The result of a version is how far it was tested:

- `traces`: a program that uses it was built by `cargo otelier` and run, and the spans that a
  receiver got are those that were expected, in kind, name, order, parents and links. The programs
  are in `integration-tests/edits`; their servers are real ones, but moto for AWS, and a stand-in
  for MongoDB where there is no `mongod`. What else is recorded is tested with the versions that the
  tests of [zero code](zero-code.md) have.
- `applies`: the edits fit its source, and nothing was built. Of a library with more than 50
  versions a run builds every tenth and the oldest, unless it is told to build all.

What a version needs to compile with or without edits, in the place of newer versions that cargo
would take, stands beside its result.
";
const COLUMNS: &str = "| version | edits for | result |\n|---|---|---|\n";
/// Before the versions of other packages that a version needs.
const WITH: &str = ", with ";

/// The results of all versions, by library, the newest version first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table(BTreeMap<String, Vec<Row>>);

/// How far a version was tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tested {
    /// Its source is one that the edits fit.
    Applied,
    /// The spans of a program that uses it arrived.
    Traced,
}

/// What came of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) version: Version,
    /// The range whose edits fit.
    pub(super) range: String,
    pub(super) tested: Tested,
    /// Versions of other packages that it was built with, which are not the newest.
    pub(super) pins: String,
    /// Why it is not traced, if it is not.
    pub(super) reason: Option<String>,
}

impl Tested {
    const ALL: [Self; 2] = [Self::Applied, Self::Traced];

    fn word(self) -> &'static str {
        match self {
            Self::Applied => "applies",
            Self::Traced => "traces",
        }
    }
}

impl Row {
    fn result(&self) -> String {
        match &self.reason {
            Some(reason) => format!("not: {reason}"),
            None if self.pins.is_empty() => self.tested.word().to_owned(),
            None => format!("{}{WITH}{}", self.tested.word(), self.pins),
        }
    }

    fn parse(line: &str) -> Option<Self> {
        let columns = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let [version, range, result] = columns.collect::<Vec<_>>()[..] else { return None };
        let (word, pins) = result.split_once(WITH).unwrap_or((result, ""));
        let tested = Tested::ALL.into_iter().find(|it| it.word() == word);
        let (pins, reason) = match tested {
            Some(_) => (pins, None),
            None => ("", Some(result.strip_prefix("not: ")?.to_owned())),
        };
        Some(Self {
            version: Version::parse(version)?,
            range: range.to_owned(),
            tested: tested.unwrap_or(Tested::Applied),
            pins: pins.to_owned(),
            reason,
        })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            None => write!(f, "{}: {}", self.version, self.result()),
            Some(reason) => write!(f, "{}: not traced: {reason}", self.version),
        }
    }
}

impl Table {
    /// Changes the file as it is now: it may have been changed since the last time.
    pub(super) fn change(root: &Path, change: impl FnOnce(&mut Self)) -> Result<()> {
        let mut table = Self::read(root)?;
        change(&mut table);
        table.write(root)
    }

    /// Reads the file; without one there are no results.
    fn read(root: &Path) -> Result<Self> {
        match fs::read_to_string(root.join(PATH)) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {PATH}")),
        }
    }

    /// Writes the file.
    fn write(&self, root: &Path) -> Result<()> {
        fs::write(root.join(PATH), self.render()).with_context(|| format!("cannot write {PATH}"))
    }

    /// Forgets versions of a library that are no longer there.
    pub(super) fn keep(&mut self, library: &str, versions: &[Version]) {
        let rows = self.0.entry(library.to_owned()).or_default();
        rows.retain(|row| versions.contains(&row.version));
    }

    /// Puts the result of a version in the place of its older one. What came of a build is not
    /// forgotten where the same edits were only applied now.
    pub(super) fn set(&mut self, library: &str, row: Row) {
        let rows = self.0.entry(library.to_owned()).or_default();
        let at = rows.iter().position(|it| it.version <= row.version).unwrap_or(rows.len());
        match rows.get_mut(at).filter(|it| it.version == row.version) {
            Some(older) => {
                let is_applied = row.tested == Tested::Applied && row.reason.is_none();
                if !is_applied || older.range != row.range {
                    *older = row;
                }
            }
            None => rows.insert(at, row),
        }
    }

    fn parse(text: &str) -> Self {
        let mut table = Self::default();
        let mut library = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("## ") {
                library = Some(name.trim().to_owned());
            } else if let (Some(library), Some(row)) = (&library, Row::parse(line)) {
                table.0.entry(library.clone()).or_default().push(row);
            }
        }
        table
    }

    fn render(&self) -> String {
        let mut text = HEAD.to_owned();
        for (library, rows) in &self.0 {
            text += &format!("\n## {library}\n\n{COLUMNS}");
            for row in rows {
                text += &format!("| {} | {} | {} |\n", row.version, row.range, row.result());
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(version: &str, range: &str, tested: Tested) -> Row {
        Row {
            version: Version::parse(version).unwrap(),
            range: range.to_owned(),
            tested,
            pins: String::new(),
            reason: None,
        }
    }

    #[test]
    fn the_table_is_read_as_it_is_written() {
        let mut table = Table::default();
        table
            .set("axum", Row { reason: Some("x".to_owned()), ..row("0.8.8", "", Tested::Applied) });
        table.set("axum", row("0.8.10", ">=0.8.0, <0.9.0", Tested::Traced));
        table.set("axum", row("0.8.9", ">=0.8.0, <0.9.0", Tested::Applied));
        let pinned = Row { pins: "a 1, b 2".to_owned(), ..row("1.0.0", "1", Tested::Traced) };
        table.set("b", pinned);
        let text = table.render();
        for lines in [
            "| 0.8.10 | >=0.8.0, <0.9.0 | traces |\n| 0.8.9 | >=0.8.0, <0.9.0 | applies |\n\
             | 0.8.8 |  | not: x |\n",
            "| 1.0.0 | 1 | traces, with a 1, b 2 |\n",
        ] {
            assert!(text.contains(lines), "{text}");
        }
        assert_eq!(Table::parse(&text), table);
        table.keep("axum", &[Version::parse("0.8.9").unwrap()]);
        assert!(!table.render().contains("0.8.8"));
    }

    #[test]
    fn how_far_a_version_was_tested_is_known_where_edits_are_only_applied() {
        let mut table = Table::default();
        for version in ["0.8.9", "0.8.8"] {
            table.set("axum", row(version, "0.8", Tested::Traced));
        }
        for (version, range) in [("0.8.9", "0.8"), ("0.8.8", "0.7"), ("0.8.7", "0.8")] {
            table.set("axum", row(version, range, Tested::Applied));
        }
        let text = table.render();
        for line in ["0.8.9 | 0.8 | traces", "0.8.8 | 0.7 | applies", "0.8.7 | 0.8 | applies"] {
            assert!(text.contains(&format!("| {line} |\n")), "{text}");
        }
        assert_eq!(Table::parse(&text), table);
    }
}
