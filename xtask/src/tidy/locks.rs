//! The lock files of programs that are no members of the workspace have its versions.
//!
//! They are built in its target directory, and what has another version there is compiled twice.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::Finding;
use super::tree::Tree;
use crate::cargo_lock::Lock;
use crate::programs;
use crate::version::Version;
use crate::workspace::cargo_in;

const LOCK: &str = "Cargo.lock";

/// A package of a program has a version that the workspace has, unless the workspace has no other
/// one of the same line.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let workspace = Lock::parse(tree.get(LOCK).unwrap_or_default());
    let mut findings = Vec::new();
    for (path, text) in of_programs(tree) {
        let others = Lock::parse(text);
        let others = others.packages.iter().filter(|package| package.source.is_some());
        for package in others {
            let line = Version::parse(&package.version).map(|it| it.line());
            let mut same_line = workspace
                .named(&package.name)
                .filter(|it| Version::parse(&it.version).map(|it| it.line()) == line)
                .peekable();
            let Some(one) = same_line.peek() else { continue };
            let (name, version, wanted) = (&package.name, &package.version, &one.version);
            if same_line.all(|it| it.version != *version) {
                let message = format!(
                    "has {name} {version}, and the workspace has {wanted}: \
                     `cargo xtask tidy --fix` takes that one"
                );
                findings.push(Finding::new(path, 0, message));
            }
        }
    }
    findings
}

/// Makes the lock files anew that have other versions, and says which.
pub(super) fn fix(root: &Path, tree: &Tree) -> Result<Vec<String>> {
    let mut changed: Vec<String> = check(tree).into_iter().map(|it| it.path).collect();
    changed.dedup();
    for path in &changed {
        let folder = root.join(path.trim_end_matches(LOCK));
        fs::copy(root.join(LOCK), folder.join(LOCK))
            .with_context(|| format!("cannot write {path}"))?;
        // Leaves out what the program does not need.
        let output = cargo_in(&folder).args(["metadata", "--format-version", "1"]).output();
        let output = output.context("cannot start cargo")?;
        if !output.status.success() {
            bail!("cannot resolve {path}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
    }
    Ok(changed)
}

fn of_programs(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.files().filter(|(path, _)| path.starts_with(programs::FOLDER) && path.ends_with(LOCK))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(packages: &[(&str, &str)]) -> String {
        let package = |(name, version): &(&str, &str)| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"x\"\n\n")
        };
        packages.iter().map(package).collect()
    }

    #[track_caller]
    fn check(workspace: &[(&str, &str)], program: &[(&str, &str)], expect: &[&str]) {
        let path = "integration-tests/programs/lines/Cargo.lock";
        let tree = Tree::of(&[(LOCK, &lock(workspace)), (path, &lock(program))]);
        let findings: Vec<String> = super::check(&tree).into_iter().map(|it| it.message).collect();
        assert_eq!(findings, expect);
    }

    #[test]
    fn a_version_of_the_same_line_is_the_same() {
        let workspace = [("axum", "0.7.9"), ("axum", "0.8.9"), ("tokio", "1.54.1")];
        check(&workspace, &[("axum", "0.7.9"), ("tokio", "1.54.1")], &[]);
        check(&workspace, &[("axum", "0.6.1"), ("mio", "1.0.0")], &[]);
        let expect = "has axum 0.8.8, and the workspace has 0.8.9: \
                      `cargo xtask tidy --fix` takes that one";
        check(&workspace, &[("axum", "0.8.8")], &[expect]);
    }

    #[test]
    fn one_of_several_versions_is_enough() {
        check(&[("syn", "3.0.9"), ("syn", "3.0.10")], &[("syn", "3.0.9")], &[]);
    }
}
