//! `cargo xtask mutants`: changes made on purpose, each of which a test must see.
//!
//! cargo-mutants changes one function after another and runs the tests of its package. What it
//! looks at, and which survivors are known, with their reasons, is in `.cargo/mutants.toml`. A run
//! is bounded in time and takes the changes in random order, so that several short runs see
//! different ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process::{self, Process};
use crate::step;
use crate::test;
use crate::workspace::Workspace;

/// Pinned, so that two runs make the same changes.
const VERSION: &str = "27.1.0";

/// Change the code on purpose, and see whether a test fails; bounded in time.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Stop after this many minutes.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Only this package (may be repeated).
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
    /// Change the files of this checkout, and build in its target directory. It starts at once, but
    /// nothing else may read or change the checkout meanwhile.
    #[arg(long)]
    in_place: bool,
    /// Only changes whose `FILE:LINE:COLUMN: replace … in FUNCTION` matches one of these regular
    /// expressions: `config/file/`, `carrier.rs`, `layer.rs:12`.
    filter: Vec<String>,
}

/// Runs cargo-mutants, and fails if a change survived.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    install(workspace)?;
    let out = workspace.target.join("mutants");
    fs::create_dir_all(&out)?;
    let mut command = workspace.cargo();
    command.args(["mutants", "--shuffle", "--no-times", "--colors=never", "--output"]).arg(&out);
    command.arg("--test-tool").arg(if test::has_nextest(workspace) { "nextest" } else { "cargo" });
    for package in &args.packages {
        command.args(["--package", package]);
    }
    for filter in &args.filter {
        command.args(["--re", filter]);
    }
    if args.in_place {
        command.arg("--in-place");
    }
    let limit = Duration::from_secs(args.minutes * 60);
    let start = Instant::now();
    let mut child = Process::spawn(&mut command)?;
    let ended = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() >= limit {
            break None;
        }
        process::check_interrupted()?;
        std::thread::sleep(Duration::from_millis(200));
    };
    drop(child);
    process::check_interrupted()?;
    report(&out.join("mutants.out"), ended.is_none(), start.elapsed())
}

/// Says what became of the changes, of each package and of all. Survivors fail the task: each needs
/// a test, or a line with its reason.
fn report(out: &Path, stopped: bool, took: Duration) -> Result<()> {
    let read = |file: &str| fs::read_to_string(out.join(file)).unwrap_or_default();
    let missed = read("missed.txt");
    let outcomes = [
        (read("caught.txt"), "caught"),
        (missed.clone(), "missed"),
        (read("timeout.txt"), "ran too long"),
        (read("unviable.txt"), "do not compile"),
    ];
    let counts = |is_counted: &dyn Fn(&str) -> bool| {
        let count = |text: &String| text.lines().filter(|line| is_counted(line)).count();
        let parts = outcomes.iter().map(|(text, what)| format!("{} {what}", count(text)));
        parts.collect::<Vec<_>>().join(", ")
    };
    let lines = outcomes.iter().flat_map(|(text, _)| text.lines());
    for package in lines.filter_map(package).collect::<BTreeSet<_>>() {
        println!("mutants: {package}: {}", counts(&|line| self::package(line) == Some(package)));
    }
    let end = if stopped { "stopped" } else { "done" };
    println!("mutants: {end} after {}: {}", step::duration(took), counts(&|_| true));
    if outcomes[..3].iter().all(|(text, _)| text.is_empty()) {
        bail!("no change was tried: more --minutes, or another package or filter");
    }
    if !missed.is_empty() {
        bail!(
            "no test sees these changes; write one, or exclude it in .cargo/mutants.toml with the \
             reason:\n{}",
            missed.trim_end()
        );
    }
    Ok(())
}

/// The folder of the package that the change of `line` is in.
fn package(line: &str) -> Option<&str> {
    line.strip_prefix("crates/")?.split('/').next()
}

fn install(workspace: &Workspace) -> Result<()> {
    let mut probe = workspace.cargo();
    probe.args(["mutants", "--version"]).stdin(Stdio::null()).stderr(Stdio::null());
    if probe.output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    println!("mutants: installing cargo-mutants {VERSION}");
    let mut install: Command = workspace.cargo();
    install.args(["install", "cargo-mutants", "--locked", "--version", VERSION]);
    if !Process::spawn(&mut install)?.wait(|| ())?.success() {
        bail!("cannot install cargo-mutants: `cargo install cargo-mutants --locked`");
    }
    Ok(())
}
