//! The programs in `integration-tests/programs`: each is a workspace of its own, since what it
//! depends on must not reach the dependencies of this one.
//!
//! Tests run them with cargo. They are built here first, beside other steps: a build is most of
//! such a test's time.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::step::Log;
use crate::workspace::Workspace;

const FOLDER: &str = "integration-tests/programs";

/// Where tests have cargo put them: a folder of `CARGO_TARGET_TMPDIR`, shared by all programs.
const TARGET: &str = "tmp/programs";

/// Builds all programs with what their lock files say.
pub(crate) fn build(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let mut failed = Vec::new();
    for manifest in manifests(workspace)? {
        let mut command = workspace.cargo();
        command
            .args(["build", "--color=never", "--locked", "--manifest-path"])
            .arg(&manifest)
            .arg("--target-dir")
            .arg(workspace.target.join(TARGET));
        if log.run(&mut command).is_err() {
            crate::process::check_interrupted()?;
            failed.push(workspace.display(&manifest).to_string());
        }
    }
    if !failed.is_empty() {
        bail!("cannot build {}", failed.join(", "));
    }
    Ok(())
}

fn manifests(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let folder = workspace.root.join(FOLDER);
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut manifests = Vec::new();
    for entry in entries {
        let manifest = entry?.path().join("Cargo.toml");
        if manifest.exists() {
            manifests.push(manifest);
        }
    }
    manifests.sort();
    Ok(manifests)
}
