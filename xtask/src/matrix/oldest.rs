//! The packages with the oldest versions that their manifests ask for: what a user has who updates
//! nothing.
//!
//! Cargo's `-Z direct-minimal-versions` makes such a lock file, unless one dependency needs a newer
//! version of another than we ask for. Then the requirement is raised, in a copy of the workspace
//! alone, until they agree: for one package by itself ours may still be right.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::cargo_lock::Lock;
use crate::manifest::Line;
use crate::matrix::scratch::{Scratch, WITHOUT_EXAMPLES};
use crate::matrix::selection::Selection;
use crate::requirement;
use crate::step::Log;
use crate::version::{Range, Version};
use crate::workspace::{Package, Workspace};

/// There are not more dependencies than this.
const MOST_RAISED: usize = 120;

/// A requirement that another dependency does not agree with.
#[derive(Debug, PartialEq, Eq)]
struct Raise {
    name: String,
    version: String,
    because_of: String,
}

/// Runs the tests of the published packages, and those of the integrations with real servers, with
/// all features and the oldest dependencies.
pub(crate) fn step(
    workspace: &Workspace,
    variables: &[(String, String)],
    log: &mut Log,
) -> Result<()> {
    let scratch = Scratch::create(workspace, "oldest", WITHOUT_EXAMPLES)?;
    lock(workspace, &scratch, log)?;
    let mut selection = Selection::new();
    for package in published(workspace) {
        selection.add(package, &package.otelier()?.map(|it| it.tests).unwrap_or_default());
    }
    // What has the same version there is not compiled again.
    let mut command = selection.command(workspace, &scratch, &workspace.target);
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    log.run(&mut command)
}

fn published(workspace: &Workspace) -> impl Iterator<Item = &Package> {
    workspace.packages.iter().filter(|package| package.is_published() && package.has_library())
}

/// Writes the lock file of the copy.
fn lock(workspace: &Workspace, scratch: &Scratch, log: &mut Log) -> Result<()> {
    let manifests = scratch.manifests(workspace);
    let text = fs::read_to_string(workspace.root.join("Cargo.lock"))?;
    let newest = Lock::parse(&text);
    let others = without_dependencies(&text, workspace);
    for _ in 0..MOST_RAISED {
        crate::process::check_interrupted()?;
        fs::write(scratch.root.join("Cargo.lock"), &others)?;
        let mut command = scratch.cargo();
        command.args(["update", "--workspace", "--color=never", "-Z", "direct-minimal-versions"]);
        // Options with `-Z` are for nightly compilers otherwise. Nothing is compiled here.
        let output = command.env("RUSTC_BOOTSTRAP", "1").output().context("cannot run cargo")?;
        if output.status.success() {
            return pin(workspace, scratch, log);
        }
        let message = String::from_utf8_lossy(&output.stderr);
        let mut is_raised = false;
        for raise in conflicts(&message, &newest) {
            let Raise { name, version, because_of } = raise;
            let raised = |line: &str| requirement::raised(line, &name, &version);
            if requirement::change_lines(&manifests, raised)? {
                log.line(&format!("{name} {version} instead, because of {because_of}"))?;
                is_raised = true;
                break;
            }
        }
        if !is_raised {
            bail!("no lock file has the oldest versions: {}", message.trim());
        }
    }
    bail!("the oldest versions do not agree after {MOST_RAISED} changes")
}

/// The lock file without what the workspace asks for itself. The others keep their versions where
/// they can, or each would be compiled once more for the newest one that there is.
fn without_dependencies(lock: &str, workspace: &Workspace) -> String {
    let asked: BTreeSet<&str> = workspace
        .packages
        .iter()
        .flat_map(|package| &package.dependencies)
        .map(|dependency| dependency.name.as_str())
        .collect();
    let is_kept = |package: &&str| {
        let known = Lock::parse(package);
        known.packages.iter().all(|it| it.source.is_none() || !asked.contains(it.name.as_str()))
    };
    lock.split_inclusive("\n\n").filter(is_kept).collect()
}

