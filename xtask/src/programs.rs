//! The programs in `integration-tests/programs`: each is a workspace of its own, since what it
//! depends on must not reach the dependencies of this one.
//!
//! Tests run them with cargo. They are built here first, beside other steps: a build is most of
//! such a test's time.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::step::Log;
use crate::workspace::{Workspace, program_in};

pub(crate) const FOLDER: &str = "integration-tests/programs";

/// The package of `cargo otelier`, and its binary.
const DRIVER: &str = "cargo-otelier";

/// Where tests have cargo put them: a folder of `CARGO_TARGET_TMPDIR`, shared by all programs.
const TARGET: &str = "tmp/programs";

/// The programs that tests build once more, by `cargo otelier`.
const TRACED: [&str; 4] = ["calls", "calls-aws", "songs", "untouched"];

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
    let driver = driver_without_agent(workspace, log)?;
    let mut prepare = program_in(&workspace.root, &driver.binary);
    prepare.args(["otelier", "prepare"]).env("CARGO_OTELIER_CACHE", &driver.agents);
    log.run(&mut prepare)?;
    Ok(driver)
}

/// Builds `cargo otelier`, for what needs no agent.
pub(crate) fn driver_without_agent(workspace: &Workspace, log: &mut Log) -> Result<Driver> {
    let target = workspace.target.join(TARGET);
    let mut build = workspace.cargo();
    build.args(["build", "--color=never", "--locked", "--package", DRIVER]);
    log.run(build.arg("--target-dir").arg(&target))?;
    let binary = target.join("debug").join(DRIVER);
    Ok(Driver { binary, agents: workspace.target.join(AGENTS) })
}

/// A program that measures something: `cargo xtask bench` runs it, optimized.
pub(crate) struct Bench {
    /// That of its package.
    pub(crate) name: String,
    manifest: PathBuf,
    /// Its binaries, in the order in which they are run.
    binaries: Vec<String>,
}

/// The programs whose manifest has `[package.metadata.bench]`.
pub(crate) fn benches(workspace: &Workspace) -> Result<Vec<Bench>> {
    let mut benches = Vec::new();
    for manifest in manifests(workspace)? {
        let folder = manifest.parent().context("a manifest is in a folder")?;
        for package in Workspace::at(folder)?.packages {
            if let Some(table) = package.metadata.get("bench") {
                let binaries = serde_json::from_value(table["binaries"].clone())
                    .with_context(|| format!("{}: [package.metadata.bench]", package.name))?;
                let manifest = manifest.clone();
                benches.push(Bench { name: package.name, manifest, binaries });
            }
        }
    }
    Ok(benches)
}

impl Bench {
    /// A command for each binary.
    pub(crate) fn commands(&self, workspace: &Workspace) -> Vec<Command> {
        let command = |binary: &String| {
            let mut command = workspace.cargo();
            command
                .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
                .arg(&self.manifest)
                .arg("--target-dir")
                .arg(workspace.target.join(TARGET))
                .args(["--bin", binary]);
            command
        };
        self.binaries.iter().map(command).collect()
    }
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
