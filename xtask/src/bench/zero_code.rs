//! What `cargo otelier` costs, beside the same program without telemetry and with Otelier's layers:
//! builds, the binary, and requests.
//!
//! Time is that of processors, in all processes of a build: what else the machine does changes it
//! little. Of requests the instructions are counted, by valgrind.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};

use crate::programs;
use crate::receiver;
use crate::step::{Log, Shown};
use crate::workspace::{Workspace, cargo_in};

/// What `--bench` calls it.
pub(crate) const NAME: &str = "zero-code";
/// The program without a word of telemetry, and the one with layers.
const PLAIN: &str = "requests";
const LAYERED: &str = "requests-layered";
/// How many requests are counted, and how many come before them.
const COUNTED: u64 = 1000;
const BEFORE: u64 = 200;

/// A program, and how it is built.
struct Kind {
    name: &'static str,
    program: &'static str,
    hooks: bool,
}

const KINDS: [Kind; 3] = [
    Kind { name: "plainly", program: PLAIN, hooks: false },
    Kind { name: "by `cargo otelier`", program: PLAIN, hooks: true },
    Kind { name: "with layers", program: LAYERED, hooks: false },
];

/// How a program is run: its name, which of the kinds it is, and whether telemetry is on.
const RUNS: [(&str, usize, bool); 5] = [
    ("plainly", 0, false),
    ("by `cargo otelier`, switched off", 1, false),
    ("by `cargo otelier`", 1, true),
    ("with layers, switched off", 2, false),
    ("with layers", 2, true),
];

/// Builds and runs the programs, and prints the tables of docs/zero-code.md.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let bench = Bench::create(workspace)?;
    let mut log = Log::create(workspace, "bench-zero-code", Shown::Nothing)?;
    let driver = bench.agent(&mut log)?;
    println!("\n| seconds of CPU | first build | nothing to do | a line changed | binary |");
    println!("|---|---|---|---|---|");
    for kind in &KINDS {
        bench.builds(kind, &driver, &mut log)?;
    }
    println!("\n| | instructions for a request | to plain |");
    println!("|---|---|---|");
    bench.requests(workspace)
}

struct Bench {
    /// Of this repository.
    root: PathBuf,
    folder: PathBuf,
}

impl Bench {
    /// Everything is built anew, in a folder that is removed first.
    fn create(workspace: &Workspace) -> Result<Self> {
        let folder = workspace.target.join("bench-zero-code");
        if folder.exists() {
            fs::remove_dir_all(&folder).context("cannot remove the last builds")?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self { root: workspace.root.clone(), folder })
    }

    /// Builds the agent, which a user does once.
    fn agent(&self, log: &mut Log) -> Result<programs::Driver> {
        println!("building `cargo otelier` and its agent …");
        let mut build = cargo_in(&self.root);
        build.args(["build", "--release", "--locked", "--package", "cargo-otelier"]);
        log.run(build.arg("--target-dir").arg(self.folder.join("driver")))?;
        let binary = self.folder.join("driver/release/cargo-otelier");
        let agents = self.folder.join("agents");
        let driver = programs::Driver { binary, agents, profile: None };
        let mut prepare = driver.command(&self.root);
        prepare.arg("prepare");
        let time = cpu_time(|| log.run(&mut prepare))?;
        println!("the agent: {:.0} s of CPU, once", time.as_secs_f64());
        Ok(driver)
    }

    /// A row of the first table.
    fn builds(&self, kind: &Kind, driver: &programs::Driver, log: &mut Log) -> Result<()> {
        let target = self.target(kind);
        let build = |log: &mut Log, more: &[&str]| {
            let mut command = match kind.hooks {
                true => driver.command(&self.root),
                false => cargo_in(&self.root),
            };
            command.args(["build", "--locked", "--color=never", "--manifest-path"]);
            command.arg(self.source(kind).join("Cargo.toml"));
            command.arg("--target-dir").arg(&target).args(more);
            cpu_time(|| log.run(&mut command))
        };
        let first = build(log, &[])?;
        let again = build(log, &[])?;
        // Cargo goes by the time of a file.
        let main = File::options().append(true).open(self.source(kind).join("src/main.rs"))?;
        main.set_modified(SystemTime::now())?;
        let changed = build(log, &[])?;
        build(log, &["--release"])?;
        let size = fs::metadata(self.program(kind))?.len();
        println!(
            "| {} | {:.1} | {:.1} | {:.1} | {:.1} MB |",
            kind.name,
            first.as_secs_f64(),
            again.as_secs_f64(),
            changed.as_secs_f64(),
            size as f64 / 1e6
        );
        Ok(())
    }

    /// The second table.
    fn requests(&self, workspace: &Workspace) -> Result<()> {
        let receiver = receiver::Binary::build(workspace)?.start()?;
        let mut plain = None;
        for (name, kind, is_on) in RUNS {
            let count = |requests: u64| {
                let mut command = Command::new("valgrind");
                command
                    .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
                    .arg(self.program(&KINDS[kind]))
                    .arg(requests.to_string())
                    .env("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint);
                if !is_on {
                    command.env("OTELIER_SWITCH_OFF", "true");
                }
                instructions(&mut command)
            };
            let counted = (count(BEFORE + COUNTED)?.saturating_sub(count(BEFORE)?)) / COUNTED;
            let ratio = counted as f64 / *plain.get_or_insert(counted) as f64;
            println!("| {name} | {counted} | {ratio:.2} |");
        }
        Ok(())
    }

    fn source(&self, kind: &Kind) -> PathBuf {
        self.root.join(programs::FOLDER).join(kind.program)
    }

    fn target(&self, kind: &Kind) -> PathBuf {
        self.folder.join(kind.program).join(if kind.hooks { "hooks" } else { "target" })
    }

    fn program(&self, kind: &Kind) -> PathBuf {
        let target = self.target(kind);
        let target = if kind.hooks { target.join("otelier/current") } else { target };
        target.join("release").join(kind.program)
    }
}

/// How long processors work on what is started meanwhile.
fn cpu_time(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let before = cpu_time_of_children()?;
    work()?;
    Ok(cpu_time_of_children()?.saturating_sub(before))
}

fn cpu_time_of_children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("cannot ask for the CPU time")?;
    let times = [usage.user_time(), usage.system_time()];
    let micros: i64 = times.iter().map(|it| it.tv_sec() * 1_000_000 + it.tv_usec()).sum();
    Ok(Duration::from_micros(micros.unsigned_abs()))
}

/// How many instructions a program executes, by what valgrind says in the end.
fn instructions(command: &mut Command) -> Result<u64> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.context("cannot start valgrind, which counts instructions: install it")?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("it ended with {}:\n{text}", output.status);
    }
    let counted = text.lines().find_map(|line| Some(line.split_once("Collected : ")?.1.trim()));
    let counted = counted.with_context(|| format!("valgrind has not counted:\n{text}"))?;
    counted.parse().with_context(|| format!("no number: {counted}"))
}
