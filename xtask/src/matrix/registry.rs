//! What the registry has and was not tested.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use crate::matrix::plan::{Cell, Place};
use crate::matrix::results::Results;
use crate::version::{Range, Version};
use crate::workspace::{Workspace, cargo_in};

/// Compares the newest version of each line, and of each library, with what was tested; fails if
/// something is new.
pub(super) fn check(workspace: &Workspace, known: &[Cell], results: &Results) -> Result<()> {
    // Away from the workspace: inside, cargo says which version the workspace has.
    let outside = std::env::temp_dir();
    let mut news = Vec::new();
    let libraries: BTreeSet<&str> = known.iter().map(|cell| cell.library.as_str()).collect();
    for library in libraries {
        crate::process::check_interrupted()?;
        let of_library = known.iter().filter(|cell| cell.library == library);
        let oldest = of_library.filter(|cell| cell.place == Place::Oldest);
        let lines: Vec<&Range> = oldest.map(|cell| &cell.line).collect();
        let mut newest_of_lines = Vec::new();
        for line in &lines {
            let newest = newest(&outside, &format!("{library}@{}", line.newest.line()))?;
            news.extend(new_in_line(library, line, &newest, results));
            newest_of_lines.push(newest);
        }
        let newest = newest(&outside, library)?;
        if !newest.is_prerelease()
            && lines.iter().all(|line| newest > line.newest)
            && !lines.iter().any(|line| line.contains(&newest))
        {
            news.push(format!("{library}: {newest} begins a line that no manifest names"));
        }
        let shown: Vec<String> = newest_of_lines.iter().map(Version::to_string).collect();
        println!("{library:18} {}", shown.join(", "));
    }
    let locked = workspace.display(&workspace.root.join("Cargo.lock")).to_string();
    if !news.is_empty() {
        bail!(
            "{} things are new:\n  {}\n  `cargo update` brings them into {locked}, `cargo xtask \
             matrix --newest` tests them",
            news.len(),
            news.join("\n  ")
        );
    }
    println!("matrix: the newest version of each line was tested");
    Ok(())
}

fn new_in_line(library: &str, line: &Range, newest: &Version, results: &Results) -> Option<String> {
    let (_, rows) = results.libraries().find(|(name, _)| *name == library).unzip();
    let passed = rows
        .into_iter()
        .flatten()
        .filter(|row| row.passed && line.contains(&row.version))
        .map(|row| &row.version)
        .max();
    match passed {
        None => Some(format!(
            "{library}: nothing from {} on was tested, and the newest is {newest}",
            line.oldest
        )),
        Some(tested) if tested < newest => {
            Some(format!("{library}: {newest} is newer than {tested}, which was tested"))
        }
        Some(_) => None,
    }
}

/// The newest version of a library.
pub(crate) fn newest_version(library: &str) -> Result<Version> {
    newest(&std::env::temp_dir(), library)
}

/// The newest version that a requirement admits, from cargo.
fn newest(folder: &Path, requirement: &str) -> Result<Version> {
    let output = cargo_in(folder)
        .args(["info", "--color=never", requirement])
        .stdin(Stdio::null())
        .output()
        .context("cannot run cargo info")?;
    if !output.status.success() {
        bail!("cargo info {requirement}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    version_in(&String::from_utf8_lossy(&output.stdout))
        .with_context(|| format!("cargo info {requirement} names no version"))
}

/// The version in the output of `cargo info`.
fn version_in(text: &str) -> Option<Version> {
    let line = text.lines().find_map(|line| line.strip_prefix("version: "))?;
    Version::parse(line.split_whitespace().next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_cargo_prints() {
        let text = "axum #http #web\nWeb framework\nversion: 0.7.9 (latest 0.8.9)\nlicense: MIT\n";
        assert_eq!(version_in(text).unwrap().to_string(), "0.7.9");
        assert_eq!(version_in("license: MIT\n"), None);
    }

    #[test]
    fn a_version_that_was_not_tested_is_news() {
        let results = Results::parse(
            "## axum\n| 0.8.8 | pass | 1 | 1s | 2026-11-28 | 1.95.0 |  |  |\n\
             | 0.8.9 | fail | 1 | 1s | 2026-11-28 | 1.95.0 |  | x |\n",
        );
        let check = |oldest: &str, newest: &str, expect: Option<&str>| {
            let line = Range::of(&[oldest.to_owned()]).unwrap();
            let newest = Version::parse(newest).unwrap();
            let found = new_in_line("axum", &line, &newest, &results);
            assert_eq!(found.as_deref(), expect);
        };
        check("0.8", "0.8.8", None);
        check("0.8", "0.8.9", Some("axum: 0.8.9 is newer than 0.8.8, which was tested"));
        check(
            "0.7",
            "0.7.9",
            Some("axum: nothing from 0.7.0 on was tested, and the newest is 0.7.9"),
        );
    }
}
