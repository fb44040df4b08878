//! What people read first is true: tables of features and libraries are the manifests', crate docs
//! open with an example that compiles, and the changelog has a place for the next entry.

use anyhow::{Result, bail};

use super::Finding;
use super::tree::Tree;
use crate::manifest::{Library, Line, Otelier, Role};
use crate::matrix::{PICTURE, RESULTS, Results, draw};
use crate::workspace::Package;

const README: &str = "README.md";
const FACADE: &str = "crates/otelier/Cargo.toml";
const FACADE_DOCS: &str = "crates/otelier/src/lib.rs";
const CHANGELOG: &str = "CHANGELOG.md";

/// Checks the documents.
pub(super) fn check(tree: &Tree, members: &[Package]) -> Vec<Finding> {
    let mut findings = features_without_text(tree);
    findings.extend(tables(tree, members));
    findings.extend(examples(tree));
    findings.extend(changelog(tree));
    findings
}

/// A table that is generated into a document, between two marks.
struct Table {
    path: String,
    /// What the marks call it.
    name: &'static str,
    text: String,
}

/// The files that are generated, where they differ from what is there.
pub(super) fn fixed(tree: &Tree, members: &[Package]) -> Result<Vec<(String, String)>> {
    let mut changed: Vec<(String, String)> = Vec::new();
    for table in generated(tree, members) {
        let known = changed.iter().position(|(path, _)| *path == table.path);
        let text = match known {
            Some(index) => changed.remove(index).1,
            None => tree.get(&table.path).unwrap_or_default().to_owned(),
        };
        let Some((before, _, after)) = table.block(&text) else {
            bail!("{} has no `{}` … `{}`", table.path, table.begin(), table.end())
        };
        changed.push((table.path.clone(), format!("{before}{}{after}", table.text)));
    }
    changed.extend(written_files(tree));
    changed.retain(|(path, text)| tree.get(path) != Some(text));
    Ok(changed)
}

/// Every table says what the manifests say.
fn tables(tree: &Tree, members: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for table in generated(tree, members) {
        let Some(text) = tree.get(&table.path) else {
            findings.push(Finding::new(&table.path, 0, "is missing"));
            continue;
        };
        let (line, message) = match table.block(text) {
            None => {
                let marks = format!("`{}` … `{}`", table.begin(), table.end());
                (0, format!("has no table of {}: {marks}", table.name))
            }
            Some((before, old, _)) if old != table.text => {
                let message = format!(
                    "the table of {} is out of date: `cargo xtask tidy --fix` rewrites it",
                    table.name
                );
                (before.lines().count(), message)
            }
            Some(_) => continue,
        };
        findings.push(Finding::new(&table.path, line, message));
    }
    for (path, text) in written_files(tree) {
        if tree.get(&path) != Some(&text) {
            let message =
                "is not what the tested versions say: `cargo xtask tidy --fix` rewrites it";
            findings.push(Finding::new(&path, 0, message));
        }
    }
    findings
}

/// The files that are generated as a whole: the tested versions in their form, and their picture.
fn written_files(tree: &Tree) -> Vec<(String, String)> {
    let Some(text) = tree.get(RESULTS) else { return Vec::new() };
    let results = Results::parse(text);
    vec![(RESULTS.to_owned(), results.render()), (PICTURE.to_owned(), draw(&results))]
}

