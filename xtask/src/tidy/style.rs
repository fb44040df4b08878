//! How files look: lines that fit, plain words, one module style, and few test binaries.

use super::Finding;
use super::tree::{Kind, Source, Tree};
use crate::workspace::Package;

const COLUMNS: usize = 100;
/// What crates.io and GitHub show of a code block without a scroll bar.
const README_COLUMNS: usize = 90;
const WORDS_FILE: &str = "xtask/data/words.txt";
const WORDS: &str = include_str!("../../data/words.txt");

/// Checks all files.
pub(super) fn check(tree: &Tree, members: &[Package]) -> Vec<Finding> {
    let words = Words::parse(WORDS);
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        findings.extend(columns(path, text));
        findings.extend(words_left(&words, path, text));
        if path.ends_with("/mod.rs") {
            let better = path.replace("/mod.rs", ".rs");
            let message = format!("a module with submodules is a file beside its folder: {better}");
            findings.push(Finding::new(path, 0, message));
        }
    }
    for package in members.iter().filter(|package| package.manifest().starts_with("crates/")) {
        let manifest = tree.get(package.manifest()).unwrap_or_default();
        findings.extend(test_binaries(package, manifest));
    }
    findings
}

/// Lines of Rust, and of code blocks in a README, that are too long. A line with a URL, with a
/// string, of a table or of what a program prints cannot be broken.
fn columns(path: &str, text: &str) -> Vec<Finding> {
    // What is laid out by hand is a table, a row to a line.
    let is_rust = path.ends_with(".rs") && !text.contains("#[rustfmt::skip]");
    let is_readme = path == "README.md" || path.ends_with("/README.md");
    let (most, mut is_code) = if is_rust { (COLUMNS, true) } else { (README_COLUMNS, false) };
    let mut is_fenced = false;
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|_| is_rust || is_readme) {
        if let Some(language) = line.trim_start().strip_prefix("```").filter(|_| is_readme) {
            // What a program prints is no code.
            is_code = !is_fenced && language != "text";
            is_fenced = !is_fenced;
        }
        let columns = line.chars().count();
        if is_code && columns > most && !is_whole(line) {
            let message = format!("has {columns} columns, more than {most}");
            findings.push(Finding::new(path, number + 1, message));
        }
    }
    findings
}

/// Whether a line has to stay whole.
fn is_whole(line: &str) -> bool {
    let comment =
        line.trim_start().strip_prefix("//").map(|rest| rest.trim_start_matches(['/', '!']));
    let is_row = comment.is_some_and(|comment| comment.trim_start().starts_with('|'));
    is_row || line.contains("://") || line.contains(['"', '─', '│'])
}

/// Each test binary is linked by itself, and repeats what the others have: one is enough, `it`, and
/// `fuzz` beside it. Another needs a reason: a comment above its `[[test]]`.
fn test_binaries(package: &Package, manifest: &str) -> Vec<Finding> {
    let binaries: Vec<&str> = package
        .targets_of("test")
        .map(|target| target.name.as_str())
        .filter(|name| *name != "fuzz")
        .collect();
    let main = binaries.iter().find(|name| **name == "it").or_else(|| binaries.first());
    binaries
        .iter()
        .filter(|name| Some(*name) != main && !has_reason(manifest, name))
        .map(|name| {
            let message = format!(
                "the test binary {name} has no reason: make it a module of tests/it/main.rs, or \
                 write \
                 why not above its `[[test]]`"
            );
            Finding::new(package.manifest(), 0, message)
        })
        .collect()
}

fn has_reason(manifest: &str, binary: &str) -> bool {
    let named = format!("name = \"{binary}\"");
    let lines: Vec<&str> = manifest.lines().collect();
    lines.iter().enumerate().any(|(index, line)| {
        let is_table = *line == "[[test]]" && index > 0;
        let table = lines[index..].iter().skip(1).take_while(|line| !line.starts_with('['));
        is_table
            && lines[index - 1].starts_with('#')
            && table.into_iter().any(|line| *line == named)
    })
}

/// A word to leave.
struct Word {
    /// Whether only identifiers count.
    in_code: bool,
    word: &'static str,
    /// Whether it stands for all words that begin so.
    is_stem: bool,
    say: &'static str,
}

struct Words(Vec<Word>);

impl Words {
    fn parse(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let word = |line: &'static str| {
            let mut columns = line.splitn(3, '|').map(str::trim);
            let (place, word, say) = (columns.next()?, columns.next()?, columns.next()?);
            let stem = word.strip_suffix('*');
            Some(Word {
                in_code: place == "code",
                word: stem.unwrap_or(word),
                is_stem: stem.is_some(),
                say,
            })
        };
        Self(lines.filter_map(word).collect())
    }
}

fn words_left(words: &Words, path: &str, text: &str) -> Vec<Finding> {
    let is_text = [".md", ".toml", ".yaml"].iter().any(|ending| path.ends_with(ending));
    let mut findings = Vec::new();
    if path.ends_with(".rs") {
        for piece in (Source { path, text }).pieces() {
            find_words(words, piece.kind == Kind::Code, piece.text, |line, message| {
                findings.push(Finding::new(path, piece.line + line, message));
            });
        }
    } else if is_text {
        find_words(words, false, text, |line, message| {
            findings.push(Finding::new(path, line + 1, message));
        });
    }
    findings
}

