//! Numbered steps with their durations and their logs.
//!
//! Beside the wall clock a step says how much CPU time its processes took: that number is the same
//! on a busy machine.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::thread::{Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use nix::sys::resource::{UsageWho, getrusage};

use crate::process::{self, Heartbeat, Progress, last_lines, run_logged};
use crate::workspace::Workspace;

/// How much of a failed step's log is shown.
const SHOWN_LINES: usize = 60;

/// The steps of one task, run one after the other; a failed step does not keep the next from
/// running.
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
    shown: Shown,
}

/// What a person sees of a step while it runs.
pub(crate) enum Shown {
    /// Nothing: it runs beside another one.
    Nothing,
    /// A line now and then, to show that it is alive.
    Heartbeat(Heartbeat),
    /// All its output.
    Everything,
}

/// A step that runs beside the numbered ones, until [`Steps::join`] gives it a number.
pub(crate) struct Beside<'scope, T> {
    name: &'static str,
    thread: ScopedJoinHandle<'scope, Result<(Log, Result<T>, Duration)>>,
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
        self.step(name, Shown::Heartbeat(Heartbeat::new(name)), body)
    }

    /// Runs a step whose output also goes to standard output.
    pub(crate) fn streamed(
        &mut self,
        name: &str,
        body: impl FnOnce(&mut Log) -> Result<()>,
    ) -> Result<()> {
        self.step(name, Shown::Everything, body)
    }

    /// Starts a step that runs beside the ones that follow. Its output goes to its log only.
    pub(crate) fn beside<'scope, T: Send + 'scope>(
        &self,
        scope: &'scope Scope<'scope, '_>,
        name: &'static str,
        body: impl FnOnce(&mut Log) -> Result<T> + Send + 'scope,
    ) -> Beside<'scope, T>
    where
        'a: 'scope,
    {
        let workspace = self.workspace;
        let thread = scope.spawn(move || {
            let mut log = Log::create(workspace, name, Shown::Nothing)?;
            let start = Instant::now();
            let result = body(&mut log);
            Ok((log, result, start.elapsed()))
        });
        Beside { name, thread }
    }

    /// Waits for a step that runs beside the others, and gives what it made if it did not fail.
    pub(crate) fn join<T>(&mut self, beside: Beside<'_, T>) -> Result<Option<T>> {
        process::check_interrupted()?;
        let head = self.head(beside.name);
        let start = Instant::now();
        let (log, result, took) =
            beside.thread.join().map_err(|_| anyhow!("{} panicked", beside.name))??;
        process::check_interrupted()?;
        let (made, result) = match result {
            Ok(made) => (Some(made), Ok(())),
            Err(error) => (None, Err(error)),
        };
        let took =
            format!("{} beside the others, {} waited", duration(took), duration(start.elapsed()));
        self.report(&head, beside.name, &log, result, &took)?;
        Ok(made)
    }

    /// Says how it went, on standard error: the last line of standard output belongs to the last
    /// step.
    pub(crate) fn finish(self, task: &str) -> Result<()> {
        let took = duration(self.start.elapsed());
        if !self.failed.is_empty() {
            bail!("{task} failed after {took}:\n  {}", self.failed.join("\n  "));
        }
        match self.number == self.total {
            true => eprintln!("{task}: {} steps ok in {took}", self.total),
            false => eprintln!("{task}: {} of {} steps ok in {took}", self.number, self.total),
        }
        Ok(())
    }

    fn step(
        &mut self,
        name: &str,
        shown: Shown,
        body: impl FnOnce(&mut Log) -> Result<()>,
    ) -> Result<()> {
        process::check_interrupted()?;
        let head = self.head(name);
        println!("{head} …");
        let mut log = Log::create(self.workspace, &format!("{}-{name}", self.number), shown)?;
        let (start, cpu) = (Instant::now(), cpu_time());
        let result = body(&mut log);
        process::check_interrupted()?;
        let cpu = cpu_time().saturating_sub(cpu);
        let took = format!("{} ({} of CPU)", duration(start.elapsed()), duration(cpu));
        self.report(&head, name, &log, result, &took)
    }

    fn head(&mut self, name: &str) -> String {
        self.number += 1;
        format!("[{}/{}] {name}", self.number, self.total)
    }

    fn report(
        &mut self,
        head: &str,
        name: &str,
        log: &Log,
        result: Result<()>,
        took: &str,
    ) -> Result<()> {
        let streamed = log.is_streamed();
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
    /// Opens the log `target/xtask/logs/{name}.log`.
    pub(crate) fn create(workspace: &Workspace, name: &str, shown: Shown) -> Result<Self> {
        let directory = workspace.target.join("xtask/logs");
        fs::create_dir_all(&directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        let path = directory.join(format!("{}.log", name.replace(' ', "-")));
        let file =
            File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { path, file, shown })
    }

    /// Runs a command and fails unless it succeeds.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<()> {
        self.run_limited(command, None)
    }

    /// Runs a command, ends it when it takes longer than `limit`, and fails unless it succeeds.
    pub(crate) fn run_within(&mut self, limit: Duration, command: &mut Command) -> Result<()> {
        self.run_limited(command, Some(limit))
    }

    fn run_limited(&mut self, command: &mut Command, limit: Option<Duration>) -> Result<()> {
        let progress = match &mut self.shown {
            Shown::Nothing => Progress::Silent,
            Shown::Heartbeat(heartbeat) => Progress::Heartbeat(heartbeat),
            Shown::Everything => Progress::Echo,
        };
        let status = run_logged(command, &mut self.file, progress, limit)?;
        if !status.success() {
            bail!("`{}` ended with {status}", process::shown(command));
        }
        Ok(())
    }

    /// All that was written so far.
    pub(crate) fn read(&self) -> Result<String> {
        let bytes =
            fs::read(&self.path).with_context(|| format!("cannot read {}", self.path.display()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The last command, and what it has written.
    pub(crate) fn last(&self) -> Result<String> {
        let text = self.read()?;
        Ok(text.rsplit("\n$ ").next().unwrap_or_default().to_owned())
    }

    /// Writes a line to the log.
    pub(crate) fn line(&mut self, text: &str) -> Result<()> {
        use std::io::Write as _;
        writeln!(self.file, "{text}").context("cannot write to the log")
    }

    /// Whether the output is shown as well as logged.
    pub(crate) fn is_streamed(&self) -> bool {
        matches!(self.shown, Shown::Everything)
    }
}

/// The CPU time of all child processes that have ended.
fn cpu_time() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else { return Duration::ZERO };
    let micros = [usage.user_time(), usage.system_time()]
        .iter()
        .map(|time| time.tv_sec() * 1_000_000 + time.tv_usec())
        .sum::<i64>();
    Duration::from_micros(micros.unsigned_abs())
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
