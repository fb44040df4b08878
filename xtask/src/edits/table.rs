//! `docs/edits.md`: what was tested, a row for each version. It is a table for people, and read
//! back from there.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::version::Version;

const PATH: &str = "docs/edits.md";
const HEAD: &str = "# Versions that `cargo otelier` traces\n\n\
    `cargo xtask edits` writes this file. It makes a package that depends on a published version\n\
    of a library, applies the edits, and compiles it: all versions of a library before 1.0, of\n\
    others the newest of each minor version. What is recorded is tested with the versions that\n\
    the tests of [zero code](zero-code.md) have; the others are compiled and not run. Where the\n\
    result is `applies`, the edits fit the source, and were not compiled.\n";
/// The result of a version that compiles with its edits.
const COMPILES: &str = "compiles";
/// The result of a version whose source the edits fit.
const APPLIES: &str = "applies";
const COLUMNS: &str = "| version | edits for | result |\n|---|---|---|\n";

/// The results of all versions, by library.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table(BTreeMap<String, Vec<Row>>);

/// What came of one version.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) version: Version,
    /// The range whose edits fit.
    pub(super) range: String,
    /// Why it is not traced, if it is not.
    pub(super) reason: Option<String>,
    /// Whether it was compiled, or the edits were only applied.
    pub(super) is_compiled: bool,
}

impl Row {
    fn good(&self) -> &'static str {
        if self.is_compiled { COMPILES } else { APPLIES }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            None => write!(f, "{}: {}", self.version, self.good()),
            Some(reason) => write!(f, "{}: not traced: {reason}", self.version),
        }
    }
}

impl Table {
    /// Reads the file; without one there are no results.
    pub(super) fn read(root: &Path) -> Result<Self> {
        match fs::read_to_string(root.join(PATH)) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {PATH}")),
        }
    }

    /// Writes the file.
    pub(super) fn write(&self, root: &Path) -> Result<()> {
        fs::write(root.join(PATH), self.render()).with_context(|| format!("cannot write {PATH}"))
    }

    /// Puts the results of a library in the place of its older ones. That a version compiles is not
    /// forgotten where its edits were only applied now.
    pub(super) fn set(&mut self, library: &str, mut rows: Vec<Row>) {
        let older = self.0.remove(library).unwrap_or_default();
        for row in rows.iter_mut().filter(|row| row.reason.is_none()) {
            let same = older.iter().find(|it| it.version == row.version && it.range == row.range);
            row.is_compiled |= same.is_some_and(|it| it.is_compiled && it.reason.is_none());
        }
        self.0.insert(library.to_owned(), rows);
    }

    fn parse(text: &str) -> Self {
        let mut table = Self::default();
        let mut library = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("## ") {
                library = Some(name.trim().to_owned());
            } else if let (Some(library), Some(row)) = (&library, row(line)) {
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
                let Row { version, range, reason, .. } = row;
                let reason = reason.as_deref().map(|it| format!("not: {it}"));
                let result = reason.unwrap_or_else(|| row.good().to_owned());
                text += &format!("| {version} | {range} | {result} |\n");
            }
        }
        text
    }
}

fn row(line: &str) -> Option<Row> {
    let columns: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
    let [version, range, result] = columns[..] else { return None };
    let is_good = [COMPILES, APPLIES].contains(&result);
    let reason = if is_good { None } else { Some(result.strip_prefix("not: ")?.to_owned()) };
    let (version, range) = (Version::parse(version)?, range.to_owned());
    Some(Row { version, range, reason, is_compiled: result != APPLIES })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_as_it_is_written() {
        let row = |version: &str, range: &str, reason: Option<&str>| Row {
            version: Version::parse(version).unwrap(),
            range: range.to_owned(),
            reason: reason.map(str::to_owned),
            is_compiled: true,
        };
        let mut table = Table::default();
        table.set("axum", vec![row("0.8.9", ">=0.8.0, <0.9.0", None), row("0.8.8", "", Some("x"))]);
        table.set("reqwest", vec![row("0.13.5", ">=0.13.0, <0.14.0", None)]);
        let text = table.render();
        assert!(text.contains("| 0.8.8 |  | not: x |\n"), "{text}");
        assert_eq!(Table::parse(&text), table);
    }

    #[test]
    fn what_compiled_is_known_where_edits_are_only_applied() {
        let row = |version: &str, range: &str, is_compiled| Row {
            version: Version::parse(version).unwrap(),
            range: range.to_owned(),
            reason: None,
            is_compiled,
        };
        let mut table = Table::default();
        table.set("axum", vec![row("0.8.9", "0.8", true), row("0.8.8", "0.8", true)]);
        let applied = |version, range| row(version, range, false);
        let rows = [("0.8.9", "0.8"), ("0.8.8", "0.7"), ("0.8.7", "0.8")];
        table.set("axum", rows.into_iter().map(|(it, range)| applied(it, range)).collect());
        let text = table.render();
        for line in ["0.8.9 | 0.8 | compiles", "0.8.8 | 0.7 | applies", "0.8.7 | 0.8 | applies"] {
            assert!(text.contains(&format!("| {line} |\n")), "{text}");
        }
        assert_eq!(Table::parse(&text), table);
    }
}
