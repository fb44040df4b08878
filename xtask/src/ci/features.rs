//! Which selections of features CI checks, in as few cargo commands as possible.
//!
//! Each published library is checked alone, as its users get it: nothing else of the workspace
//! turns on a feature of a dependency that it needs. Then it is checked without features and with
//! each feature. What has the same features as `--all-features` is left out there, since clippy has
//! seen it, and the rest is grouped: a command selects several packages. A package joins a group
//! only if its own features stay what they are, for another one that depends on it might turn on
//! more. The features of their dependencies are in all groups those that clippy has compiled, and
//! so are those of what only builds need for the libraries alone (see `same_dependencies`): `cargo
//! xtask release --dry-run` has each selection by itself.
//!
//! The target directory begins as a copy of what clippy has made in that of the workspace. So other
//! builds go on there meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::ci::DENY;
use crate::matrix::scratch::{CRATES_ONLY, Scratch};
use crate::process::check_interrupted;
use crate::same_dependencies;
use crate::step::Log;
use crate::workspace::{Dependency, Package, Workspace};

/// Features by package.
type Features = BTreeMap<String, BTreeSet<String>>;

/// Checks all selections. With clippy instead of check: it shares the dependencies' metadata with
/// the step before, and can deny warnings without a RUSTFLAGS that would rebuild them.
pub(super) fn step(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let scratch = scratch(workspace)?;
    same_dependencies::add(workspace, &scratch.root)?;
    let alone = alone(&workspace.packages).into_iter();
    let alone = alone.map(|arguments| (same_dependencies::OF_BUILDS, arguments));
    let groups = groups(&workspace.packages).into_iter();
    let groups = groups.map(|group| (same_dependencies::PACKAGE, group.arguments()));
    let mut failed = Vec::new();
    for (same, arguments) in alone.chain(groups) {
        let mut command = scratch.cargo();
        command.args(["clippy", "--keep-going", "--target-dir"]).arg(&scratch.target);
        command.args(["-p", same]).args(&arguments).args(DENY);
        if log.run(&mut command).is_err() {
            check_interrupted()?;
            failed.push(arguments.join(" "));
        }
    }
    if !failed.is_empty() {
        bail!("{} of the selections fail:\n      {}", failed.len(), failed.join("\n      "));
    }
    Ok(())
}

/// Copies what clippy has compiled to the target directory of this step, with the times by which
/// cargo knows that it is fresh. To be done before another build goes on.
pub(super) fn copy_builds(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let target = scratch(workspace)?.target;
    fs::create_dir_all(&target).with_context(|| format!("cannot create {}", target.display()))?;
    let mut copy = Command::new("cp");
    copy.args(["--archive", "--update"]).arg(workspace.target.join("debug")).arg(target);
    log.run(&mut copy)
}

fn scratch(workspace: &Workspace) -> Result<Scratch> {
    Scratch::create(workspace, "features", CRATES_ONLY)
}

/// The selections of one cargo command: packages, each with the features that are selected for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group(Features);

impl Group {
    /// The arguments that select the packages and their features.
    fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> =
            self.0.keys().flat_map(|name| ["-p".to_owned(), name.clone()]).collect();
        arguments.push("--no-default-features".to_owned());
        let features: Vec<String> = self
            .0
            .iter()
            .flat_map(|(name, features)| features.iter().map(move |it| format!("{name}/{it}")))
            .collect();
        if !features.is_empty() {
            arguments.extend(["--features".to_owned(), features.join(",")]);
        }
        arguments
    }
}

/// The arguments that select each library by itself.
fn alone(packages: &[Package]) -> Vec<Vec<String>> {
    let libraries = libraries(packages).into_iter();
    libraries.map(|package| vec!["-p".to_owned(), package.name.clone()]).collect()
}

fn libraries(packages: &[Package]) -> Vec<&Package> {
    packages.iter().filter(|package| package.is_published() && package.has_library()).collect()
}

