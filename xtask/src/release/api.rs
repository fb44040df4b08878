//! Which crates the public API of each package names types of. A new major version of one of them
//! is a breaking change of ours, so each stands in a list, with what it is there for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::{published, say};
use crate::step::Log;
use crate::workspace::{Package, Workspace};

/// The file with the list.
pub(crate) const LIST: &str = "xtask/data/public-types.txt";
/// The crates that come with the compiler.
const STANDARD: [&str; 3] = ["std", "core", "alloc"];

/// By package: the crates whose types it may show.
pub(crate) type List = BTreeMap<String, BTreeSet<String>>;

/// Names of crates, each with an item that shows it.
type Shown = BTreeMap<String, String>;

/// Compares the list with what the documentation of each package has.
pub(super) fn step(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let listed = read_list(workspace)?;
    let packages: Vec<&Package> = published(workspace).collect();
    let mut wrong = missing(&listed, &packages);
    log.run(document(workspace)?.arg("--workspace"))?;
    let built = workspace.target.join("doc");
    for package in &packages {
        wrong.extend(differences(&package.name, &built, &listed)?);
    }
    for line in &wrong {
        say(log, line)?;
    }
    if !wrong.is_empty() {
        bail!("{} differences from {LIST}", wrong.len());
    }
    Ok(())
}

/// The list as the workspace has it.
pub(crate) fn read_list(workspace: &Workspace) -> Result<List> {
    let text = fs::read_to_string(workspace.root.join(LIST));
    Ok(parse(&text.with_context(|| format!("cannot read {LIST}"))?))
}

/// Builds documentation as the step `docs` does, so that nothing is built a second time; but in
/// a format for programs, which is not stable yet. The packages are for the caller to add.
pub(crate) fn document(workspace: &Workspace) -> Result<Command> {
    let mut command = workspace.cargo();
    command
        .env("RUSTDOC", crate::doc::rustdoc(workspace)?)
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json")
        .args(["doc", "--color=never", "--no-deps", "--all-features", "--lib", "--examples"]);
    Ok(command)
}

/// How the list differs from the documentation of a package in the folder `built`.
pub(crate) fn differences(package: &str, built: &Path, listed: &List) -> Result<Vec<String>> {
    let path = built.join(format!("{}.json", package.replace('-', "_")));
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let json: Value = serde_json::from_slice(&text)?;
    let found = external(&json).context("the documentation has another format")?;
    let nothing = BTreeSet::new();
    Ok(compare(package, &found, listed.get(package).unwrap_or(&nothing)))
}

/// The packages that the list lacks, and those that it has and the workspace has not.
pub(crate) fn missing(listed: &List, packages: &[&Package]) -> Vec<String> {
    let is_package = |name: &str| packages.iter().any(|package| package.name == name);
    let lacking = packages.iter().filter(|package| !listed.contains_key(&package.name));
    lacking
        .map(|package| format!("{LIST} has no line for {}", package.name))
        .chain(
            listed
                .keys()
                .filter(|name| !is_package(name))
                .map(|name| format!("{LIST} names {name}, which is no package")),
        )
        .collect()
}

/// The crates that each package may name: `package: one, two`.
pub(crate) fn parse(text: &str) -> List {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(':'))
        .map(|(package, crates)| {
            let crates = crates.split(',').map(|name| name.trim().to_owned());
            (package.trim().to_owned(), crates.filter(|name| !name.is_empty()).collect())
        })
        .collect()
}

fn compare(package: &str, found: &Shown, listed: &BTreeSet<String>) -> Vec<String> {
    let new = found.iter().filter(|(name, _)| !listed.contains(*name)).map(|(name, item)| {
        format!("{package}: `{item}` shows a type of {name}, which {LIST} does not name")
    });
    let stale = listed.iter().filter(|name| !found.contains_key(*name)).map(|name| {
        format!("{package}: {LIST} names {name}, of which the public API shows no type")
    });
    new.chain(stale).collect()
}

