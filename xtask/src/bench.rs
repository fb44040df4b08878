//! `cargo xtask bench`: the benchmarks of the workspace.

use anyhow::{Result, bail};

use crate::process::Process;
use crate::workspace::Workspace;

/// Run the benchmarks of the workspace.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run only this bench target (may be repeated); all of them otherwise.
    #[arg(long = "bench", value_name = "NAME")]
    names: Vec<String>,
    /// Run only benchmarks whose path contains one of these.
    filter: Vec<String>,
    /// Passed on to the benchmarks as they are.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Runs the bench targets in one cargo command, so that they share one build.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let known: Vec<&str> = workspace
        .packages
        .iter()
        .flat_map(|package| package.targets_of("bench"))
        .map(|target| target.name.as_str())
        .collect();
    if known.is_empty() {
        bail!("no package of the workspace has a bench target");
    }
    if let Some(unknown) = args.names.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("no bench target is named {unknown}; there are: {}", known.join(", "));
    }
    let chosen: Vec<&str> =
        if args.names.is_empty() { known } else { args.names.iter().map(String::as_str).collect() };
    let mut command = workspace.cargo();
    command.args(["bench", "--workspace", "--all-features"]);
    for name in chosen {
        command.args(["--bench", name]);
    }
    command.arg("--").args(&args.filter).args(&args.rest);
    let status = Process::spawn(&mut command)?.wait(|| ())?;
    if !status.success() {
        bail!("cargo bench ended with {status}");
    }
    Ok(())
}
