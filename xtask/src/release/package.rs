//! Each crate as it is published: packed, and built from what was packed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{output, published, say};
use crate::step::Log;
use crate::workspace::{Package, Workspace, cargo_in};

/// The package that has the sources of others in it, and the file that has them.
const DRIVER: &str = "cargo-otelier";
const ARCHIVE: &str = "agent.tar.gz";

/// Packs each crate, and builds what was packed: in a workspace of its own that has nothing but the
/// packages, each with the others as if they were published.
///
/// Cargo's own verification builds one package after the other, and all dependencies again wherever
/// their features differ: 881 compilations from an empty target directory, and not 523. That a
/// package asks for all that it needs by itself is what the step `features` checks, and CI.
pub(super) fn step(workspace: &Workspace, log: &mut Log) -> Result<()> {
    archive(workspace, log)?;
    let mut command = workspace.cargo();
    command.args(["package", "--color=never", "--allow-dirty", "--no-verify"]);
    for package in published(workspace) {
        command.args(["-p", &package.name]);
    }
    log.run(&mut command)?;
    let packed = workspace.target.join("package");
    let alone = packed.join("alone");
    if alone.exists() {
        fs::remove_dir_all(&alone).context("cannot delete the packages of an earlier run")?;
    }
    fs::create_dir_all(&alone)?;
    for package in published(workspace) {
        let file = packed.join(format!("{}.crate", folder_of(package)));
        log.run(Command::new("tar").arg("-xzf").arg(file).arg("-C").arg(&alone))?;
    }
    fs::write(alone.join("Cargo.toml"), manifest(published(workspace)))?;
    fs::copy(workspace.root.join("Cargo.lock"), alone.join("Cargo.lock"))?;
    let mut build = cargo_in(&alone);
    // Without it the dependencies are those of `cargo xtask test`, which may be built already.
    build.env("CARGO_PROFILE_DEV_DEBUG", "0");
    build.args(["build", "--color=never", "--workspace", "--all-features", "--target-dir"]);
    log.run(build.arg(&workspace.target))
}

/// What a package is called by cargo, and its folder in it: `name-1.2.3`.
fn folder_of(package: &Package) -> String {
    format!("{}-{}", package.name, package.version)
}

/// The manifest of a workspace that has these packages, each for the others in place of what the
/// registry has.
fn manifest<'a>(packages: impl Iterator<Item = &'a Package>) -> String {
    let mut members = String::new();
    let mut patches = String::new();
    for package in packages {
        let folder = folder_of(package);
        members.push_str(&format!("    \"{folder}\",\n"));
        patches.push_str(&format!("{} = {{ path = \"{folder}\" }}\n", package.name));
    }
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\n{members}]\n\n[patch.crates-io]\n{patches}"
    )
}

/// Puts the agent's source into the driver's folder. Its build script makes the archive; a package
/// has no folder beside it to make it from. The file stays: `cargo publish` takes it from there.
fn archive(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let mut build = workspace.cargo();
    build.args(["check", "--locked", "--message-format=json", "-p", DRIVER]);
    let messages = output(&mut build).with_context(|| format!("cannot build {DRIVER}"))?;
    let made = out_dir(&messages, DRIVER)
        .with_context(|| format!("cargo named no output folder of the build script of {DRIVER}"))?
        .join(ARCHIVE);
    let place = workspace.root.join("crates").join(DRIVER).join(ARCHIVE);
    let bytes = fs::copy(&made, &place)
        .with_context(|| format!("cannot copy {} to {}", made.display(), place.display()))?;
    say(log, &format!("{DRIVER}: the agent's source, {} KiB", bytes / 1024))
}

/// Where the build script of a package wrote, by what cargo said.
fn out_dir(messages: &str, package: &str) -> Option<PathBuf> {
    let folder = format!("/{package}#");
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut scripts = messages.filter(|message| message["reason"] == "build-script-executed");
    let script = scripts
        .find(|message| message["package_id"].as_str().is_some_and(|id| id.contains(&folder)))?;
    script["out_dir"].as_str().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_build_script_of_a_package_is_found() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","package_id":"path+file:///w/crates/driver#0.1.0"}"#,
            "\nno message\n",
            r#"{"reason":"build-script-executed","package_id":"registry+x#other@1.0.0","out_dir":"/o"}"#,
            "\n",
            r#"{"reason":"build-script-executed","package_id":"path+file:///w/crates/driver#0.1.0","out_dir":"/d"}"#,
        );
        assert_eq!(out_dir(messages, "driver"), Some(PathBuf::from("/d")));
        assert_eq!(out_dir(messages, "other"), None);
    }

    #[test]
    fn a_workspace_has_the_packages_and_nothing_else() {
        let package = |name: &str| -> Package {
            serde_json::from_value(json!({
                "id": name, "name": name, "version": "0.1.0", "license": null, "publish": null,
                "manifest_path": "Cargo.toml", "targets": [], "dependencies": [], "features": {},
            }))
            .unwrap()
        };
        assert_eq!(
            manifest([package("one"), package("two")].iter()),
            "[workspace]\nresolver = \"3\"\nmembers = [\n    \"one-0.1.0\",\n    \"two-0.1.0\",\n]\n\n\
             [patch.crates-io]\none = { path = \"one-0.1.0\" }\ntwo = { path = \"two-0.1.0\" }\n"
        );
    }
}
