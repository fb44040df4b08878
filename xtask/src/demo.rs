//! `cargo xtask demo`: services that talk to each other, and the traces that arrive because of it.
//!
//! What happens in the demo is in the package integration-tests: its driver starts the receiver and
//! the services. This only builds all of them, in one cargo command, and brings up the servers they
//! use.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::manifest::Role;
use crate::process::{Heartbeat, Process, last_lines};
use crate::services::{Keep, Session};
use crate::step::{Log, Shown, duration};
use crate::workspace::{Package, Workspace};

/// Run the demo: real services, real requests, and the traces that arrive at a real OTLP receiver.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write what arrives to traces.jsonl, metrics.jsonl and logs.jsonl in this directory: one
    /// OTLP/JSON export request a line.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Leave everything running until Ctrl-C.
    #[arg(long)]
    keep: bool,
    /// Play only these scenes.
    #[arg(long, value_name = "SCENES", value_delimiter = ',')]
    only: Vec<String>,
}

const DRIVER: &str = "otelier-demo";
/// What the log of the build is called.
const BUILD: &str = "demo-build";

/// Builds the programs, then plays the demo in this terminal.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    println!("[1/2] build …");
    let start = Instant::now();
    let shown = Shown::Heartbeat(Heartbeat::new("build"));
    let result = Log::create(workspace, BUILD, shown)?.run(&mut build(workspace));
    let log = workspace.target.join("xtask/logs").join(BUILD).with_extension("log");
    let shown = workspace.display(&log);
    if let Err(error) = result {
        println!("{}", last_lines(&fs::read_to_string(&log)?, 60));
        return Err(error)
            .with_context(|| format!("the demo does not build, the whole log is in {shown}"));
    }
    println!("[1/2] build ok in {}, log in {shown}", duration(start.elapsed()));
    println!("[2/2] run …");

    let servers = servers(workspace, &args.only)?;
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    let session = Session::start(workspace, &servers, Keep::WhileInUse)
        .context("cannot bring up what the demo uses (--only ping needs nothing)")?;
    let mut command = driver(workspace);
    command.envs(session.variables());
    if let Some(out) = &args.out {
        command.arg("--out").arg(out);
    }
    if args.keep {
        command.arg("--keep");
    }
    if !args.only.is_empty() {
        command.arg("--only").arg(args.only.join(","));
    }
    // On our own output and not through a log, so that the driver sees the terminal: its width, and
    // that it has colors.
    let status = Process::spawn(&mut command)?.wait(|| ())?;
    if !status.success() {
        bail!("the demo failed");
    }
    Ok(())
}

/// The same as a step of another task: the output goes to its log, what arrives to `target/demo`.
pub(crate) fn step(
    workspace: &Workspace,
    log: &mut Log,
    variables: &[(String, String)],
) -> Result<()> {
    // With the tests: what they depend on turns on more features of the dependencies, and so each
    // is compiled once.
    log.run(workspace.cargo().args(TEST_BUILD))?;
    let out = workspace.target.join("demo");
    log.run(driver(workspace).arg("--out").arg(out).envs(variables.iter().cloned()))
}

/// The servers that these scenes use; all scenes if none is named. A scene is called after its
/// example.
fn servers(workspace: &Workspace, only: &[String]) -> Result<Vec<String>> {
    let played = |scene: &str| only.is_empty() || only.iter().any(|name| name == scene);
    let mut servers = Vec::new();
    for package in workspace.packages.iter().filter(|package| played(&package.name)) {
        servers.extend(package.otelier()?.into_iter().flat_map(|table| table.servers));
    }
    Ok(servers)
}

/// Builds the programs and all tests.
const TEST_BUILD: [&str; 6] =
    ["build", "--color=never", "--workspace", "--all-features", "--bins", "--tests"];

/// The driver, and all that it may start: the programs of the examples, and the receiver.
fn build(workspace: &Workspace) -> Command {
    let mut command = workspace.cargo();
    command.args(["build", "--color=never", "--bins"]);
    let is_part = |package: &&Package| {
        package.has_target("bin", DRIVER)
            || matches!(package.role(), Some(Role::Example | Role::Testing))
    };
    for package in workspace.packages.iter().filter(is_part) {
        command.args(["--package", &package.name]);
    }
    command
}

fn driver(workspace: &Workspace) -> Command {
    Command::new(workspace.target.join("debug").join(DRIVER))
}
