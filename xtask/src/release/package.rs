//! Each crate as it is published: packed, and built from what was packed.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{output, published, say};
use crate::step::Log;
use crate::workspace::Workspace;

/// The package that has the sources of others in it, and the file that has them.
const DRIVER: &str = "cargo-otelier";
const ARCHIVE: &str = "agent.tar.gz";

/// Packs each crate and builds it from what was packed, with the others as if they were published.
pub(super) fn step(workspace: &Workspace, log: &mut Log) -> Result<()> {
    archive(workspace, log)?;
    let mut command = workspace.cargo();
    command.args(["package", "--color=never", "--allow-dirty", "--all-features"]);
    for package in published(workspace) {
        command.args(["-p", &package.name]);
    }
    log.run(&mut command)
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
}
