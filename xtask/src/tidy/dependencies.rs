//! Each dependency is there for a reason that ARCHITECTURE.md gives in one line, and OpenTelemetry is there once.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::tree::Tree;
use crate::workspace::Package;

const ARCHITECTURE: &str = "ARCHITECTURE.md";
const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";
const HEADING: &str = "## Dependencies";

/// Checks the workspace's dependencies.
pub(super) fn check(tree: &Tree, members: &[Package]) -> Vec<Finding> {
    let mut findings = explained(tree);
    findings.extend(one_version(tree));
    findings.extend(used(tree, members));
    findings
}

/// Every workspace dependency has its line, and every line its dependency.
fn explained(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.get(ARCHITECTURE) else {
        return vec![Finding::new(ARCHITECTURE, 0, "is missing")];
    };
    let explained = explained_dependencies(text);
    if explained.is_empty() {
        let message = format!(
            "needs a section `{HEADING}` with a line `- `name`: reason` for each dependency"
        );
        return vec![Finding::new(ARCHITECTURE, 0, message)];
    }
    let wanted = workspace_dependencies(tree.get(MANIFEST).unwrap_or_default());
    let missing = wanted.keys().filter(|name| !explained.contains_key(*name)).map(|name| {
        Finding::new(ARCHITECTURE, 0, format!("does not say why {name} is a dependency"))
    });
    let stale =
        explained.iter().filter(|(name, _)| !wanted.contains_key(*name)).map(|(name, line)| {
            Finding::new(
                ARCHITECTURE,
                *line,
                format!("gives a reason for {name}, which is no dependency"),
            )
        });
    missing.chain(stale).collect()
}

/// Two OpenTelemetry versions are two sets of globals: spans of one are not seen by the other.
fn one_version(tree: &Tree) -> Vec<Finding> {
    let Some(lock) = tree.get(LOCK) else { return vec![Finding::new(LOCK, 0, "is missing")] };
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut findings = Vec::new();
    let mut name = "";
    for (number, line) in lock.lines().enumerate() {
        if let Some(value) = quoted_value(line, "name") {
            name = value;
        } else if let Some(version) = quoted_value(line, "version") {
            versions.entry(name).or_default().push(version);
        } else if let Some(origin) = quoted_value(line, "source")
            && origin != concat!("registry+https://github.com/rust-lang/", "crates.io-index")
        {
            let message = format!("{name} does not come from crates.io");
            findings.push(Finding::new(LOCK, number + 1, message));
        }
    }
    for (name, versions) in versions {
        if name.starts_with("opentelemetry") && versions.len() > 1 {
            let message =
                format!("has {name} in versions {}: there must be one", versions.join(" and "));
            findings.push(Finding::new(LOCK, 0, message));
        }
    }
    findings
}

/// A workspace dependency that no package names is one nobody needs.
fn used(tree: &Tree, members: &[Package]) -> Vec<Finding> {
    let names: BTreeSet<&str> = members
        .iter()
        .flat_map(|package| &package.dependencies)
        .map(|dependency| dependency.name.as_str())
        .collect();
    workspace_dependencies(tree.get(MANIFEST).unwrap_or_default())
        .into_iter()
        .filter(|(name, _)| !names.contains(name))
        .map(|(name, line)| Finding::new(MANIFEST, line, format!("no package depends on {name}")))
        .collect()
}

/// The dependencies of the root manifest that are not our own packages, with their lines.
fn workspace_dependencies(manifest: &str) -> BTreeMap<&str, usize> {
    let mut dependencies = BTreeMap::new();
    let mut inside = false;
    for (number, line) in manifest.lines().enumerate() {
        if let Some(header) = line.strip_prefix('[') {
            inside = header.starts_with("workspace.dependencies]");
            continue;
        }
        let name = line.split_once('=').map(|(name, _)| name.trim());
        if let Some(name) = name.filter(|name| inside && !name.starts_with('#'))
            && !line.contains("path = \"")
        {
            dependencies.insert(name, number + 1);
        }
    }
    dependencies
}

