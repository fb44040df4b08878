//! The programs in `integration-tests/programs`: each is a workspace of its own, since what it
//! depends on must not reach the dependencies of this one.
//!
//! Tests run them with cargo. They are built here first, so that a test's time is its own. It is
//! done in the target directory of this workspace, after its own build: what they have in common,
//! most of what they depend on, is compiled once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::step::Log;
use crate::workspace::{Package, Workspace, program_in};

pub(crate) const FOLDER: &str = "integration-tests/programs";

/// The package of `cargo otelier`, and its binary.
const DRIVER: &str = "cargo-otelier";

/// How tests build a program unless its manifest says otherwise, in `[package.metadata.program]`.
const PLAINLY: &str = "build";
/// How they build one that is to be traced.
const TRACED: &str = "otelier build";

/// Where tests keep the agent that those programs are linked with, in the target directory.
const AGENTS: &str = "tmp/agents";

/// Builds the programs that tests run as they are. The workspace itself is built already.
pub(crate) fn build(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let mut failed = Vec::new();
    for manifest in manifests(workspace)? {
        for mut command in builds(workspace, &manifest)? {
            if log.run(&mut command).is_err() {
                crate::process::check_interrupted()?;
                failed.push(workspace.display(&manifest).to_string());
            }
        }
    }
    if !failed.is_empty() {
        bail!("cannot build {}", failed.join(", "));
    }
    Ok(())
}

/// Builds the programs that tests run traced, and the agent before them. `cargo otelier` itself is
/// built already. It builds in a folder of its own, so it can be done beside other builds.
pub(crate) fn build_traced(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let driver = Driver::of(workspace);
    let mut failed = Vec::new();
    for manifest in manifests(workspace)? {
        if !are_built(&program(&manifest)?, TRACED)? {
            continue;
        }
        let mut command = driver.command(&workspace.root);
        command.args(["build", "--color=never", "--locked", "--manifest-path"]);
        command.arg(&manifest).arg("--target-dir").arg(&workspace.target);
        if log.run(&mut command).is_err() {
            crate::process::check_interrupted()?;
            failed.push(workspace.display(&manifest).to_string());
        }
    }
    if !failed.is_empty() {
        bail!("cargo otelier cannot build {}", failed.join(", "));
    }
    Ok(())
}

/// `cargo otelier`, built, and where it keeps its agents.
#[derive(Clone)]
pub(crate) struct Driver {
    pub(crate) binary: PathBuf,
    pub(crate) agents: PathBuf,
    /// How its agent is optimized, if not as a user's.
    pub(crate) profile: Option<&'static str>,
}

impl Driver {
    /// That of the tests, whose agent is built fast.
    fn of(workspace: &Workspace) -> Self {
        let binary = workspace.target.join("debug").join(DRIVER);
        Self { binary, agents: workspace.target.join(AGENTS), profile: Some("dev") }
    }

    /// `cargo otelier` in a folder, to which the caller adds what it is to do.
    pub(crate) fn command(&self, folder: &Path) -> Command {
        let mut command = program_in(folder, &self.binary);
        command.arg("otelier").env("CARGO_OTELIER_CACHE", &self.agents);
        if let Some(profile) = self.profile {
            command.env("CARGO_OTELIER_AGENT_PROFILE", profile);
        }
        command
    }
}

/// Builds `cargo otelier` with an agent.
pub(crate) fn driver(workspace: &Workspace, log: &mut Log) -> Result<Driver> {
    let driver = driver_without_agent(workspace, log)?;
    log.run(driver.command(&workspace.root).arg("prepare"))?;
    Ok(driver)
}

/// Builds `cargo otelier`, for what needs no agent.
pub(crate) fn driver_without_agent(workspace: &Workspace, log: &mut Log) -> Result<Driver> {
    let mut build = workspace.cargo();
    log.run(build.args(["build", "--color=never", "--locked", "--package", DRIVER]))?;
    Ok(Driver::of(workspace))
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
                .arg(&workspace.target)
                .args(["--bin", binary]);
            command
        };
        self.binaries.iter().map(command).collect()
    }
}

/// The cargo commands that build a program as its tests do: all of it, or, where its manifest has
/// options for rustc, each package by itself with those. None for a member of this workspace, and
/// for one that tests do not run plainly.
fn builds(workspace: &Workspace, manifest: &Path) -> Result<Vec<Command>> {
    let cargo = |verb: &str| {
        let mut command = workspace.cargo();
        command.args([verb, "--color=never", "--locked", "--manifest-path"]).arg(manifest);
        command.arg("--target-dir").arg(&workspace.target);
        command
    };
    let program = program(manifest)?;
    if program.root == workspace.root || !are_built(&program, PLAINLY)? {
        return Ok(Vec::new());
    }
    let options = &program.metadata["program"]["rustc"];
    if options.is_null() {
        return Ok(vec![cargo("build")]);
    }
    let options: Vec<String> = serde_json::from_value(options.clone())
        .with_context(|| format!("{}: [workspace.metadata.program]", manifest.display()))?;
    let build = |package: &Package| {
        // What a library finds out about panics when it is compiled needs all to be built so.
        if package.metadata["program"]["panic"] == "abort" {
            let mut build = cargo("build");
            build.args(["--package", &package.name, "--config", r#"profile.dev.panic="abort""#]);
            return build;
        }
        let mut build = cargo("rustc");
        build.args(["--package", &package.name, "--"]).args(&options);
        build
    };
    Ok(program.packages.iter().map(build).collect())
}

fn program(manifest: &Path) -> Result<Workspace> {
    Workspace::at(manifest.parent().context("a manifest is in a folder")?)
}

/// Whether tests build the program so: `cargo = ["build", "otelier build"]` are all ways.
fn are_built(program: &Workspace, way: &str) -> Result<bool> {
    for package in &program.packages {
        let ways: Vec<String> = match &package.metadata["program"]["cargo"] {
            Value::Null => vec![PLAINLY.to_owned()],
            ways => serde_json::from_value(ways.clone())
                .with_context(|| format!("{}: [package.metadata.program]", package.name))?,
        };
        if ways.iter().any(|it| it == way) {
            return Ok(true);
        }
    }
    Ok(false)
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
