//! `cargo otelier doctor`: what Otelier could trace in a workspace, and what loses telemetry there.
//!
//! The modules below know a workspace and what is supported, both as plain data. `cargo xtask
//! doctor` has the same ones, and writes `supported.json`, from the manifests of the integrations.

mod check;
mod code;
mod project;
mod report;
mod shutdown;
mod support;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use self::project::Project;
use self::report::Level;
use self::support::Support;

const SUPPORTED: &str = include_str!("doctor/supported.json");

/// Look through this workspace: which of its libraries the crate otelier supports, and what loses
/// telemetry.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The manifest of the workspace, or of one of its packages.
    #[arg(long, value_name = "PATH", default_value = "Cargo.toml")]
    manifest_path: PathBuf,
}

/// Prints what was found, and fails if telemetry is lost.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let project = Project::load(&args.manifest_path)?;
    let report = check::check(&project, &supported()?);
    print!("{report}");
    let (problems, advice) = (report.count(Level::Problem), report.count(Level::Advice));
    println!("doctor: {problems} problems, {advice} things to add");
    Ok(if problems > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn supported() -> Result<Support> {
    serde_json::from_str(SUPPORTED).context("what is supported cannot be read")
}

#[cfg(test)]
mod tests;
