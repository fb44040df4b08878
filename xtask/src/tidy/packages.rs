//! Each crate can be published: its manifest says what crates.io, docs.rs and our own tables show,
//! its package holds license and README, its `rust-version` is what its dependencies need, and its
//! recorder builds without the driver.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use super::Finding;
use crate::manifest::{Library, Line, Otelier, Role};
use crate::workspace::{Metadata, Package, Workspace};

/// What the code of the workspace needs by itself: `let` chains.
const OLDEST_RUST: &str = "1.88";
const SIGNALS: [&str; 3] = ["traces", "metrics", "logs"];
const PACKAGED: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// Checks the manifests of the packages under `crates/`.
pub(super) fn check(metadata: &Metadata) -> Vec<Finding> {
    let members = metadata.members();
    let crates = || members.iter().filter(|package| package.manifest().starts_with("crates/"));
    let facade = members.iter().find(|package| package.role() == Some(Role::Facade));
    let mut findings = Vec::new();
    for package in crates() {
        let table = match package.otelier() {
            Ok(Some(table)) => table,
            Ok(None) => {
                let roles = Role::OF_CRATES.map(|role| format!("\"{role}\"")).join(", ");
                let message = format!(
                    "needs a table `[package.metadata.otelier]` with a `role`, which is one of \
                     {roles}"
                );
                findings.push(Finding::new(package.manifest(), 0, message));
                continue;
            }
            Err(error) => {
                findings.push(Finding::new(package.manifest(), 0, format!("{error:#}")));
                continue;
            }
        };
        if table.role == Role::Integration {
            findings.extend(integration(package, &table, facade));
        }
    }
    for package in crates().filter(|package| package.is_published()) {
        findings.extend(published(package));
    }
    findings.extend(rust_versions(metadata));
    findings
}

/// Checks the `rust-version` of each package that is published.
pub(super) fn rust_versions(metadata: &Metadata) -> Vec<Finding> {
    let members = metadata.members();
    let names: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let published = members
        .iter()
        .filter(|package| package.manifest().starts_with("crates/") && package.is_published());
    published
        .filter_map(|package| {
            let (needed, because_of) = rust_version(package, metadata, &names)?;
            let message = format!("needs `rust-version = \"{needed}\"`, because of {because_of}");
            Some(Finding::new(package.manifest(), 0, message))
        })
        .collect()
}

/// The `rust-version` that a package needs, if it names another.
pub(super) fn needed_rust_version(metadata: &Metadata, name: &str) -> Option<String> {
    let members = metadata.members();
    let names: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let package = members.iter().find(|package| package.name == name)?;
    rust_version(package, metadata, &names).map(|(needed, _)| needed)
}

/// Checks what only other cargo commands can say: what a package holds, and what a recorder is
/// built with.
pub(super) fn check_with_cargo(workspace: &Workspace, members: &[Package]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in members.iter().filter(|package| package.manifest().starts_with("crates/")) {
        let Ok(Some(table)) = package.otelier() else { continue };
        if package.is_published() {
            let list =
                output(workspace, &["package", "--list", "--allow-dirty", "-p", &package.name])?;
            findings.extend(packaged(package, &list));
        }
        if table.role == Role::Integration {
            let arguments =
                ["tree", "-p", &package.name, "--no-default-features", "--edges", "normal"];
            let tree = output(workspace, &[&arguments[..], &["--prefix", "none"]].concat())?;
            findings.extend(without_driver(package, &table, &tree));
        }
    }
    Ok(findings)
}

fn output(workspace: &Workspace, arguments: &[&str]) -> Result<String> {
    let output = workspace
        .cargo()
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        bail!("cargo {} failed: {error}", arguments.join(" "));
    }
    String::from_utf8(output.stdout).context("cargo's output is not UTF-8")
}

