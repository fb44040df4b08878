//! Numbered steps with their durations and their logs.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::process::{self, Heartbeat, last_lines, run_logged};
use crate::workspace::Workspace;

/// How much of a failed step's log is shown.
const SHOWN_LINES: usize = 60;

/// The steps of one task, run one after the other; a failed step does not keep the next from running.
pub(crate) struct Steps<'a> {
    workspace: &'a Workspace,
    total: usize,
    number: usize,
    failed: Vec<String>,
    start: Instant,
}

/// The log of a step, and the way its commands are run.
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    /// None when the output is shown as well.
    heartbeat: Option<Heartbeat>,
}

impl<'a> Steps<'a> {
    /// Prepares `total` steps.
    pub(crate) fn new(workspace: &'a Workspace, total: usize) -> Self {
        Self { workspace, total, number: 0, failed: Vec::new(), start: Instant::now() }
    }

    /// Runs a step whose output goes to its log only.
    pub(crate) fn quiet(
        &mut self,
        name: &str,
        body: impl FnOnce(&mut Log) -> Result<()>,
    ) -> Result<()> {
        self.step(name, Some(Heartbeat::new(name)), body)
    }

    /// Runs a step whose output also goes to standard output.
    pub(crate) fn streamed(
        &mut self,
        name: &str,
        body: impl FnOnce(&mut Log) -> Result<()>,
    ) -> Result<()> {
        self.step(name, None, body)
    }

    /// Says how it went, on standard error: the last line of standard output belongs to the last step.
    pub(crate) fn finish(self, task: &str) -> Result<()> {
        let took = duration(self.start.elapsed());
        if !self.failed.is_empty() {
            bail!("{task} failed after {took}:\n  {}", self.failed.join("\n  "));
        }
        eprintln!("{task}: {} steps ok in {took}", self.total);
        Ok(())
    }

    fn step(
        &mut self,
        name: &str,
        heartbeat: Option<Heartbeat>,
        body: impl FnOnce(&mut Log) -> Result<()>,
    ) -> Result<()> {
        process::check_interrupted()?;
        self.number += 1;
        let head = format!("[{}/{}] {name}", self.number, self.total);
        println!("{head} …");
        let streamed = heartbeat.is_none();
        let mut log = Log::create(self.workspace, &format!("{}-{name}", self.number), heartbeat)?;
        let start = Instant::now();
        let result = body(&mut log);
        process::check_interrupted()?;
        let took = duration(start.elapsed());
        let path = self.workspace.display(&log.path);
        match result {
            Ok(()) if streamed => eprintln!("{head} ok in {took}, log in {path}"),
            Ok(()) => println!("{head} ok in {took}, log in {path}"),
            Err(error) => {
                let verdict = format!(
                    "{head} FAILED after {took}: {error:#}\n      the whole log is in {path}"
                );
                if streamed {
                    eprintln!("{verdict}");
                } else {
                    println!("{}\n{verdict}", last_lines(&log.read()?, SHOWN_LINES));
                }
                self.failed.push(format!("{name}: {path}"));
            }
        }
        Ok(())
    }
}

impl Log {
    /// Opens the log `target/xtask/logs/{name}.log`. Without a heartbeat the output is shown as well.
    pub(crate) fn create(
        workspace: &Workspace,
        name: &str,
        heartbeat: Option<Heartbeat>,
    ) -> Result<Self> {
        let directory = workspace.target.join("xtask/logs");
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        let path = directory.join(name).with_extension("log");
        let file =
            File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { path, file, heartbeat })
    }

    /// Runs a command and fails unless it succeeds.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<()> {
        let status = run_logged(command, &mut self.file, self.heartbeat.as_mut())?;
        if !status.success() {
            bail!("`{}` ended with {status}", process::shown(command));
        }
        Ok(())
    }

    fn read(&self) -> Result<String> {
        let bytes =
            fs::read(&self.path).with_context(|| format!("cannot read {}", self.path.display()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Writes a line to the log.
    pub(crate) fn line(&mut self, text: &str) -> Result<()> {
        use std::io::Write as _;
        writeln!(self.file, "{text}").context("cannot write to the log")
    }

    /// Whether the output is shown as well as logged.
    pub(crate) fn is_streamed(&self) -> bool {
        self.heartbeat.is_none()
    }
}

/// A duration as a person says it.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, 0..10) => format!("{:.1}s", duration.as_secs_f64()),
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m {seconds:02}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        let check =
            |millis, expect: &str| assert_eq!(duration(Duration::from_millis(millis)), expect);
        check(40, "0.0s");
        check(9_940, "9.9s");
        check(59_999, "59s");
        check(61_000, "1m 01s");
        check(3_600_000, "60m 00s");
    }
}
