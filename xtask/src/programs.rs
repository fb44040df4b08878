//! The programs in `integration-tests/programs`: each is a workspace of its own, since what it
//! depends on must not reach the dependencies of this one.
//!
//! Tests run them with cargo. They are built here first, beside other steps: a build is most of
//! such a test's time.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::step::Log;
use crate::workspace::{Workspace, program_in};

const FOLDER: &str = "integration-tests/programs";

/// The package of `cargo otelier`, and its binary.
const DRIVER: &str = "cargo-otelier";

/// Where tests have cargo put them: a folder of `CARGO_TARGET_TMPDIR`, shared by all programs.
const TARGET: &str = "tmp/programs";

/// The programs that tests build once more, by `cargo otelier`.
const TRACED: [&str; 1] = ["untouched"];

/// Where tests keep the agent that those programs are linked with.
const AGENTS: &str = "tmp/programs/agents";

/// Builds all programs with what their lock files say.
pub(crate) fn build(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let target = workspace.target.join(TARGET);
    let mut failed = Vec::new();
    for manifest in manifests(workspace)? {
        let mut command = workspace.cargo();
        command.args(["build", "--color=never", "--locked"]);
        command.arg("--manifest-path").arg(&manifest).arg("--target-dir").arg(&target);
        if log.run(&mut command).is_err() {
            crate::process::check_interrupted()?;
            failed.push(workspace.display(&manifest).to_string());
        }
    }
    let driver = driver(workspace, log)?;
    for name in TRACED {
        let manifest = workspace.root.join(FOLDER).join(name).join("Cargo.toml");
        let mut command = program_in(&workspace.root, &driver.binary);
        command.args(["otelier", "build", "--color=never", "--locked"]);
        command.arg("--manifest-path").arg(&manifest).arg("--target-dir").arg(&target);
        if log.run(command.env("CARGO_OTELIER_CACHE", &driver.agents)).is_err() {
            crate::process::check_interrupted()?;
            failed.push(format!("{} by cargo otelier", workspace.display(&manifest)));
        }
    }
    if !failed.is_empty() {
        bail!("cannot build {}", failed.join(", "));
    }
    Ok(())
}

/// `cargo otelier`, built, and where it keeps its agents.
#[derive(Clone)]
pub(crate) struct Driver {
    pub(crate) binary: PathBuf,
    pub(crate) agents: PathBuf,
}

/// Builds `cargo otelier` with an agent, apart from the workspace's own builds, which would wait.
pub(crate) fn driver(workspace: &Workspace, log: &mut Log) -> Result<Driver> {
    let target = workspace.target.join(TARGET);
    let mut build = workspace.cargo();
    build.args(["build", "--color=never", "--locked", "--package", DRIVER]);
    log.run(build.arg("--target-dir").arg(&target))?;
    let binary = target.join("debug").join(DRIVER);
    let driver = Driver { binary, agents: workspace.target.join(AGENTS) };
    let mut prepare = program_in(&workspace.root, &driver.binary);
    prepare.args(["otelier", "prepare"]).env("CARGO_OTELIER_CACHE", &driver.agents);
    log.run(&mut prepare)?;
    Ok(driver)
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