/// The crates whose items are named by the package's own items, in rustdoc's JSON.
fn external(json: &Value) -> Option<Shown> {
    let (index, paths) = (json.get("index")?.as_object()?, json.get("paths")?.as_object()?);
    let crates = json.get("external_crates")?.as_object()?;
    let mut shown = Shown::new();
    for item in index.values().filter(|item| item["crate_id"] == 0) {
        let mut ids = Vec::new();
        // What the compiler writes for every type, and the links of documentation, promise nothing.
        if !is_automatic(item) {
            collect(&item["inner"], &mut ids);
        }
        for id in ids {
            let Some(path) = paths.get(&id) else { continue };
            let of = path["crate_id"].as_u64().unwrap_or_default().to_string();
            let Some(name) = crates.get(&of).and_then(|it| it["name"].as_str()) else { continue };
            let words = path["path"].as_array().into_iter().flatten();
            let item: Vec<&str> = words.filter_map(Value::as_str).collect();
            // Ours are published together. What a macro hides is nothing to rely on.
            let is_promised = !name.starts_with("otelier") && !item.contains(&"__private");
            if is_promised && !STANDARD.contains(&name) && of != "0" {
                shown.entry(name.to_owned()).or_insert_with(|| item.join("::"));
            }
        }
    }
    Some(shown)
}

/// Whether an item is an implementation that nobody wrote.
fn is_automatic(item: &Value) -> bool {
    let block = &item["inner"]["impl"];
    block["is_synthetic"] == true || !block["blanket_impl"].is_null()
}

/// The ids of the items that a type, a bound or an implementation names.
fn collect(value: &Value, ids: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("path") || fields.contains_key("source") {
                ids.extend(fields.get("id").and_then(Value::as_u64).map(|id| id.to_string()));
            }
            fields.values().for_each(|value| collect(value, ids));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, ids)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn documentation() -> Value {
        let path = |of: u64, words: &[&str]| json!({"crate_id": of, "path": words});
        json!({
            "index": {
                "1": {"crate_id": 0, "inner": {"function": {"sig": {"inputs": [
                    ["cx", {"borrowed_ref": {"type": {"resolved_path": {
                        "path": "Context", "id": 10, "args": null}}}}],
                    ["text", {"resolved_path": {"path": "String", "id": 11, "args": null}}],
                ]}}}},
                "2": {"crate_id": 0, "inner": {"impl": {
                    "is_synthetic": true, "blanket_impl": null,
                    "trait": {"path": "Service", "id": 12}}}},
                "3": {"crate_id": 1, "inner": {"resolved_path": {"path": "Service", "id": 12}}},
                "4": {"crate_id": 0, "inner": {"use": {"source": "own::Item", "id": 13}}},
            },
            "paths": {
                "10": path(1, &["opentelemetry", "Context"]), "11": path(2, &["alloc", "String"]),
                "12": path(3, &["tower_service", "Service"]), "13": path(0, &["own", "Item"]),
            },
            "external_crates": {
                "1": {"name": "opentelemetry"}, "2": {"name": "alloc"}, "3": {"name": "tower_service"},
            },
        })
    }

    #[test]
    fn crates_of_named_types_are_found() {
        let found = external(&documentation()).unwrap();
        let item = "opentelemetry::Context".to_owned();
        assert_eq!(found, [("opentelemetry".to_owned(), item)].into());
        assert_eq!(external(&json!({})), None);
    }

    #[test]
    fn the_list_and_the_documentation_agree() {
        let found = external(&documentation()).unwrap();
        let check = |list: &str, expect: &[&str]| {
            let listed = parse(list).remove("otelier-x").unwrap_or_default();
            assert_eq!(compare("otelier-x", &found, &listed), expect);
        };
        check("# Why.\notelier-x: opentelemetry\n", &[]);
        let new = "otelier-x: `opentelemetry::Context` shows a type of opentelemetry, which \
                   xtask/data/public-types.txt does not name";
        let stale = "otelier-x: xtask/data/public-types.txt names http, of which the public API \
                     shows no type";
        check("otelier-x: http\n", &[new, stale]);
        check("otelier-x:\n", &[new]);
    }
}
