//! The edits as a table of texts.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

/// Writes an expression: for each file below `folder` its path there, and its text.
pub(crate) fn embed(folder: &Path, table: &Path) -> Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    list(folder, &mut files)?;
    files.sort();
    let mut text = String::from("[\n");
    for file in &files {
        // A path with `/` on every system: it is a name, not a place.
        let parts: Vec<_> =
            file.strip_prefix(folder)?.iter().map(|part| part.to_string_lossy()).collect();
        writeln!(text, "    ({:?}, include_str!({file:?})),", parts.join("/"))?;
    }
    text += "]\n";
    Ok(fs::write(table, text)?)
}

/// All files below a folder.
pub(crate) fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
