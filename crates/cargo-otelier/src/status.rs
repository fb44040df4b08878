//! `cargo otelier status`: which libraries of a workspace are traced, and which are not.

mod libraries;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::agent::Build;
use crate::driver::{Arguments, Project};

/// Say which libraries of this workspace are traced, by which edits, and which are not and why.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The manifest of the workspace.
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Show every line that is changed in them.
    #[arg(long)]
    diff: bool,
    /// The target, if not this machine or what cargo's configuration names.
    #[arg(long, value_name = "TRIPLE")]
    target: Vec<String>,
    /// Use no network.
    #[arg(long)]
    offline: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut words = vec![OsString::from("status")];
    if let Some(path) = &args.manifest_path {
        words.extend(["--manifest-path".into(), path.clone().into_os_string()]);
    }
    words.extend(args.target.iter().map(|target| format!("--target={target}").into()));
    words.extend(args.offline.then(|| "--offline".into()));
    let project = Project::find(Arguments::new(words))?;
    let build = Build::new(&project.toolchain)?;
    for target in &project.targets {
        let shown = if target.is_empty() { project.toolchain.host() } else { target };
        let metadata = project.metadata(&["--filter-platform", shown])?;
        let found = libraries::find(&metadata, &project.edits)?;
        print!("{}", found.report(args.diff));
        let is_ready = build.ready(target).is_some();
        let compiler = project.toolchain.short();
        let state = if is_ready { "is built" } else { "is built with the first program" };
        println!("agent for {compiler} and {shown}: {state}");
    }
    Ok(ExitCode::SUCCESS)
}
