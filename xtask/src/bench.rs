//! `cargo xtask bench`: the benchmarks of the workspace.

mod zero_code;

use std::process::Command;

use anyhow::{Result, bail};

use crate::process::Process;
use crate::programs::{self, Bench};
use crate::workspace::Workspace;

/// Run the benchmarks of the workspace.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run only this bench target, this program in `integration-tests/programs`, or `zero-code`,
    /// which builds a program by `cargo otelier` and without (may be repeated); all of them
    /// otherwise.
    #[arg(long = "bench", value_name = "NAME")]
    names: Vec<String>,
    /// Run only benchmarks whose path contains one of these.
    filter: Vec<String>,
    /// Passed on to the benchmarks as they are.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Runs the bench targets in one cargo command, so that they share one build, and then the programs
/// that measure.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let targets: Vec<&str> = workspace
        .packages
        .iter()
        .flat_map(|package| package.targets_of("bench"))
        .map(|target| target.name.as_str())
        .collect();
    let programs = programs::benches(workspace)?;
    let known = || {
        let programs = programs.iter().map(|it| it.name.as_str());
        targets.iter().copied().chain(programs).chain([zero_code::NAME])
    };
    if let Some(unknown) = args.names.iter().find(|name| known().all(|it| it != name.as_str())) {
        let known: Vec<&str> = known().collect();
        bail!("no benchmark is named {unknown}; there are: {}", known.join(", "));
    }
    let is_chosen =
        |name: &str| args.names.is_empty() || args.names.iter().any(|chosen| chosen == name);
    let targets: Vec<&str> = targets.iter().copied().filter(|name| is_chosen(name)).collect();
    if !targets.is_empty() {
        let mut command = workspace.cargo();
        command.args(["bench", "--workspace", "--all-features"]);
        for name in targets {
            command.args(["--bench", name]);
        }
        execute(command.arg("--").args(&args.filter).args(&args.rest))?;
    }
    // A filter is one of benchmarks inside of a target, of which a program has none.
    let programs = programs.iter().filter(|_| args.filter.is_empty());
    for mut command in
        programs.filter(|it| is_chosen(&it.name)).flat_map(|it: &Bench| it.commands(workspace))
    {
        execute(&mut command)?;
    }
    if args.filter.is_empty() && is_chosen(zero_code::NAME) {
        zero_code::run(workspace)?;
    }
    Ok(())
}

fn execute(command: &mut Command) -> Result<()> {
    let status = Process::spawn(command)?.wait(|| ())?;
    if !status.success() {
        bail!("a benchmark ended with {status}");
    }
    Ok(())
}
