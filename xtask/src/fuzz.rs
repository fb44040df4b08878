//! `cargo xtask fuzz`: a bounded run of the fuzz targets, on stable Rust.
//!
//! A fuzz target is an ignored test in a test target named `fuzz` of any package. It feeds a
//! library function with inputs from a seeded generator for `OTELIER_FUZZ_SECONDS`, starting from
//! `OTELIER_FUZZ_SEED`, and on a failure prints the seed and the input. So a new target is picked
//! up without a line here.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

use crate::process::{self, Process};
use crate::workspace::Workspace;

/// Run the fuzz targets for a bounded time each.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long each target runs.
    #[arg(long, default_value_t = 30, env = "OTELIER_FUZZ_SECONDS")]
    seconds: u64,
    /// Where the generator starts; a seed that a failed run printed repeats that run. Taken from
    /// the clock if absent.
    #[arg(long, env = "OTELIER_FUZZ_SEED")]
    seed: Option<u64>,
    /// Run only targets whose name contains one of these.
    filter: Vec<String>,
}

/// Runs the `fuzz` test target of each package that has one.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let seed = args.seed.unwrap_or_else(seed_from_clock);
    let packages: Vec<&str> = workspace
        .packages
        .iter()
        .filter(|package| package.has_target("test", "fuzz"))
        .map(|package| package.name.as_str())
        .collect();
    if packages.is_empty() {
        bail!("no package of the workspace has a test target named `fuzz`");
    }
    let mut failed = Vec::new();
    for package in packages {
        println!("fuzz: {package}, {} s per target, seed {seed}", args.seconds);
        let mut command = workspace.cargo();
        command
            .args(["test", "--release", "--all-features", "-p", package, "--test", "fuzz", "--"])
            // One at a time: a target that measures its own speed must not compete with the next.
            .args(["--ignored", "--nocapture", "--test-threads=1"])
            .args(&args.filter)
            .env("OTELIER_FUZZ_SECONDS", args.seconds.to_string())
            .env("OTELIER_FUZZ_SEED", seed.to_string());
        if !Process::spawn(&mut command)?.wait(|| ())?.success() {
            failed.push(package);
        }
        process::check_interrupted()?;
    }
    if !failed.is_empty() {
        bail!("fuzz targets failed in {}; run again with --seed {seed}", failed.join(", "));
    }
    Ok(())
}

fn seed_from_clock() -> u64 {
    // The low half of the nanoseconds is all that differs between two runs.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_nanos() as u64)
}