fn integration(package: &Package, table: &Otelier, facade: Option<&Package>) -> Vec<Finding> {
    let mut messages = Vec::new();
    if table.libraries.is_empty() {
        messages.push(
            "names no library: add `[[package.metadata.otelier.libraries]]` with `name`, \
             `signals`, `conventions` and `lines`"
                .to_owned(),
        );
    }
    for library in &table.libraries {
        messages.extend(described(package, library, facade));
    }
    for library in &table.tested_with {
        messages.extend(versions(package, library));
    }
    if table.drivers.is_empty() {
        messages.push(
            "names no driver: `drivers` in `[package.metadata.otelier]` lists the optional \
             dependencies \
             that its recorder builds without"
                .to_owned(),
        );
    }
    for driver in &table.drivers {
        let found = package
            .dependencies
            .iter()
            .find(|dependency| dependency.kind.is_none() && dependency.called() == driver);
        match found {
            None => messages.push(format!("names the driver {driver}, but does not depend on it")),
            Some(dependency) if !dependency.optional => messages.push(format!(
                "the driver {driver} must be an optional dependency, behind a default feature, so \
                 that \
                 the recorder builds without it"
            )),
            Some(_) => {}
        }
    }
    messages.into_iter().map(|message| Finding::new(package.manifest(), 0, message)).collect()
}

fn described(package: &Package, library: &Library, facade: Option<&Package>) -> Vec<String> {
    let name = &library.name;
    let mut messages: Vec<String> =
        library.lines.iter().flat_map(|line| described_line(package, name, line, facade)).collect();
    let unknown = library.signals.iter().filter(|signal| !SIGNALS.contains(&signal.as_str()));
    messages.extend(
        unknown.map(|signal| format!("{name}: `{signal}` is none of {}", SIGNALS.join(", "))),
    );
    if library.signals.is_empty() || library.lines.is_empty() || library.conventions.is_empty() {
        messages.push(format!("{name}: says nothing of signals, lines or conventions"));
    }
    messages.extend(versions(package, library));
    messages
}

/// What is wrong with the versions that a library is tested in.
fn versions(package: &Package, library: &Library) -> Vec<String> {
    let name = &library.name;
    let mut messages: Vec<String> =
        library.lines.iter().flat_map(|line| versions_of_line(name, line)).collect();
    let asked: BTreeSet<[u32; 3]> = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind.is_none() && dependency.name == *name)
        .map(|dependency| numbers(oldest(&dependency.req)))
        .collect();
    let said: BTreeSet<[u32; 3]> = library
        .lines
        .iter()
        .filter_map(|line| line.versions.first())
        .map(|version| numbers(version))
        .collect();
    if !asked.is_empty() && asked != said {
        messages.push(format!(
            "{name}: the oldest versions of its lines are {}, but the dependencies ask for {}",
            joined(&said),
            joined(&asked)
        ));
    }
    messages
}

fn described_line(
    package: &Package,
    name: &str,
    line: &Line,
    facade: Option<&Package>,
) -> Vec<String> {
    let Line { feature, adapter, .. } = line;
    let mut messages = Vec::new();
    if let Some(facade) = facade
        && !facade.features.contains_key(feature)
    {
        messages.push(format!(
            "says that the feature {feature} of {} brings {name}, which has no such feature: add \
             it to {}",
            facade.name,
            facade.manifest()
        ));
    }
    if !package.features.contains_key(adapter) {
        messages.push(format!("{name}: the adapter `{adapter}` is no feature of this package"));
    }
    messages
}

fn versions_of_line(name: &str, line: &Line) -> Vec<String> {
    let Line { versions, pins, without, .. } = line;
    let mut messages = Vec::new();
    if versions.is_empty() || !versions.is_sorted_by_key(|version| numbers(version)) {
        messages.push(format!(
            "{name}: the versions of a line go from the oldest to the newest, and not {versions:?}"
        ));
    }
    let named = pins.keys().map(|version| ("pins", version));
    for (key, version) in named.chain(without.keys().map(|version| ("without", version))) {
        if !versions.contains(version) {
            messages.push(format!("{name}: {key} {version}, which is no version of its line"));
        }
    }
    messages
}

/// The oldest version of a requirement such as `^1.2` or `>=0.3, <0.5`.
fn oldest(requirement: &str) -> &str {
    requirement.split(',').next().unwrap_or_default().trim_start_matches(['^', '>', '=', ' '])
}

fn joined(versions: &BTreeSet<[u32; 3]>) -> String {
    let shown = versions.iter().map(|[major, minor, patch]| format!("{major}.{minor}.{patch}"));
    shown.collect::<Vec<_>>().join(", ")
}