/// Calls `found` with the line, counted from zero, and the message of each word.
fn find_words(words: &Words, is_code: bool, text: &str, mut found: impl FnMut(usize, String)) {
    for (number, line) in text.lines().enumerate() {
        for word in words.0.iter().filter(|word| is_code || !word.in_code) {
            if has(line, word) {
                let message = format!("says `{}`: say {} ({WORDS_FILE})", word.word, word.say);
                found(number, message);
            }
        }
    }
}

/// Whether the line has the word. Ordinary words are found in any case and inside of snake case.
fn has(line: &str, word: &Word) -> bool {
    let lower = (!word.in_code).then(|| line.to_lowercase());
    let line = lower.as_deref().unwrap_or(line);
    let is_part = |c: char| c.is_alphanumeric() || (word.in_code && c == '_');
    line.match_indices(word.word).any(|(at, found)| {
        !line[..at].ends_with(is_part)
            && (word.is_stem || !line[at + found.len()..].starts_with(is_part))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn messages(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn long_lines_are_found() {
        let fits = "x".repeat(COLUMNS);
        assert_eq!(columns("a.rs", &fits), []);
        assert_eq!(
            messages(&columns("a.rs", &format!("\n{fits}é"))),
            ["a.rs:2: has 101 columns, more than 100"]
        );
        assert_eq!(columns("a.rs", &format!("// https://{fits}")), []);
        assert_eq!(columns("a.rs", &format!("//! | {fits} |")), []);
        assert_eq!(columns("a.rs", &format!("    \"{fits}\",")), []);
        assert_eq!(columns("a.md", &format!("{fits}x")), []);
        assert_eq!(columns("a.rs", &format!("#[rustfmt::skip]\n{fits}x")), []);
        let readme = format!("{fits}x\n```\n{}\n{fits}\n```\n{fits}\n", &fits[..README_COLUMNS]);
        assert_eq!(
            messages(&columns("crates/a/README.md", &readme)),
            ["crates/a/README.md:4: has 100 columns, more than 90"]
        );
        assert_eq!(columns("README.md", &format!("```text\n{fits}\n```\n{fits}\n")), []);
    }

    #[test]
    fn words_to_leave_are_found_where_they_stand() {
        let words =
            Words::parse("code | Life | state\nall | drawe* | drawi\nall | turns out | link\n");
        let check = |path: &str, text: &str, expect: &[&str]| {
            assert_eq!(messages(&words_left(&words, path, text)), expect);
        };
        let life = "a.rs:1: says `Life`: say state (xtask/data/words.txt)";
        check("a.rs", "struct Life;", &[life]);
        check("a.rs", "struct Lifetime; // Life is short\nlet my_Life = \"Life\";", &[]);
        let stem = |at: &str| format!("{at}: says `drawe`: say drawi (xtask/data/words.txt)");
        check("a.rs", "fn all_drawees() {}", &[&stem("a.rs:1")]);
        check("a.rs", "//! A.\n// Drawees.", &[&stem("a.rs:2")]);
        check("a.md", "redrawees, a drawee", &[&stem("a.md:1")]);
        check(
            "a.md",
            "It turns out",
            &["a.md:1: says `turns out`: say link (xtask/data/words.txt)"],
        );
        check("a.lock", "drawee", &[]);
    }

    #[test]
    fn the_list_of_words_is_there() {
        let words = Words::parse(WORDS);
        assert!(words.0.len() > 40);
        assert!(words.0.iter().all(|word| !word.word.is_empty() && !word.say.is_empty()));
    }

    #[test]
    fn a_module_is_a_file_beside_its_folder() {
        let tree = Tree::of(&[("crates/a/src/b/mod.rs", "//! A.\n"), ("crates/a/src/c.rs", "")]);
        assert_eq!(
            messages(&check(&tree, &[])),
            ["crates/a/src/b/mod.rs: a module with submodules is a file beside its folder: \
                 crates/a/src/b.rs"]
        );
    }

    #[test]
    fn a_second_test_binary_needs_a_reason() {
        let package = |binaries: &[&str]| -> Package {
            let targets: Vec<_> =
                binaries.iter().map(|name| json!({"name": name, "kind": ["test"]})).collect();
            serde_json::from_value(json!({
                "id": "a", "name": "a", "license": null, "publish": null, "features": {},
                "targets": targets, "manifest_path": "crates/a/Cargo.toml", "dependencies": [],
            }))
            .unwrap()
        };
        let check = |binaries: &[&str], manifest: &str, expect: &[&str]| {
            let found: Vec<String> = messages(&test_binaries(&package(binaries), manifest));
            let names: Vec<&str> = found
                .iter()
                .map(|text| {
                    text.strip_prefix("crates/a/Cargo.toml: the test binary ")
                        .and_then(|text| text.split_once(" has no reason"))
                        .unwrap()
                        .0
                })
                .collect();
            assert_eq!(names, expect);
        };
        check(&["names"], "", &[]);
        check(&["it", "fuzz"], "", &[]);
        check(&["allocations", "it"], "", &["allocations"]);
        check(&["allocations", "it"], "\n[[test]]\nname = \"allocations\"\n", &["allocations"]);
        let reason = "# Counts allocations.\n[[test]]\nname = \"allocations\"\nharness = false\n";
        check(&["allocations", "it"], reason, &[]);
        check(&["allocations", "it", "more"], reason, &["more"]);
    }
}
