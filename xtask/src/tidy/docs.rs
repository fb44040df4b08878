//! What people read first is true: the README's feature table is the manifest's, crate docs open with an example
//! that compiles, and the changelog has a place for the next entry.

use anyhow::{Result, bail};

use super::Finding;
use super::tree::Tree;

const README: &str = "README.md";
const FACADE: &str = "crates/otelier/Cargo.toml";
const BEGIN: &str = "<!-- features:begin -->";
const END: &str = "<!-- features:end -->";
const CHANGELOG: &str = "CHANGELOG.md";

/// Checks the documents.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = feature_table(tree);
    findings.extend(examples(tree));
    findings.extend(changelog(tree));
    findings
}

/// The files that are generated, where they differ from what is there.
pub(super) fn fixed(tree: &Tree) -> Result<Vec<(String, String)>> {
    let Some(readme) = tree.get(README) else { bail!("{README} is missing") };
    let Some((before, old, after)) = block(readme) else {
        bail!("{README} has no `{BEGIN}` … `{END}`")
    };
    let table = table(&features(tree.get(FACADE).unwrap_or_default()));
    if old == table {
        return Ok(Vec::new());
    }
    Ok(vec![(README.to_owned(), format!("{before}{table}{after}"))])
}

fn feature_table(tree: &Tree) -> Vec<Finding> {
    let features = features(tree.get(FACADE).unwrap_or_default());
    let mut findings: Vec<Finding> = features
        .iter()
        .filter(|feature| feature.text.is_empty())
        .map(|feature| {
            let message = format!(
                "the feature {} has no comment above it that says what it adds",
                feature.name
            );
            Finding::new(FACADE, feature.line, message)
        })
        .collect();
    match tree.get(README).map(block) {
        None => findings.push(Finding::new(README, 0, "is missing")),
        Some(None) => {
            findings.push(Finding::new(
                README,
                0,
                format!("has no feature table: `{BEGIN}` … `{END}`"),
            ));
        }
        Some(Some((before, old, _))) if old != table(&features) => {
            let line = before.lines().count();
            let message =
                "the feature table is not the manifest's: `cargo xtask tidy --fix` rewrites it";
            findings.push(Finding::new(README, line, message));
        }
        Some(Some(_)) => {}
    }
    findings
}

/// A feature of the facade, and the comment above it.
struct Feature<'a> {
    name: &'a str,
    text: String,
    line: usize,
}

fn features(manifest: &str) -> Vec<Feature<'_>> {
    let mut features = Vec::new();
    let mut inside = false;
    let mut comment: Vec<&str> = Vec::new();
    for (number, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            inside = line.trim_end() == "[features]";
        } else if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
            continue;
        } else if let Some((name, _)) =
            line.split_once('=').filter(|(name, _)| inside && is_name(name))
        {
            features.push(Feature { name: name.trim(), text: comment.join(" "), line: number + 1 });
        }
        comment.clear();
    }
    features.retain(|feature| feature.name != "default");
    features
}

/// Not the second line of a long list.
fn is_name(text: &str) -> bool {
    !text.starts_with(char::is_whitespace) && !text.contains('"')
}