fn published(package: &Package) -> Vec<Finding> {
    let mut missing = Vec::new();
    let documentation = format!("https://docs.rs/{}", package.name);
    if package.description.as_deref().is_none_or(str::is_empty) {
        missing.push("`description`".to_owned());
    }
    if package.documentation.as_deref() != Some(&documentation) {
        missing.push(format!("`documentation = \"{documentation}\"`"));
    }
    if package.repository.is_none() {
        missing.push("`repository.workspace = true`".to_owned());
    }
    if package.readme.is_none() {
        missing.push("`readme`".to_owned());
    }
    // crates.io takes five at most.
    if !(1..=5).contains(&package.keywords.len()) {
        missing.push("one to five `keywords`".to_owned());
    }
    if !(1..=5).contains(&package.categories.len()) {
        missing.push("one to five `categories`".to_owned());
    }
    let docs = package.metadata.pointer("/docs/rs");
    let has = |pointer: &str, value: &serde_json::Value| {
        docs.and_then(|docs| docs.pointer(pointer)) == Some(value)
    };
    if !has("/all-features", &true.into()) || !has("/rustdoc-args", &vec!["--cfg", "docsrs"].into())
    {
        missing.push(
            "`[package.metadata.docs.rs]` with `all-features = true` and \
             `rustdoc-args = [\"--cfg\", \"docsrs\"]`"
                .to_owned(),
        );
    }
    missing
        .into_iter()
        .map(|what| Finding::new(package.manifest(), 0, format!("needs {what}")))
        .collect()
}

/// `rust-version` is the highest of what the code and the dependencies in Cargo.lock need, and no
/// higher: a user with an older compiler could not build it.
///
/// What it should be, and because of what, if it is something else.
fn rust_version(
    package: &Package,
    metadata: &Metadata,
    members: &BTreeSet<&str>,
) -> Option<(String, String)> {
    let packages: BTreeMap<&str, &Package> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package)).collect();
    // Of the integrations that the facade can turn on, each states its own.
    let optional: BTreeSet<&str> = package
        .dependencies
        .iter()
        .filter(|it| it.optional && it.kind.is_none())
        .map(|it| it.name.as_str())
        .filter(|name| members.contains(name))
        .collect();
    let mut reached = BTreeSet::new();
    let mut open = vec![package.id.as_str()];
    while let Some(id) = open.pop() {
        if !reached.insert(id) {
            continue;
        }
        let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        for dep in nodes.filter(|node| node.id == id).flat_map(|node| &node.deps) {
            let is_used = dep.dep_kinds.iter().any(|kind| kind.kind.as_deref() != Some("dev"));
            let is_left_out = packages.get(dep.pkg.as_str()).is_some_and(|dependency| {
                id == package.id && optional.contains(dependency.name.as_str())
            });
            if is_used && !is_left_out {
                open.push(&dep.pkg);
            }
        }
    }
    let needed = reached
        .into_iter()
        .filter(|id| *id != package.id)
        .filter_map(|id| packages.get(id))
        .filter_map(|dependency| Some((dependency.rust_version.as_deref()?, &*dependency.name)))
        .chain([(OLDEST_RUST, "the language")])
        .max_by_key(|(version, _)| numbers(version))?;
    let declared = package.rust_version.as_deref().unwrap_or_default();
    (numbers(declared) != numbers(needed.0)).then(|| (needed.0.to_owned(), needed.1.to_owned()))
}

/// A version as numbers that can be compared: what is left out is zero.
fn numbers(version: &str) -> [u32; 3] {
    let mut numbers = [0; 3];
    for (number, text) in numbers.iter_mut().zip(version.split('.')) {
        *number = text.parse().unwrap_or(0);
    }
    numbers
}

fn packaged(package: &Package, list: &str) -> Vec<Finding> {
    PACKAGED
        .iter()
        .filter(|file| !list.lines().any(|line| line == **file))
        .map(|file| {
            let message = format!("`cargo package` does not pack {file}: put it beside this file");
            Finding::new(package.manifest(), 0, message)
        })
        .collect()
}

fn without_driver(package: &Package, table: &Otelier, tree: &str) -> Vec<Finding> {
    let built: BTreeSet<&str> =
        tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let drivers: BTreeSet<&str> = package
        .dependencies
        .iter()
        .filter(|dependency| table.drivers.iter().any(|driver| driver == dependency.called()))
        .map(|dependency| dependency.name.as_str())
        .collect();
    drivers
        .into_iter()
        .filter(|driver| built.contains(driver))
        .map(|driver| {
            let message = format!(
                "its recorder is built with {driver}: `cargo tree -p {} --no-default-features -e \
                 normal \
                 -i {driver}` says why",
                package.name
            );
            Finding::new(package.manifest(), 0, message)
        })
        .collect()
}

#[cfg(test)]
mod tests;
