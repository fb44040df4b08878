//! An OTLP receiver as a process of its own, for programs whose telemetry is counted or compared.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;

const RECEIVER: &str = "otelier-receiver";

/// The program that receives.
pub(crate) struct Binary(PathBuf);

/// One that runs. It ends when its input does.
pub(crate) struct Receiver {
    process: Child,
    /// For OTLP over HTTP.
    pub(crate) endpoint: String,
}

impl Binary {
    /// Builds it.
    pub(crate) fn build(workspace: &Workspace) -> Result<Self> {
        let mut build = workspace.cargo();
        build.args(["build", "--quiet", "--package", "otelier-testing", "--bin", RECEIVER]);
        if !build.status().context("cannot start cargo")?.success() {
            bail!("{RECEIVER} does not build");
        }
        Ok(Self(workspace.target.join("debug").join(RECEIVER)))
    }

    /// Starts it.
    pub(crate) fn start(&self) -> Result<Receiver> {
        Receiver::start(&mut Command::new(&self.0))
    }

    /// Starts it so that it writes what it is given into files of a folder, `traces.jsonl` and its
    /// kin.
    pub(crate) fn start_writing(&self, folder: &Path) -> Result<Receiver> {
        Receiver::start(Command::new(&self.0).arg("--out").arg(folder))
    }
}

impl Receiver {
    fn start(command: &mut Command) -> Result<Self> {
        let process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = process.with_context(|| format!("cannot start {RECEIVER}"))?;
        let mut line = String::new();
        let output = process.stdout.take().context("the receiver has an output")?;
        BufReader::new(output).read_line(&mut line)?;
        let addresses: serde_json::Value = serde_json::from_str(&line)?;
        let endpoint = addresses["http"].as_str().context("the receiver has no address")?;
        Ok(Self { process, endpoint: endpoint.to_owned() })
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