/// The groups that check every selection of the published libraries.
fn groups(packages: &[Package]) -> Vec<Group> {
    let graph = Graph::new(packages);
    let libraries = libraries(packages);
    let mut groups: Vec<Group> = Vec::new();
    // Those whose features bring other packages of the workspace, as the facade's do, come last:
    // they would keep the others out of their groups.
    let (umbrellas, others): (Vec<&Package>, Vec<&Package>) =
        libraries.iter().copied().partition(|package| graph.is_umbrella(package));
    for package in others.into_iter().chain(umbrellas) {
        for selection in selections(&graph, package) {
            let place = groups.iter_mut().find(|group| {
                !group.0.contains_key(&package.name)
                    && graph.is_exact(&joined(group, &package.name, &selection))
            });
            match place {
                Some(group) => {
                    group.0.insert(package.name.clone(), selection);
                }
                None => groups.push(Group([(package.name.clone(), selection)].into())),
            }
        }
    }
    groups
}

fn joined(group: &Group, name: &str, selection: &BTreeSet<String>) -> Group {
    let mut joined = group.clone();
    joined.0.insert(name.to_owned(), selection.clone());
    joined
}

/// No feature, and each alone, but for those that turn on as much as all of them do.
fn selections(graph: &Graph<'_>, package: &Package) -> Vec<BTreeSet<String>> {
    let everything = graph.closure(&package.name, &all_features(package));
    let alone = package.features.keys().filter(|name| *name != "default");
    let mut seen = BTreeSet::new();
    [BTreeSet::new()]
        .into_iter()
        .chain(alone.map(|name| [name.clone()].into()))
        .filter(|selection| {
            let enabled = graph.closure(&package.name, selection);
            enabled != everything && seen.insert(enabled)
        })
        .collect()
}

fn all_features(package: &Package) -> BTreeSet<String> {
    package.features.keys().filter(|name| *name != "default").cloned().collect()
}

/// What the features of the workspace's packages turn on in each other.
struct Graph<'a> {
    packages: BTreeMap<&'a str, &'a Package>,
}

impl<'a> Graph<'a> {
    fn new(packages: &'a [Package]) -> Self {
        Self { packages: packages.iter().map(|package| (package.name.as_str(), package)).collect() }
    }

    /// Whether the package's features bring other packages of the workspace, as the facade's do.
    fn is_umbrella(&self, package: &Package) -> bool {
        package
            .dependencies
            .iter()
            .any(|it| it.optional && self.packages.contains_key(it.name.as_str()))
    }

    /// Whether every selected package gets the features that are selected for it, and no more.
    fn is_exact(&self, group: &Group) -> bool {
        let resolved = self.resolve(&group.0);
        group
            .0
            .iter()
            .all(|(name, selection)| resolved.get(name) == self.closure(name, selection).as_ref())
    }

    /// The features of a package that these turn on, themselves and what `dep:` names included.
    fn closure(&self, name: &str, features: &BTreeSet<String>) -> Option<BTreeSet<String>> {
        let package = self.packages.get(name)?;
        let mut enabled = BTreeSet::new();
        let mut open: Vec<String> = features.iter().cloned().collect();
        while let Some(feature) = open.pop() {
            if enabled.insert(feature.clone()) {
                open.extend(package.features.get(&feature).into_iter().flatten().cloned());
            }
        }
        // `default` is a name for others, and nothing by itself.
        enabled.remove("default");
        Some(enabled)
    }

    /// The features of every package of the workspace that takes part.
    fn resolve(&self, selected: &Features) -> Features {
        let mut wanted = selected.clone();
        loop {
            let before: usize = wanted.values().map(|features| features.len() + 1).sum();
            for (name, features) in wanted.clone() {
                for (other, features) in self.requests(&name, &features) {
                    wanted.entry(other).or_default().extend(features);
                }
            }
            if wanted.values().map(|features| features.len() + 1).sum::<usize>() == before {
                break;
            }
        }
        wanted
            .into_iter()
            .filter_map(|(name, features)| {
                let enabled = self.closure(&name, &features)?;
                Some((name, enabled))
            })
            .collect()
    }