fn generated(tree: &Tree, members: &[Package]) -> Vec<Table> {
    let features = features(tree.get(FACADE).unwrap_or_default());
    let results = Results::parse(tree.get(RESULTS).unwrap_or_default());
    let known = libraries(members);
    let tested_with: Vec<Library> =
        described(members).flat_map(|table| table.tested_with).collect();
    let libraries = library_table(&features, &known);
    let as_docs = |text: &str| {
        let lines: Vec<String> = text.lines().map(|line| format!("//! {line}")).collect();
        // What stands before the marks is part of their lines.
        format!("\n{}\n//! ", lines[1..].join("\n"))
    };
    let table = |path: &str, name, text| Table { path: path.to_owned(), name, text };
    let mut tables = vec![
        table(FACADE_DOCS, "libraries", as_docs(&libraries)),
        table(README, "libraries", libraries),
        table(README, "versions", {
            let lines = lines_of(&tested_with).chain(sorted_lines(&features, &known));
            version_table(lines, &results)
        }),
        table(README, "features", feature_table(&features)),
    ];
    // The page of each integration has its own libraries, and what else it is tested with.
    for package in members.iter().filter(|package| package.is_published()) {
        let Ok(Some(integration)) = package.otelier() else { continue };
        if integration.role == Role::Integration {
            let path = package.manifest().replace("Cargo.toml", README);
            let lines = lines_of(&integration.libraries).chain(lines_of(&integration.tested_with));
            let text = version_table(lines, &results);
            tables.push(table(&path, "versions", text));
        }
    }
    tables
}

/// The versions that libraries were tested with.
fn version_table<'a>(
    lines: impl IntoIterator<Item = (&'a Library, &'a Line)>,
    results: &Results,
) -> String {
    let mut table = "\n| library | tested versions |\n|---|---|\n".to_owned();
    for (library, line) in lines {
        let versions = results.summary(&library.name, line);
        table.push_str(&format!("| `{}` | {versions} |\n", library.name));
    }
    table
}

impl Table {
    fn begin(&self) -> String {
        format!("<!-- {}:begin -->", self.name)
    }

    fn end(&self) -> String {
        format!("<!-- {}:end -->", self.name)
    }

    /// The text up to the mark that begins the table, the table, and the rest with the mark that
    /// ends it.
    fn block<'a>(&self, text: &'a str) -> Option<(&'a str, &'a str, &'a str)> {
        let begin = text.find(&self.begin())? + self.begin().len();
        let end = begin + text[begin..].find(&self.end())?;
        Some((&text[..begin], &text[begin..end], &text[end..]))
    }
}

