//! Rules on every tracked text: nothing in it depends on one machine, nothing is left over, the
//! licenses are there.

use super::Finding;
use super::sources::{lines_with_word, markers};
use super::tree::Tree;
use crate::workspace::Package;

/// Directories that exist on one machine only. In two halves, or this file would break its own
/// rule.
const MACHINE_PATHS: [&str; 3] =
    [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/tmp/bash", "_jobs")];

/// Settings that send a package manager to somebody's own registry.
const REGISTRIES: [&str; 4] = [
    concat!("[sour", "ce."),
    concat!("[regist", "ries"),
    concat!("PIP_INDEX", "_URL"),
    concat!("--index", "-url"),
];

const LICENSE: &str = "MIT OR Apache-2.0";
const LICENSES: [(&str, &str); 2] =
    [("LICENSE-MIT", "Permission is hereby granted"), ("LICENSE-APACHE", "Apache License")];

/// Checks every tracked text file, and the licenses.
pub(super) fn check(tree: &Tree, members: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        for (number, line) in text.lines().enumerate() {
            let foreign = MACHINE_PATHS.iter().find(|machine| has_path(line, machine));
            if let Some(found) =
                foreign.or_else(|| REGISTRIES.iter().find(|name| line.contains(*name)))
            {
                let message = format!("`{found}` exists on one machine only");
                findings.push(Finding::new(path, number + 1, message));
            }
        }
        // In Rust, strings may hold these words; that is looked at where strings are known.
        if !path.ends_with(".rs") && path != "Cargo.lock" {
            for word in markers() {
                findings.extend(
                    lines_with_word(text, word)
                        .map(|line| Finding::new(path, line + 1, format!("{word} is left over"))),
                );
            }
        }
    }
    findings.extend(licenses(tree, members));
    findings
}

/// Whether the line has the path itself, not a longer one that ends alike.
fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        !line[..at]
            .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*'))
    })
}

fn licenses(tree: &Tree, members: &[Package]) -> Vec<Finding> {
    let missing = LICENSES
        .iter()
        .filter(|(path, sentence)| !tree.get(path).is_some_and(|text| text.contains(sentence)))
        .map(|(path, _)| {
            Finding::new(path, 0, "is missing, or is not the license it is named after")
        });
    let undeclared = members
        .iter()
        .filter(|package| package.license.as_deref() != Some(LICENSE))
        .map(|package| {
            Finding::new("Cargo.toml", 0, format!("{} must have `{LICENSE}`", package.name))
        });
    missing.chain(undeclared).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MIT: (&str, &str) = ("LICENSE-MIT", "Permission is hereby granted, free of charge");
    const APACHE: (&str, &str) = ("LICENSE-APACHE", "Apache License\nVersion 2.0");

    fn check(path: &str, text: &str, expect: &[&str]) {
        let tree = Tree::of(&[MIT, APACHE, (path, text)]);
        let messages: Vec<String> =
            super::check(&tree, &[]).iter().map(Finding::to_string).collect();
        assert_eq!(messages, expect);
    }

    #[test]
    fn paths_of_one_machine() {
        for path in MACHINE_PATHS {
            let message = format!("a.md:2: `{path}` exists on one machine only");
            check("a.md", &format!("a\nsee {path}x\n"), &[&message]);
            check("a.md", &format!("see https://example.org{path}x or target{path}"), &[]);
        }
        let registry = format!("{}crates-io]", REGISTRIES[0]);
        check(
            "a.toml",
            &registry,
            &[&format!("a.toml:1: `{}` exists on one machine only", REGISTRIES[0])],
        );
    }

    #[test]
    fn nothing_is_left_over_in_other_texts() {
        check("a.md", "a\nTODO b\n", &["a.md:2: TODO is left over"]);
        check("Cargo.lock", "checksum = \"XXX\"", &[]);
        check("a.rs", "f(\"TODO\")", &[]);
    }

    #[test]
    fn licenses_are_there_and_declared() {
        let messages = |tree: &Tree, members: &[Package]| {
            super::check(tree, members).iter().map(Finding::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            messages(&Tree::of(&[MIT, ("LICENSE-APACHE", "some text")]), &[]),
            ["LICENSE-APACHE: is missing, or is not the license it is named after"]
        );
        let package = |license: serde_json::Value| -> Package {
            serde_json::from_value(json!({
                "id": "a", "name": "a", "license": license,
                "publish": null, "features": {}, "targets": [],
                "manifest_path": "a", "dependencies": [],
            }))
            .unwrap()
        };
        let tree = Tree::of(&[MIT, APACHE]);
        assert_eq!(messages(&tree, &[package(json!(LICENSE))]), Vec::<String>::new());
        assert_eq!(
            messages(&tree, &[package(json!(null))]),
            ["Cargo.toml: a must have `MIT OR Apache-2.0`"]
        );
    }
}
