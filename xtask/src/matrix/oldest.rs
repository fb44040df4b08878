//! The packages with the oldest versions that their manifests ask for: what a user has who updates
//! nothing.
//!
//! Cargo's `-Z direct-minimal-versions` makes such a lock file, unless one dependency needs a newer
//! version of another than we ask for. Then the requirement is raised, in a copy of the workspace
//! alone, until they agree: for one package by itself ours may still be right.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::cargo_lock::Lock;
use crate::matrix::scratch::{CRATES_ONLY, Scratch};
use crate::step::Log;
use crate::version::Version;
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

/// Checks the published packages with all features and the oldest dependencies.
///
/// It is a step of CI, and runs no test: these would be built a second time. The tests with the
/// oldest version of each library are those of `cargo xtask matrix --oldest`.
pub(crate) fn step(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let scratch = Scratch::create(workspace, "oldest", CRATES_ONLY)?;
    lock(workspace, &scratch, log)?;
    let mut command = scratch.cargo();
    command.args(["check", "--color=never", "--lib", "--all-features", "--target-dir"]);
    // What has the same version there is not compiled again.
    command.arg(&workspace.target);
    for package in published(workspace) {
        command.args(["-p", &package.name]);
    }
    log.run(&mut command)
}

fn published(workspace: &Workspace) -> impl Iterator<Item = &Package> {
    workspace.packages.iter().filter(|package| package.is_published() && package.has_library())
}

/// Writes the lock file of the copy.
fn lock(workspace: &Workspace, scratch: &Scratch, log: &mut Log) -> Result<()> {
    let mut manifests = vec![scratch.root.join("Cargo.toml")];
    manifests.extend(workspace.packages.iter().map(|it| scratch.root.join(it.manifest())));
    manifests.retain(|path| path.exists());
    let newest = Lock::parse(&fs::read_to_string(workspace.root.join("Cargo.lock"))?);
    for _ in 0..MOST_RAISED {
        crate::process::check_interrupted()?;
        fs::remove_file(scratch.root.join("Cargo.lock")).ok();
        let mut command = scratch.cargo();
        command.args(["generate-lockfile", "--color=never", "-Z", "direct-minimal-versions"]);
        // Options with `-Z` are for nightly compilers otherwise. Nothing is compiled here.
        let output = command.env("RUSTC_BOOTSTRAP", "1").output().context("cannot run cargo")?;
        if output.status.success() {
            return pin(workspace, scratch, log);
        }
        let message = String::from_utf8_lossy(&output.stderr);
        let mut is_raised = false;
        for raise in conflicts(&message, &newest) {
            if raise_in(&manifests, &raise.name, &raise.version)? {
                let Raise { name, version, because_of } = raise;
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

/// Gives packages the version that goes with an old one, where the manifests say which.
fn pin(workspace: &Workspace, scratch: &Scratch, log: &mut Log) -> Result<()> {
    let lock = Lock::parse(&fs::read_to_string(scratch.root.join("Cargo.lock"))?);
    for package in published(workspace) {
        for library in package.otelier()?.into_iter().flat_map(|table| table.libraries) {
            let versions: Vec<&str> =
                lock.named(&library.name).map(|locked| locked.version.as_str()).collect();
            let pins = library.lines.iter().flat_map(|line| &line.pins);
            for (_, pins) in pins.filter(|(version, _)| versions.contains(&version.as_str())) {
                for (package, version) in pins {
                    scratch.update(package, version, log)?;
                }
            }
        }
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

/// Changes the version that manifests ask for. Dependencies from paths have none to change.
fn raise_in(manifests: &[PathBuf], name: &str, version: &str) -> Result<bool> {
    let mut is_changed = false;
    for path in manifests {
        let text = fs::read_to_string(path)?;
        let raised: String =
            text.split_inclusive('\n').map(|line| raised(line, name, version)).collect();
        if raised != text {
            fs::write(path, raised)?;
            is_changed = true;
        }
    }
    Ok(is_changed)
}

/// A line of a manifest, with another version if it is about this dependency.
fn raised(line: &str, name: &str, version: &str) -> String {
    let is_plain = line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" = "));
    // Another line of the versions, under a name of its own.
    let is_renamed = !line.starts_with('#') && line.contains(&format!("package = \"{name}\""));
    let value = line.find(" = \"").map(|at| at + 4).filter(|at| *at == name.len() + 4);
    let at = value.or_else(|| line.find("version = \"").map(|at| at + "version = \"".len()));
    let Some(at) = at.filter(|_| (is_plain || is_renamed) && !line.contains("path = \"")) else {
        return line.to_owned();
    };
    let end = line[at..].find('"').map_or(line.len(), |end| at + end);
    let (Some(now), Some(then)) = (Version::parse(&line[at..end]), Version::parse(version)) else {
        return line.to_owned();
    };
    // Down and up again would never end.
    if then > now && (is_plain || now.admits(&then)) {
        return format!("{}{version}{}", &line[..at], &line[end..]);
    }
    line.to_owned()
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
        assert_eq!(names, ["tracing 0.1.44", "aws-smithy-runtime-api 1.19.2"]);
        let feature = format!("{message}`ureq` does not have that feature");
        assert_eq!(conflicts(&feature, &newest), []);
        assert_eq!(conflicts("error: no network", &newest), []);
    }

    #[test]
    fn lines_of_a_manifest_get_another_version() {
        let check = |line: &str, expect: &str| assert_eq!(raised(line, "http", "1.3.1"), expect);
        check("http = \"1.1\"\n", "http = \"1.3.1\"\n");
        check("http = { version = \"1.1\", x = 1 }\n", "http = { version = \"1.3.1\", x = 1 }\n");
        check(
            "http_1 = { package = \"http\", version = \"1.1\" }\n",
            "http_1 = { package = \"http\", version = \"1.3.1\" }\n",
        );
        for other in [
            "http_0_2 = { package = \"http\", version = \"0.2\" }\n",
            "http-body = \"1.1\"\n",
            "http = { path = \"a\", version = \"1\" }\n",
            "http = { workspace = true }\n",
            "# http = \"1\"\n",
            "http = \"1.4\"\n",
        ] {
            check(other, other);
        }
    }
}