/// Gives packages the version that goes with an old one, where the manifests say which.
fn pin(workspace: &Workspace, scratch: &Scratch, log: &mut Log) -> Result<()> {
    let lock = Lock::parse(&fs::read_to_string(scratch.root.join("Cargo.lock"))?);
    for package in published(workspace) {
        for library in package.otelier()?.into_iter().flat_map(|table| table.libraries) {
            let locked: Vec<Version> = lock
                .named(&library.name)
                .filter_map(|locked| Version::parse(&locked.version))
                .collect();
            for line in &library.lines {
                use_one(&library.name, line, &locked, scratch, log)?;
                let is_locked =
                    |version: &str| locked.iter().any(|locked| locked.to_string() == version);
                for (_, pins) in line.pins.iter().filter(|(version, _)| is_locked(version)) {
                    for (package, version) in pins {
                        scratch.update(package, version, log)?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Gives what users have beside a library, such as another middleware, the same version of it: two
/// versions of one line may both fit, and their types differ.
fn use_one(
    library: &str,
    line: &Line,
    locked: &[Version],
    scratch: &Scratch,
    log: &mut Log,
) -> Result<()> {
    let Some(range) = Range::of(&line.versions).filter(|it| locked.contains(&it.oldest)) else {
        return Ok(());
    };
    for other in locked.iter().filter(|it| **it != range.oldest && range.contains(it)) {
        scratch.update(&format!("{library}@{other}"), &range.oldest.to_string(), log)?;
    }
    Ok(())
}

/// What may be raised after this message of cargo's; the first that is a dependency of ours is.
fn conflicts(message: &str, newest: &Lock) -> Vec<Raise> {
    // A feature that the oldest version lacks is a fault of our requirement.
    if message.contains("does not have that feature") {
        return Vec::new();
    }
    let quoted = |text: &str, after: &str| {
        let (_, rest) = text.split_once(after)?;
        rest.split_once('`').map(|(found, _)| found.to_owned())
    };
    let mut raises = Vec::new();
    let because_of = quoted(message, "required by package `").unwrap_or_default();
    let name = quoted(message, "failed to select a version for `");
    let requirement = quoted(message, "versions that meet the requirements `");
    if let (Some(name), Some(requirement)) = (name.clone(), requirement) {
        let oldest = requirement.split(',').next().unwrap_or_default();
        let version = oldest.trim_start_matches(['^', '=', '~', '>', ' ']).to_owned();
        raises.push(Raise { name, version, because_of: because_of.clone() });
    }
    // Two packages of ours ask for different versions.
    let selected = name.as_ref().and_then(|name| {
        let version = quoted(message, &format!("previously selected package `{name} v"))?;
        Some(Raise { name: name.clone(), version, because_of: because_of.clone() })
    });
    raises.extend(selected);
    // Two dependencies want different versions of a third: the newest release of one may not.
    let Some(third) = name else { return raises };
    for package in message.match_indices("package `").map(|(at, _)| &message[at..]) {
        let Some(package) = quoted(package, "package `") else { continue };
        let Some((name, _)) = package.split_once(" v").filter(|(name, _)| *name != third) else {
            continue;
        };
        raises.extend(newest.named(name).map(|locked| Raise {
            name: name.to_owned(),
            version: locked.version.clone(),
            because_of: format!("{third}, of which two versions are wanted"),
        }));
    }
    raises
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_says_what_to_raise() {
        let message = "error: failed to select a version for `tracing`.\n    ... required by \
                       package `aws-smithy-runtime-api v1.19.0`\nversions that meet the \
                       requirements `^0.1.44` are: 0.1.44\n\n  previously selected package \
                       `tracing v0.1.40`\n";
        let newest =
            Lock::parse("[[package]]\nname = \"aws-smithy-runtime-api\"\nversion = \"1.19.2\"\n");
        let first = Raise {
            name: "tracing".to_owned(),
            version: "0.1.44".to_owned(),
            because_of: "aws-smithy-runtime-api v1.19.0".to_owned(),
        };
        assert_eq!(conflicts(message, &newest)[0], first);
        let names: Vec<String> = conflicts(message, &newest)
            .iter()
            .map(|it| format!("{} {}", it.name, it.version))
            .collect();
        assert_eq!(names, ["tracing 0.1.44", "tracing 0.1.40", "aws-smithy-runtime-api 1.19.2"]);
        let feature = format!("{message}`ureq` does not have that feature");
        assert_eq!(conflicts(&feature, &newest), []);
        assert_eq!(conflicts("error: no network", &newest), []);
    }
}
