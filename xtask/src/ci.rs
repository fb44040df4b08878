//! `cargo xtask ci`: everything a change must pass, and all that CI runs.
//!
//! The order serves three ends. What is cheap comes first. Builds are shared: clippy, features and
//! docs want metadata of the dependencies only, programs, demo, doctests and tests want their code,
//! with the same features and profile as far as that can be. And no processor waits: cargo builds
//! one thing at a time in a target directory, and the end of each build is one crate after the
//! other, so what has a directory of its own runs beside the rest, as does what waits for the
//! network. Warnings are denied through clippy's and rustdoc's own flags: RUSTFLAGS would make
//! every dependency build again.

mod features;

use std::thread;

use anyhow::{Result, bail};

use crate::services::{Keep, Session};
use crate::step::{Log, Steps};
use crate::workspace::Workspace;
use crate::{demo, doc, matrix, programs, test, tidy};

/// Run everything a change must pass: format, tidy, clippy, each feature alone, docs, the oldest
/// dependencies, programs, doctests, demo and tests.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Start no services; tests that need one look for its address in the environment.
    #[arg(long)]
    no_services: bool,
}

/// Runs every step, then fails if one of them did.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    thread::scope(|scope| {
        let mut steps = Steps::new(workspace, 13);
        let services = steps.beside(scope, "services", |log| start_services(args, workspace, log));
        steps.quiet("format", |log| {
            log.run(workspace.cargo().args(["fmt", "--all", "--", "--check", "--color=never"]))
        })?;
        steps.quiet("tidy", |log| tidy_step(workspace, log))?;
        steps.quiet("clippy", |log| {
            log.run(
                workspace
                    .cargo()
                    .args(["clippy", "--workspace", "--all-targets", "--all-features"])
                    .args(DENY),
            )?;
            features::copy_builds(workspace, log)
        })?;
        let features = steps.beside(scope, "features", |log| features::step(workspace, log));
        steps.quiet("docs", |log| doc::step(workspace, log))?;
        let session = steps.join(services)?;
        let variables = session.as_ref().map(Session::variables).unwrap_or_default();
        steps.quiet("oldest", |log| matrix::oldest_step(workspace, &variables, log))?;
        steps.quiet("build", |log| test::build(workspace, log))?;
        steps.join(features)?;
        let traced = steps.beside(scope, "traced", |log| programs::build_traced(workspace, log));
        steps.quiet("programs", |log| programs::build(workspace, log))?;
        steps.quiet("doctests", |log| test::doctests(workspace, log, &variables, &[]))?;
        steps.join(traced)?;
        steps.quiet("demo", |log| demo::step(workspace, log, &variables))?;
        // Last, and shown as it runs: the last line of the output is the test runner's own summary.
        steps.streamed("tests", |log| test::tests(workspace, log, &variables, &[]))?;
        drop(session);
        steps.finish("ci")
    })
}

const DENY: [&str; 3] = ["--", "-D", "warnings"];

fn start_services<'a>(args: &Args, workspace: &'a Workspace, log: &mut Log) -> Result<Session<'a>> {
    let needed = if args.no_services { Vec::new() } else { test::needed_services(workspace)? };
    let started = Session::start(workspace, &needed, Keep::WhileInUse)?;
    started.report().iter().try_for_each(|line| log.line(line))?;
    Ok(started)
}

fn tidy_step(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let findings = tidy::findings(workspace)?;
    for finding in &findings {
        log.line(&finding.to_string())?;
    }
    if !findings.is_empty() {
        bail!("{} findings", findings.len());
    }
    Ok(())
}