fn features_without_text(tree: &Tree) -> Vec<Finding> {
    features(tree.get(FACADE).unwrap_or_default())
        .iter()
        .filter(|feature| feature.text.is_empty())
        .map(|feature| {
            let message = format!(
                "the feature {} has no comment above it that says what it adds",
                feature.name
            );
            Finding::new(FACADE, feature.line, message)
        })
        .collect()
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

fn feature_table(features: &[Feature<'_>]) -> String {
    let mut table = "\n| feature | what it adds |\n|---|---|\n".to_owned();
    for feature in features {
        table.push_str(&format!("| `{}` | {} |\n", feature.name, feature.text.replace('|', "\\|")));
    }
    table
}

fn lines_of(libraries: &[Library]) -> impl Iterator<Item = (&Library, &Line)> {
    libraries.iter().flat_map(|library| library.lines.iter().map(move |line| (library, line)))
}

/// The libraries that integrations name.
fn libraries(members: &[Package]) -> Vec<Library> {
    described(members)
        .filter(|table| table.role == Role::Integration)
        .flat_map(|table| table.libraries)
        .collect()
}

/// What the manifests of published packages say for our own tools.
fn described(members: &[Package]) -> impl Iterator<Item = Otelier> {
    members
        .iter()
        .filter(|package| package.is_published())
        .filter_map(|package| package.otelier().ok().flatten())
}

/// The lines of libraries, in the order of the facade's features.
fn sorted_lines<'a>(
    features: &[Feature<'_>],
    libraries: &'a [Library],
) -> Vec<(&'a Library, &'a Line)> {
    let place = |line: &Line| features.iter().position(|it| it.name == line.feature);
    let mut lines: Vec<(&Library, &Line)> = lines_of(libraries).collect();
    lines.sort_by_key(|(_, line)| place(line));
    lines
}

fn library_table(features: &[Feature<'_>], libraries: &[Library]) -> String {
    let mut table = "\n| library | from | feature | signals | semantic conventions |\n\
                     |---|---|---|---|---|\n"
        .to_owned();
    for (library, line) in sorted_lines(features, libraries) {
        table.push_str(&format!(
            "| `{}` | {} | `{}` | {} | {} |\n",
            library.name,
            line.versions.first().map_or("", String::as_str),
            line.feature,
            library.signals.join(", "),
            library.conventions
        ));
    }
    table
}

/// The crate docs of each package under `crates/` open with the lines a user writes, and those
/// compile.
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

    const MANIFEST: &str = "# Not this.\n[package]\nname = \"otelier\"\n\n[features]\n# All of\n# \
                            them.\n\
                            full = [\n  \"axum\",\n]\n# axum | tower.\naxum = [\"tower\"]\n\n\
                            [dependencies]\n# No.\nhttp = \"1\"\n";
    const FEATURES: &str = "\n| feature | what it adds |\n|---|---|\n| `full` | All of them. |\n\
                            | `axum` | axum \\| tower. |\n";
    const LIBRARIES: &str = "\n| library | from | feature | signals | semantic conventions |\n\
                             |---|---|---|---|---|\n\
                             | `axum` | 0.7.0 | `full` | traces, metrics | HTTP: stable |\n\
                             | `axum` | 0.8.0 | `axum` | traces, metrics | HTTP: stable |\n";
    const PAGE: &str = "crates/otelier-tower/README.md";
    const VERSIONS: &str = "<!-- versions:begin -->\n| library | tested versions |\n|---|---|\n\
                            | `axum` | not tested yet |\n\
                            | `axum` | 0.7.0 to 0.7.9 |\n\
                            <!-- versions:end -->";
    /// The same in the order of the features.
    const ALL_VERSIONS: &str = "<!-- versions:begin -->\n| library | tested versions \
                                |\n|---|---|\n\
                                | `axum` | 0.7.0 to 0.7.9 |\n\
                                | `axum` | not tested yet |\n\
                                <!-- versions:end -->";
    const TESTED: &str = "## axum\n\
                          | 0.7.9 | pass | 1 | 1.0s | 2026-11-28 | 1.95.0 |  |  |\n\
                          | 0.7.0 | pass | 1 | 1.0s | 2026-11-28 | 1.95.0 |  |  |\n";

    fn messages(findings: impl IntoIterator<Item = Finding>) -> Vec<String> {
        findings.into_iter().map(|finding| finding.to_string()).collect()
    }

    fn members() -> Vec<Package> {
        vec![
            serde_json::from_value(serde_json::json!({
                "id": "a", "name": "otelier-tower", "license": null,
                "publish": null, "features": {},
                "targets": [],
                "manifest_path": "crates/otelier-tower/Cargo.toml", "dependencies": [],
                "metadata": {"otelier": {"role": "integration", "libraries": [{
                    "name": "axum", "signals": ["traces", "metrics"],
                    "conventions": "HTTP: stable",
                    "lines": [
                        {"feature": "axum", "adapter": "axum", "versions": ["0.8.0", "0.8.9"]},
                        {"feature": "full", "adapter": "axum-0_7", "versions": ["0.7.0"]},
                    ],
                }]}},
            }))
            .unwrap(),
        ]
    }

    fn readme(features: &str, libraries: &str) -> String {
        format!(
            "# Otelier\n<!-- features:begin -->{features}<!-- features:end -->\nmore\n\
             <!-- libraries:begin -->{libraries}<!-- libraries:end -->\n{ALL_VERSIONS}"
        )
    }

    fn docs(libraries: &str) -> String {
        let rows: String = libraries.lines().skip(1).map(|line| format!("//! {line}\n")).collect();
        format!("//! <!-- libraries:begin -->\n{rows}//! <!-- libraries:end -->\n//! more\n")
    }

    #[test]
    fn tables_are_checked_and_rewritten() {
        let results = Results::parse(TESTED);
        let (tested, picture) = (results.render(), draw(&results));
        let tree = |readme: &str, docs: &str| {
            Tree::of(&[
                (FACADE, MANIFEST),
                (README, readme),
                (FACADE_DOCS, docs),
                (PAGE, VERSIONS),
                (RESULTS, &tested),
                (PICTURE, &picture),
            ])
        };
        let right = tree(&readme(FEATURES, LIBRARIES), &docs(LIBRARIES));
        assert_eq!(messages(tables(&right, &members())), Vec::<String>::new());
        assert_eq!(fixed(&right, &members()).unwrap(), []);

        let stale = tree(&readme("\nold\n", LIBRARIES), &docs("\nold\n"));
        let rewrites = |name: &str| {
            format!("the table of {name} is out of date: `cargo xtask tidy --fix` rewrites it")
        };
        assert_eq!(
            messages(tables(&stale, &members())),
            [
                format!("crates/otelier/src/lib.rs:1: {}", rewrites("libraries")),
                format!("README.md:2: {}", rewrites("features")),
            ]
        );
        assert_eq!(
            fixed(&stale, &members()).unwrap(),
            [
                (FACADE_DOCS.to_owned(), docs(LIBRARIES)),
                (README.to_owned(), readme(FEATURES, LIBRARIES)),
            ]
        );
    }

    #[test]
    fn a_result_that_changed_changes_all_tables() {
        let old = Results::parse(TESTED);
        let new = TESTED.replace("0.7.9", "0.7.8");
        let tree = Tree::of(&[
            (FACADE, MANIFEST),
            (README, &readme(FEATURES, LIBRARIES)),
            (FACADE_DOCS, &docs(LIBRARIES)),
            (PAGE, VERSIONS),
            (RESULTS, &Results::parse(&new).render()),
            (PICTURE, &draw(&old)),
        ]);
        let mut paths: Vec<String> =
            tables(&tree, &members()).into_iter().map(|finding| finding.path).collect();
        paths.sort();
        assert_eq!(paths, [README, PAGE, PICTURE]);
        let fixed = fixed(&tree, &members()).unwrap();
        let page = fixed.iter().find(|(path, _)| path == PAGE);
        assert!(page.is_some_and(|(_, text)| text.contains("0.7.0 to 0.7.8")), "{fixed:?}");
        // A row that a person has put in the wrong place is put right as well.
        let tree = Tree::of(&[(RESULTS, TESTED), (PICTURE, &draw(&old))]);
        assert_eq!(written_files(&tree)[0].1, old.render());
    }

    #[test]
    fn a_document_without_its_table_is_found() {
        let none =
            Tree::of(&[(FACADE, MANIFEST), (README, "# Otelier\n"), (FACADE_DOCS, "//! A.\n")]);
        assert_eq!(
            messages(tables(&none, &members())),
            [
                "crates/otelier/src/lib.rs: has no table of libraries: `<!-- libraries:begin -->` \
                 … \
                 `<!-- libraries:end -->`",
                "README.md: has no table of libraries: `<!-- libraries:begin -->` … `<!-- \
                 libraries:end -->`",
                "README.md: has no table of versions: `<!-- versions:begin -->` … `<!-- \
                 versions:end -->`",
                "README.md: has no table of features: `<!-- features:begin -->` … `<!-- \
                 features:end -->`",
                "crates/otelier-tower/README.md: is missing",
            ]
        );
        assert!(fixed(&none, &members()).is_err());
        let findings = messages(tables(&Tree::of(&[]), &members()));
        assert!(findings.contains(&"README.md: is missing".to_owned()), "{findings:?}");
    }

    #[test]
    fn a_feature_says_what_it_adds() {
        let findings = features_without_text(&Tree::of(&[(FACADE, "[features]\naxum = []\n")]));
        assert_eq!(
            messages(findings),
            ["crates/otelier/Cargo.toml:2: the feature axum has no comment above it that says \
                 what it adds"]
        );
    }

    #[test]
    fn crate_docs_open_with_an_example_that_compiles() {
        let path = "crates/a/src/lib.rs";
        let check = |text: &str, expect: &[&str]| {
            let tree = Tree::of(&[(path, text), ("crates/a/README.md", "```rust\n```")]);
            assert_eq!(messages(examples(&tree)), expect);
        };
        let bad = "crates/a/src/lib.rs:1: the first example of the crate's docs does not compile \
                   as a doctest";
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
