//! `cargo otelier prepare`: builds the agent, so that builds without a network find it.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::agent::Build;
use crate::driver::{Arguments, Project};

/// Build the agent now, so that later builds need no network for it: for CI and containers.
///
/// It is the same for all programs, so it needs no workspace.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The targets to build it for, if not this machine or what cargo's configuration names.
    #[arg(long, value_name = "TRIPLE")]
    target: Vec<String>,
    /// Use no network.
    #[arg(long)]
    offline: bool,
    /// Say nothing.
    #[arg(long, short)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut words = vec![OsString::from("prepare")];
    words.extend(args.target.iter().map(|target| format!("--target={target}").into()));
    words.extend(args.offline.then(|| "--offline".into()));
    let project = Project::find(Arguments::new(words))?;
    let build = Build::new(&project.toolchain)?;
    for target in &project.targets {
        build.agent(target, project.network(), args.quiet)?;
        if !args.quiet {
            let shown = if target.is_empty() { project.toolchain.host() } else { target };
            println!("The agent is ready for {} and {shown}.", project.toolchain.short());
        }
    }
    Ok(ExitCode::SUCCESS)
}
