//! Each dependency is there for a reason that ARCHITECTURE.md gives in one line, and OpenTelemetry
//! is there once.

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
    let mut findings = explained(tree, members);
    findings.extend(one_version(tree));
    findings.extend(used(tree, members));
    findings
}

/// Every dependency has its line, wherever it stands, and every line its dependency.
fn explained(tree: &Tree, members: &[Package]) -> Vec<Finding> {
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
    let wanted = all_dependencies(tree, members);
    let missing = wanted.iter().filter(|(name, _)| !explained.contains_key(**name)).map(
        |(name, manifest)| {
            let message = format!(
                "`{HEADING}` needs a line that begins with ``- `{name}`: `` and says why \
                 {manifest} \
                 depends on it"
            );
            Finding::new(ARCHITECTURE, 0, message)
        },
    );
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

/// The dependencies of the workspace, of each of its packages, and of the manifests that are no
/// part of it, each with a manifest that names it.
fn all_dependencies<'a>(tree: &'a Tree, members: &'a [Package]) -> BTreeMap<&'a str, &'a str> {
    let own: BTreeSet<&str> = members.iter().map(|package| package.name.as_str()).collect();
    let mut found = BTreeMap::new();
    let manifest = tree.get(MANIFEST).unwrap_or_default();
    for name in workspace_dependencies(manifest).into_keys() {
        found.insert(name, MANIFEST);
    }
    let of_members = members.iter().flat_map(|package| {
        package.dependencies.iter().map(|it| (it.name.as_str(), package.manifest()))
    });
    let of_programs = tree
        .files()
        .filter(|(path, text)| path.ends_with("/Cargo.toml") && text.contains("[workspace]"))
        .flat_map(|(path, text)| tables(text, is_dependency_table).map(move |it| (it.0, path)));
    for (name, manifest) in of_members.chain(of_programs) {
        if !own.contains(name) {
            found.entry(name).or_insert(manifest);
        }
    }
    found
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

/// A workspace dependency that no package names is not needed.
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
    tables(manifest, |table| table == "workspace.dependencies").collect()
}

fn is_dependency_table(table: &str) -> bool {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .any(|end| table == *end || table.ends_with(&format!(".{end}")))
}

/// The names in some tables of a manifest, with their lines; without what has a path.
fn tables<'a>(
    manifest: &'a str,
    is_wanted: impl Fn(&str) -> bool + 'a,
) -> impl Iterator<Item = (&'a str, usize)> + 'a {
    let mut inside = false;
    manifest.lines().enumerate().filter_map(move |(number, line)| {
        if let Some(header) = line.strip_prefix('[') {
            inside = is_wanted(header.trim_end().trim_end_matches(']'));
            return None;
        }
        let (key, value) = line.split_once('=').filter(|_| inside)?;
        // Another name for a package, and `tokio.workspace = true`.
        let renamed = value.split_once("package = \"").and_then(|(_, rest)| rest.split_once('"'));
        let name = renamed.map_or(key.trim(), |(name, _)| name);
        let name = name.split_once('.').map_or(name, |(name, _)| name);
        let is_entry = !line.starts_with([' ', '\t', '#']) && !value.contains("path = \"");
        is_entry.then_some((name, number + 1))
    })
}

/// The names in the list items of the section on dependencies, with their lines. An item may name
/// several that are there for one reason: ``- `a`, `b`: why``.
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

    const ROOT: &str = "[workspace.dependencies]\nown = { path = \"crates/own\", version = \"1\" \
                        }\n\
                        # Why.\nhttp = \"1\"\ntower = { version = \"1\" }\n\n[profile.dev]\ndebug \
                        = 1\n";
    const ONE: &str = "[[package]]\nname = \"opentelemetry\"\nversion = \"0.33.1\"\n";

    fn messages(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn each_dependency_has_its_reason() {
        let check = |architecture: &str, expect: &[&str]| {
            let tree = Tree::of(&[(MANIFEST, ROOT), (ARCHITECTURE, architecture)]);
            assert_eq!(messages(&explained(&tree, &[])), expect);
        };
        check("# A\n\n## Dependencies\n\n- `http`: types\n- `tower`: services\n", &[]);
        check("## Dependencies\n- `http`, `tower`: one reason\n", &[]);
        let missing = "ARCHITECTURE.md: `## Dependencies` needs a line that begins with ``- \
                       `tower`: `` and \
                       says why Cargo.toml depends on it";
        check("## Dependencies\n- `http`: types\n", &[missing]);
        check("## Dependencies\n- `http`: types\n- `tower`:\n", &[missing]);
        check("## Dependencies\n- `http`: types\n\n## Other\n- `tower`: services\n", &[missing]);
        check(
            "## Dependencies\n- `http`, `tower`: one\n- `hyper`: gone\n",
            &["ARCHITECTURE.md:3: gives a reason for hyper, which is no dependency"],
        );
        check(
            "# A\n",
            &["ARCHITECTURE.md: needs a section `## Dependencies` with a line `- `name`: reason` \
                 for each \
               dependency"],
        );
        assert_eq!(
            messages(&explained(&Tree::of(&[(MANIFEST, ROOT)]), &[])),
            ["ARCHITECTURE.md: is missing"]
        );
    }

    #[test]
    fn a_dependency_needs_a_reason_wherever_it_stands() {
        let member: Package = serde_json::from_value(json!({
            "id": "a", "name": "own", "license": null,
            "publish": null, "features": {}, "targets": [],
            "manifest_path": "examples/own/Cargo.toml",
            "dependencies": [{"name": "anyhow", "kind": "dev"}, {"name": "own", "kind": null}],
        }))
        .unwrap();
        let program = "[workspace]\n\n[package]\nname = \"p\"\n\n[dependencies]\nown = { path \
                       = \"..\" }\n\
                       alias = { package = \"rand\", version = \"1\" }\nhttp = \"1\"\n\n\
                       [target.'cfg(unix)'.dev-dependencies]\nnix.version = \"1\"\n";
        let reasons = "## Dependencies\n- `http`, `tower`: types\n";
        let tree = Tree::of(&[
            (MANIFEST, ROOT),
            (ARCHITECTURE, reasons),
            ("programs/p/Cargo.toml", program),
        ]);
        let needs = |name: &str, manifest: &str| {
            format!(
                "ARCHITECTURE.md: `## Dependencies` needs a line that begins with ``- `{name}`: `` \
                 and says \
                 why {manifest} depends on it"
            )
        };
        assert_eq!(
            messages(&explained(&tree, &[member])),
            [
                needs("anyhow", "examples/own/Cargo.toml"),
                needs("nix", "programs/p/Cargo.toml"),
                needs("rand", "programs/p/Cargo.toml"),
            ]
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
            "id": "a", "name": "a", "license": null,
            "publish": null, "features": {}, "targets": [],
            "manifest_path": "a", "dependencies": [{"name": "http", "kind": null}],
        }))
        .unwrap();
        let findings = used(&Tree::of(&[(MANIFEST, ROOT)]), &[package]);
        assert_eq!(messages(&findings), ["Cargo.toml:5: no package depends on tower"]);
    }
}
