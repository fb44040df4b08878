//! A package in the target directory whose dependencies have other versions each time.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::programs::Driver;
use crate::step::Log;
use crate::workspace::{Workspace, cargo_in, program_in};

/// The folder of its source.
const SOURCE: &str = "src";

pub(super) struct Scratch {
    root: PathBuf,
    /// What all packages share, so that what they have in common is compiled once.
    target: PathBuf,
    driver: Driver,
}

impl Scratch {
    /// An empty folder for it.
    pub(super) fn create(workspace: &Workspace, name: &str, driver: &Driver) -> Result<Self> {
        let folder = workspace.target.join("edits");
        let root = folder.join("source").join(name);
        if root.exists() {
            fs::remove_dir_all(&root).context("cannot remove the last source")?;
        }
        fs::create_dir_all(root.join(SOURCE)).context("cannot create a folder")?;
        Ok(Self { root, target: folder.join("build"), driver: driver.clone() })
    }

    /// Writes its manifest.
    pub(super) fn write(&self, manifest: &str) -> Result<()> {
        fs::write(self.root.join("Cargo.toml"), manifest).context("cannot write the manifest")
    }

    /// Writes a file of its source.
    pub(super) fn write_source(&self, name: &str, text: &str) -> Result<()> {
        let path = self.root.join(SOURCE).join(name);
        fs::write(path, text).with_context(|| format!("cannot write {name}"))
    }

    /// Makes a lock file with the newest versions that are allowed.
    pub(super) fn resolve(&self, log: &mut Log) -> Result<()> {
        log.run(cargo_in(&self.root).args(["generate-lockfile", "--color=never"]))
    }

    pub(super) fn lock(&self) -> Result<String> {
        fs::read_to_string(self.root.join("Cargo.lock")).context("cannot read the lock file")
    }

    /// What `cargo otelier status` says of it.
    pub(super) fn status(&self) -> Result<String> {
        let output = self.otelier("status").output().context("cannot start cargo otelier")?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// `cargo otelier build`.
    pub(super) fn build(&self, more: &[String]) -> Command {
        let mut build = self.otelier("build");
        build.args(["--color=never", "--target-dir"]).arg(&self.target).args(more);
        // Each version is built once, and nobody debugs it.
        build.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
        build
    }

    /// A program that `cargo otelier build` has made.
    pub(super) fn built(&self, name: &str) -> PathBuf {
        self.target.join("otelier/current/debug").join(name)
    }

    fn otelier(&self, command: &str) -> Command {
        let mut otelier = program_in(&self.root, &self.driver.binary);
        otelier.args(["otelier", command]).env("CARGO_OTELIER_CACHE", &self.driver.agents);
        otelier
    }
}