/// The names in the list items of the section on dependencies, with their lines. An item may name several that
/// are there for one reason: ``- `a`, `b`: why``.
fn explained_dependencies(text: &str) -> BTreeMap<&str, usize> {
    let mut explained = BTreeMap::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("## ") {
            inside = line.trim_end() == HEADING;
        }
        let Some(item) = line.strip_prefix("- ").filter(|_| inside) else { continue };
        // An item without a reason explains nothing.
        let Some((names, reason)) = item.split_once(':') else { continue };
        if !reason.trim().is_empty() {
            explained.extend(names.split('`').skip(1).step_by(2).map(|name| (name, number + 1)));
        }
    }
    explained
}

/// The value of a `key = "value"` line.
fn quoted_value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ROOT: &str = "[workspace.dependencies]\nown = { path = \"crates/own\", version = \"1\" }\n\
                        # Why.\nhttp = \"1\"\ntower = { version = \"1\" }\n\n[profile.dev]\ndebug = 1\n";
    const ONE: &str = "[[package]]\nname = \"opentelemetry\"\nversion = \"0.33.1\"\n";

    fn messages(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn each_dependency_has_its_reason() {
        let check = |architecture: &str, expect: &[&str]| {
            let tree = Tree::of(&[(MANIFEST, ROOT), (ARCHITECTURE, architecture)]);
            assert_eq!(messages(&explained(&tree)), expect);
        };
        check("# A\n\n## Dependencies\n\n- `http`: types\n- `tower`: services\n", &[]);
        check("## Dependencies\n- `http`, `tower`: one reason\n", &[]);
        let missing = "ARCHITECTURE.md: does not say why tower is a dependency";
        check("## Dependencies\n- `http`: types\n", &[missing]);
        check("## Dependencies\n- `http`: types\n- `tower`:\n", &[missing]);
        check("## Dependencies\n- `http`: types\n\n## Other\n- `tower`: services\n", &[missing]);
        check(
            "## Dependencies\n- `http`, `tower`: one\n- `hyper`: gone\n",
            &["ARCHITECTURE.md:3: gives a reason for hyper, which is no dependency"],
        );
        check(
            "# A\n",
            &[
                "ARCHITECTURE.md: needs a section `## Dependencies` with a line `- `name`: reason` for each \
               dependency",
            ],
        );
        assert_eq!(
            messages(&explained(&Tree::of(&[(MANIFEST, ROOT)]))),
            ["ARCHITECTURE.md: is missing"]
        );
    }

    #[test]
    fn opentelemetry_is_there_once_and_comes_from_the_registry() {
        let check = |lock: &str, expect: &[&str]| {
            assert_eq!(messages(&one_version(&Tree::of(&[(LOCK, lock)]))), expect);
        };
        check(ONE, &[]);
        check(&format!("{ONE}[[package]]\nname = \"http\"\nversion = \"0.31.0\"\n"), &[]);
        check(
            &format!("{ONE}{}", ONE.replace("0.33.1", "0.31.0")),
            &["Cargo.lock: has opentelemetry in versions 0.33.1 and 0.31.0: there must be one"],
        );
        check(
            &format!("{ONE}source = \"git+https://example.org/x\"\n"),
            &["Cargo.lock:4: opentelemetry does not come from crates.io"],
        );
    }

    #[test]
    fn a_dependency_nobody_names_is_found() {
        let package: Package = serde_json::from_value(json!({
            "id": "a", "name": "a", "license": null, "publish": null, "features": {}, "targets": [],
            "manifest_path": "a", "dependencies": [{"name": "http", "kind": null}],
        }))
        .unwrap();
        let findings = used(&Tree::of(&[(MANIFEST, ROOT)]), &[package]);
        assert_eq!(messages(&findings), ["Cargo.toml:5: no package depends on tower"]);
    }
}
