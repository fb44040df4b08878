//! Two packages for a copy of the workspace. One depends on all that the workspace depends on: with
//! it in a selection, each dependency has the version and the features that it has in a build of
//! everything, so that it is not compiled again for each selection. The other does so only for what
//! runs in builds, such as macros: it changes no dependency of a library.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::workspace::Workspace;

/// The name of the package with all dependencies.
pub(crate) const PACKAGE: &str = "same-dependencies";
/// The name of the package with those that run in builds.
pub(crate) const OF_BUILDS: &str = "same-build-dependencies";

/// Adds the packages to a copy of the workspace.
pub(crate) fn add(workspace: &Workspace, copy: &Path) -> Result<()> {
    let units = units(workspace)?;
    let (of_programs, of_builds) = dependencies(&units);
    for (name, of_programs) in [(PACKAGE, of_programs), (OF_BUILDS, Features::new())] {
        let folder = copy.join("crates").join(name);
        fs::create_dir_all(&folder)?;
        write(&folder.join("lib.rs"), "")?;
        write(&folder.join("Cargo.toml"), &manifest(name, &of_programs, &of_builds))?;
    }
    Ok(())
}

/// Writes a file unless it has the text: a newer one would be compiled again.
fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|is| is == text) {
        return Ok(());
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// What cargo compiles for clippy, as the option `--unit-graph` prints it.
#[derive(Deserialize)]
struct Units {
    units: Vec<Unit>,
    roots: Vec<usize>,
}

#[derive(Deserialize)]
struct Unit {
    pkg_id: String,
    target: Target,
    features: Vec<String>,
    dependencies: Vec<Edge>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Edge {
    index: usize,
}

fn units(workspace: &Workspace) -> Result<Units> {
    let mut command = workspace.cargo();
    command.args(["check", "--workspace", "--all-targets", "--all-features"]);
    command.args(["--unit-graph", "-Z", "unstable-options"]);
    // Options with `-Z` are for nightly compilers otherwise. Nothing is compiled here.
    let output = command.env("RUSTC_BOOTSTRAP", "1").output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("cargo prints no units: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("cargo prints the units otherwise")
}

/// Features by name and version of a package.
type Features<'a> = BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>;

/// The manifest of a package. What runs while building is a dependency of builds: the same package
/// may have other features there.
fn manifest(package: &str, of_programs: &Features<'_>, of_builds: &Features<'_>) -> String {
    let mut text = format!(
        "[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         publish = false\n\n[lib]\npath = \"lib.rs\"\n"
    );
    for (table, features) in [("dependencies", of_programs), ("build-dependencies", of_builds)] {
        let _ = writeln!(text, "\n[{table}]");
        for ((name, version), features) in features {
            // `1.2.3+x`: a requirement has no such end.
            let version = version.split('+').next().unwrap_or_default();
            // Several versions of one package need a name for each, the same one in both tables.
            let called = format!("{name}-{}", version.replace('.', "_"));
            let features: Vec<&&str> = features.iter().collect();
            let _ = writeln!(
                text,
                "{called} = {{ package = \"{name}\", version = \"={version}\", \
                 default-features = false, features = {features:?} }}"
            );
        }
    }
    text
}

fn dependencies(units: &Units) -> (Features<'_>, Features<'_>) {
    let (mut of_programs, mut of_builds) = (Features::new(), Features::new());
    let mut seen = BTreeSet::new();
    let mut open: Vec<(usize, bool)> = units.roots.iter().map(|root| (*root, false)).collect();
    while let Some((at, is_of_build)) = open.pop() {
        let Some(unit) = units.units.get(at).filter(|_| seen.insert((at, is_of_build))) else {
            continue;
        };
        let is = |kind: &str| unit.target.kind.iter().any(|it| it == kind);
        let runs_in_builds = is_of_build || is("proc-macro") || is("custom-build");
        open.extend(unit.dependencies.iter().map(|edge| (edge.index, runs_in_builds)));
        // `registry+https://…#name@1.2.3`; those of the workspace are `path+file://…`.
        let id = unit
            .pkg_id
            .strip_prefix("registry+")
            .and_then(|id| id.rsplit_once('#')?.1.split_once('@'));
        if let Some(id) = id.filter(|_| !is("custom-build")) {
            let features = if is_of_build { &mut of_builds } else { &mut of_programs };
            features.entry(id).or_default().extend(unit.features.iter().map(String::as_str));
        }
    }
    (of_programs, of_builds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_runs_in_builds_has_features_of_its_own() {
        let unit = |id: &str, kind: &str, features: &[&str], dependencies: &[usize]| {
            let edges: Vec<_> = dependencies.iter().map(|at| json!({"index": at})).collect();
            json!({"pkg_id": id, "target": {"kind": [kind]}, "features": features,
                   "dependencies": edges})
        };
        let of = |id: &str| format!("registry+https://example.com#{id}");
        let units = json!({"roots": [0], "units": [
            unit("path+file:///own#0.1.0", "lib", &[], &[1, 2]),
            unit(&of("serde@1.0.1"), "lib", &["derive", "std"], &[2]),
            unit(&of("serde_derive@1.0.1"), "proc-macro", &[], &[3]),
            unit(&of("syn@2.0.0"), "lib", &["full"], &[]),
        ]});
        let units = serde_json::from_value(units).unwrap();
        let (of_programs, of_builds) = dependencies(&units);
        let text = manifest("a", &of_programs, &of_builds);
        let (_, text) = text.split_once("[dependencies]\n").unwrap();
        let row = |name: &str, version: &str, features: &str| {
            format!(
                "{name}-{} = {{ package = \"{name}\", version = \"={version}\", \
                 default-features = false, features = [{features}] }}\n",
                version.replace('.', "_")
            )
        };
        let expected = row("serde", "1.0.1", "\"derive\", \"std\"")
            + &row("serde_derive", "1.0.1", "")
            + "\n[build-dependencies]\n"
            + &row("syn", "2.0.0", "\"full\"");
        assert_eq!(text, expected);
    }
}