    /// What a package with these features asks of the others.
    fn requests(&self, name: &str, features: &BTreeSet<String>) -> Features {
        let mut requests = Features::new();
        let (Some(package), Some(enabled)) =
            (self.packages.get(name), self.closure(name, features))
        else {
            return requests;
        };
        for dependency in package.dependencies.iter().filter(|it| it.kind.as_deref() != Some("dev"))
        {
            let other = &dependency.name;
            if !self.packages.contains_key(other.as_str()) {
                continue;
            }
            if dependency.optional && !enabled.iter().any(|feature| turns_on(feature, dependency)) {
                continue;
            }
            let asked = requests.entry(other.clone()).or_default();
            asked.extend(dependency.features.iter().cloned());
            if dependency.uses_default_features {
                asked.insert("default".to_owned());
            }
            for feature in &enabled {
                let Some((crate_name, wanted)) = feature.split_once('/') else { continue };
                if crate_name.trim_end_matches('?') == dependency.called() {
                    asked.insert(wanted.to_owned());
                }
            }
        }
        requests
    }
}

/// Whether a feature brings an optional dependency.
fn turns_on(feature: &str, dependency: &Dependency) -> bool {
    let name = dependency.called();
    feature.strip_prefix("dep:") == Some(name)
        || feature.split_once('/').is_some_and(|(crate_name, _)| crate_name == name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn package(name: &str, features: &Value, dependencies: &Value) -> Package {
        serde_json::from_value(json!({
            "id": name, "name": name, "license": null, "manifest_path": "Cargo.toml",
            "publish": null, "features": features, "dependencies": dependencies,
            "targets": [{"name": name, "kind": ["lib"]}],
        }))
        .unwrap()
    }

    #[track_caller]
    fn check(packages: &[Package], expect: &[&str]) {
        let shown: Vec<String> =
            groups(packages).iter().map(|group| group.arguments().join(" ")).collect();
        assert_eq!(shown, expect);
    }

    #[test]
    fn independent_packages_share_commands() {
        let one = package("one", &json!({"a": [], "b": []}), &json!([]));
        let two = package("two", &json!({"c": [], "d": [], "default": ["c"]}), &json!([]));
        check(
            &[one, two],
            &[
                "-p one -p two --no-default-features",
                "-p one -p two --no-default-features --features one/a,two/c",
                "-p one -p two --no-default-features --features one/b,two/d",
            ],
        );
    }

    #[test]
    fn what_equals_all_features_is_left_out() {
        let single = package("single", &json!({"only": ["dep:x"]}), &json!([]));
        let all = package("all", &json!({"full": ["a"], "a": []}), &json!([]));
        check(
            &[single, all],
            &[
                "-p all -p single --no-default-features",
                // Not with `full`, which turns on both.
                "-p all --no-default-features --features all/a",
            ],
        );
    }

    #[test]
    fn a_dependent_does_not_turn_on_more() {
        let kit = package("kit", &json!({"http": [], "more": []}), &json!([]));
        let asks = json!([{"name": "kit", "kind": null, "features": ["http"], "optional": false,
                           "uses_default_features": true}]);
        let user = package("user", &json!({"x": []}), &asks);
        check(
            &[kit, user],
            &[
                "-p kit --no-default-features",
                "-p kit -p user --no-default-features --features kit/http",
                "-p kit --no-default-features --features kit/more",
            ],
        );
    }

    #[test]
    fn a_facade_shares_a_command_with_what_it_brings() {
        let optional = |name: &str| {
            json!({"name": name, "kind": null, "features": [], "optional": true,
                   "uses_default_features": true})
        };
        let facade = package(
            "facade",
            &json!({"axum": ["dep:tower", "tower/axum"], "mysql": ["dep:mysql"]}),
            &json!([optional("tower"), optional("mysql")]),
        );
        let tower = package("tower", &json!({"axum": [], "ws": []}), &json!([]));
        let mysql = package("mysql", &json!({}), &json!([]));
        check(
            &[facade, mysql, tower],
            &[
                "-p facade -p tower --no-default-features",
                "-p facade -p tower --no-default-features --features facade/axum,tower/axum",
                "-p facade -p tower --no-default-features --features facade/mysql,tower/ws",
            ],
        );
    }

    #[test]
    fn packages_that_are_not_published_are_left_out() {
        let mut tool = package("tool", &json!({"x": []}), &json!([]));
        tool.publish = Some(Vec::new());
        assert!(alone(&[tool.clone()]).is_empty());
        check(&[tool], &[]);
    }

    #[test]
    fn each_library_is_checked_alone() {
        let library = package("library", &json!({}), &json!([]));
        assert_eq!(alone(&[library]), [["-p", "library"]]);
    }
}