fn table(features: &[Feature<'_>]) -> String {
    let mut table = "\n| feature | what it adds |\n|---|---|\n".to_owned();
    for feature in features {
        table.push_str(&format!("| `{}` | {} |\n", feature.name, feature.text.replace('|', "\\|")));
    }
    table
}

/// The text up to the mark that begins the table, the table, and the rest with the mark that ends it.
fn block(readme: &str) -> Option<(&str, &str, &str)> {
    let begin = readme.find(BEGIN)? + BEGIN.len();
    let end = begin + readme[begin..].find(END)?;
    Some((&readme[..begin], &readme[begin..end], &readme[end..]))
}

/// The crate docs of each package under `crates/` open with the lines a user writes, and those compile.
fn examples(tree: &Tree) -> Vec<Finding> {
    let libraries = tree.sources().filter(|source| {
        source.path.starts_with("crates/") && source.path.ends_with("/src/lib.rs")
    });
    libraries
        .filter_map(|source| {
            let readme = tree.get(&format!("{}/README.md", source.package())).unwrap_or_default();
            let docs = crate_docs(source.text, readme);
            let message = match first_fence(&docs) {
                None => "the crate's docs open with no example",
                Some(info) if compiles(info) => return None,
                Some(_) => "the first example of the crate's docs does not compile as a doctest",
            };
            Some(Finding::new(source.path, 1, message))
        })
        .collect()
}

/// The documentation at the head of a crate as it reads with all features.
fn crate_docs(text: &str, readme: &str) -> String {
    let mut docs = String::new();
    for line in text.lines() {
        if let Some(line) = line.strip_prefix("//!") {
            docs.push_str(line.strip_prefix(' ').unwrap_or(line));
        } else if line == "#![doc = include_str!(\"../README.md\")]" {
            docs.push_str(readme);
        } else if let Some(attribute) = line.strip_prefix("#![cfg_attr(") {
            // How an example says that it needs a feature.
            let added = attribute.split_once("doc = \"").and_then(|(_, rest)| rest.split_once('"'));
            let Some((added, _)) = added.filter(|_| !attribute.starts_with("not(")) else {
                continue;
            };
            docs.push_str(added);
        } else if !line.is_empty() && !line.starts_with("#![") {
            break;
        }
        docs.push('\n');
    }
    docs
}

/// What stands behind the first code fence.
fn first_fence(docs: &str) -> Option<&str> {
    docs.lines().find_map(|line| line.trim_start().strip_prefix("```"))
}

fn compiles(info: &str) -> bool {
    let mut words = info.split([',', ' ']).filter(|word| !word.is_empty());
    words.all(|word| {
        matches!(word, "rust" | "no_run" | "should_panic") || word.starts_with("edition")
    })
}

fn changelog(tree: &Tree) -> Option<Finding> {
    let Some(text) = tree.get(CHANGELOG) else {
        return Some(Finding::new(CHANGELOG, 0, "is missing"));
    };
    let has_section =
        text.lines().any(|line| matches!(line.trim_end(), "## Unreleased" | "## [Unreleased]"));
    (!has_section).then(|| Finding::new(CHANGELOG, 0, "has no section `## Unreleased`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "# Not this.\n[package]\nname = \"otelier\"\n\n[features]\n# All of\n# them.\nfull = [\n  \
                            \"axum\",\n]\n# axum | tower.\naxum = [\"tower\"]\n\n[dependencies]\n# No.\nhttp = \"1\"\n";
    const TABLE: &str = "\n| feature | what it adds |\n|---|---|\n| `full` | All of them. |\n\
                         | `axum` | axum \\| tower. |\n";

    fn messages(findings: impl IntoIterator<Item = Finding>) -> Vec<String> {
        findings.into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn the_feature_table_is_checked_and_rewritten() {
        let readme = |table: &str| format!("# Otelier\n{BEGIN}{table}{END}\nmore\n");
        let tree = |text: &str| Tree::of(&[(FACADE, MANIFEST), (README, text)]);
        assert_eq!(messages(feature_table(&tree(&readme(TABLE)))), Vec::<String>::new());
        assert_eq!(fixed(&tree(&readme(TABLE))).unwrap(), []);

        let stale = tree(&readme("\nold\n"));
        assert_eq!(
            messages(feature_table(&stale)),
            [
                "README.md:2: the feature table is not the manifest's: `cargo xtask tidy --fix` rewrites it"
            ]
        );
        assert_eq!(fixed(&stale).unwrap(), [(README.to_owned(), readme(TABLE))]);

        let none = tree("# Otelier\n");
        assert_eq!(
            messages(feature_table(&none)),
            [
                "README.md: has no feature table: `<!-- features:begin -->` … `<!-- features:end -->`"
            ]
        );
        assert!(fixed(&none).is_err());
        assert_eq!(messages(feature_table(&Tree::of(&[]))), ["README.md: is missing"]);
    }

    #[test]
    fn a_feature_says_what_it_adds() {
        let manifest = "[features]\naxum = []\n";
        let findings = feature_table(&Tree::of(&[(FACADE, manifest), (README, "")]));
        assert_eq!(
            messages(findings)[0],
            "crates/otelier/Cargo.toml:2: the feature axum has no comment above it that says what it adds"
        );
    }

    #[test]
    fn crate_docs_open_with_an_example_that_compiles() {
        let path = "crates/a/src/lib.rs";
        let check = |text: &str, expect: &[&str]| {
            let tree = Tree::of(&[(path, text), ("crates/a/README.md", "```rust\n```")]);
            assert_eq!(messages(examples(&tree)), expect);
        };
        let bad = "crates/a/src/lib.rs:1: the first example of the crate's docs does not compile as a doctest";
        check("//! A.\n//!\n//! ```\n//! f();\n//! ```\n", &[]);
        check("//! A.\n//!\n//! ```rust,no_run\n//! ```\n", &[]);
        check("//! A.\n#![doc = include_str!(\"../README.md\")]\n", &[]);
        let with_feature = "#![cfg_attr(feature = \"x\", doc = \"```\")]\n";
        let without = "#![cfg_attr(not(feature = \"x\"), doc = \"```ignore\")]\n";
        check(&format!("//! A.\n//!\n{without}{with_feature}//! f();\n//! ```\n"), &[]);
        check(&format!("//! A.\n//!\n{}", with_feature.replace("```", "```text")), &[bad]);
        check("//! A.\n//!\n//! ```ignore\n//! ```\n//! ```\n//! ```\n", &[bad]);
        check("//! A.\n//!\n//! ```toml\n//! ```\n", &[bad]);
        check("//! A.\n", &["crates/a/src/lib.rs:1: the crate's docs open with no example"]);
        check(
            "//! A.\nfn f() {}\n/// ```\n",
            &["crates/a/src/lib.rs:1: the crate's docs open with no example"],
        );
    }

    #[test]
    fn the_changelog_has_a_place_for_the_next_entry() {
        let check = |text: &str, expect: Option<&str>| {
            let message =
                changelog(&Tree::of(&[(CHANGELOG, text)])).map(|finding| finding.to_string());
            assert_eq!(message.as_deref(), expect);
        };
        check("# Changelog\n\n## Unreleased\n", None);
        check("## [Unreleased]\n", None);
        check("## 0.1.0\n", Some("CHANGELOG.md: has no section `## Unreleased`"));
        assert_eq!(messages(changelog(&Tree::of(&[]))), ["CHANGELOG.md: is missing"]);
    }
}
