//! `cargo xtask test`: every test and doctest, with the servers they need.

use std::io::{self, IsTerminal as _};
use std::num::NonZero;
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use anyhow::{Context as _, Result};

use crate::edits;
use crate::services::{self, Keep, Session};
use crate::step::{Log, Shown};
use crate::tidy;
use crate::workspace::Workspace;

/// How many tests run at the same time at least.
const TEST_THREADS: usize = 8;

/// Run all tests and doctests; the servers they need are brought up first and stopped afterwards.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run only tests whose name contains one of these.
    filter: Vec<String>,
    /// Start no services; tests that need one look for its address in the environment.
    #[arg(long)]
    no_services: bool,
}

/// Runs the doctests, then the tests.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let needed = if args.no_services { Vec::new() } else { needed_services(workspace)? };
    let session = Session::start(workspace, &needed, Keep::WhileInUse)
        .context("cannot bring up what the tests need (--no-services runs them without)")?;
    let variables = session.variables();
    // Doctests first, so that what one reads last is the summary of the tests; and both, whichever
    // fails.
    let doctests = doctests(
        workspace,
        &mut Log::create(workspace, "doctests", Shown::Everything)?,
        &variables,
        &args.filter,
    );
    crate::process::check_interrupted()?;
    tests(
        workspace,
        &mut Log::create(workspace, "tests", Shown::Everything)?,
        &variables,
        &args.filter,
    )?;
    doctests
}

/// Builds all tests and programs of the workspace. Together: what tests depend on turns on more
/// features of the dependencies, and so each is compiled once.
pub(crate) fn build(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let words = ["build", "--color=never", "--workspace", "--all-features", "--bins", "--tests"];
    log.run(workspace.cargo().args(words))
}

/// Runs the doctests of every library with all features.
pub(crate) fn doctests(
    workspace: &Workspace,
    log: &mut Log,
    variables: &[(String, String)],
    filter: &[String],
) -> Result<()> {
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--all-features", "--no-fail-fast", "--doc"]);
    run_tests(log, command, variables, filter)
}

/// Runs unit and integration tests with nextest where it is installed, else with cargo's own
/// runner.
pub(crate) fn tests(
    workspace: &Workspace,
    log: &mut Log,
    variables: &[(String, String)],
    filter: &[String],
) -> Result<()> {
    let mut command = runner(workspace, workspace.cargo());
    command.args(["--workspace", "--all-features", "--no-fail-fast", "--tests"]);
    run_tests(log, command, variables, filter)
}

/// A cargo command that runs tests, with nextest where it is installed.
pub(crate) fn runner(workspace: &Workspace, mut cargo: Command) -> Command {
    if has_nextest(workspace) {
        cargo.args(["nextest", "run", "--no-tests=pass"]);
        // Most tests wait for a server or a timer most of the time.
        cargo.args(["--test-threads", &threads().to_string()]);
    } else {
        cargo.arg("test");
    }
    cargo
}

/// The services whose address some source file of the workspace reads.
pub(crate) fn needed_services(workspace: &Workspace) -> Result<Vec<&'static str>> {
    let sources: Vec<String> = tidy::tracked_files(&workspace.root)?
        .into_iter()
        .filter(|path| path.ends_with(".rs"))
        .filter(|path| !["xtask/", edits::PROGRAMS].iter().any(|it| path.starts_with(it)))
        .filter_map(|path| fs::read_to_string(workspace.root.join(path)).ok())
        .collect();
    let is_read = |variable: &str| sources.iter().any(|text| text.contains(variable));
    Ok(services::names_and_variables()
        .filter(|(_, variable)| is_read(variable))
        .map(|(name, _)| name)
        .collect())
}

fn run_tests(
    log: &mut Log,
    mut command: Command,
    variables: &[(String, String)],
    filter: &[String],
) -> Result<()> {
    let color =
        log.is_streamed() && io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none();
    command
        .env("CARGO_TERM_COLOR", if color { "always" } else { "never" })
        .envs(variables.iter().map(|(name, value)| (name, value)));
    if !filter.is_empty() {
        command.arg("--").args(filter);
    }
    log.run(&mut command)
}

/// How many tests run at the same time.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).max(TEST_THREADS)
}

/// Whether nextest is installed.
pub(crate) fn has_nextest(workspace: &Workspace) -> bool {
    let mut command = workspace.cargo();
    command
        .args(["nextest", "--version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
