//! `cargo xtask ci`: everything a change must pass, and all that CI runs.
//!
//! The order serves two ends. What is cheap comes first. And builds are shared: clippy, features and docs want
//! metadata of the dependencies only, doctests and tests want the same code of the same features and profile.
//! Warnings are denied through clippy's and rustdoc's own flags: RUSTFLAGS would make every dependency build again.

use anyhow::{Result, bail};

use crate::services::{Keep, Session};
use crate::step::{Log, Steps};
use crate::workspace::{Package, Workspace};
use crate::{demo, test, tidy};

/// Run everything a change must pass: format, tidy, clippy, each feature alone, docs, demo, doctests and tests.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Start no services; tests that need one look for its address in the environment.
    #[arg(long)]
    no_services: bool,
}

/// Runs every step, then fails if one of them did.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let mut steps = Steps::new(workspace, 9);
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
        )
    })?;
    steps.quiet("features", |log| features_step(workspace, log))?;
    steps.quiet("docs", |log| {
        log.run(workspace.cargo().env("RUSTDOCFLAGS", "-D warnings").args([
            "doc",
            "--workspace",
            "--no-deps",
            "--all-features",
        ]))
    })?;
    let mut session = None;
    steps.quiet("services", |log| {
        let needed = if args.no_services { Vec::new() } else { test::needed_services(workspace)? };
        let started = Session::start(workspace, &needed, Keep::WhileInUse)?;
        started.report().iter().try_for_each(|line| log.line(line))?;
        session = Some(started);
        Ok(())
    })?;
    let variables = session.as_ref().map(Session::variables).unwrap_or_default();
    steps.quiet("demo", |log| demo::step(workspace, log, &variables))?;
    steps.quiet("doctests", |log| test::doctests(workspace, log, &variables, &[]))?;
    // Last, and shown as it runs: the last line of the output is the test runner's own summary.
    steps.streamed("tests", |log| test::tests(workspace, log, &variables, &[]))?;
    drop(session);
    steps.finish("ci")
}

const DENY: [&str; 3] = ["--", "-D", "warnings"];

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

/// Each published library without features and with each one alone. Clippy instead of check: it shares the
/// dependencies' metadata with the step before, and can deny warnings without a RUSTFLAGS that would rebuild them.
fn features_step(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let mut failed = Vec::new();
    for selection in feature_selections(&workspace.packages) {
        let mut command = workspace.cargo();
        command.arg("clippy").args(&selection).args(DENY);
        if log.run(&mut command).is_err() {
            crate::process::check_interrupted()?;
            failed.push(selection.join(" "));
        }
    }
    if !failed.is_empty() {
        bail!("{} of the selections fail:\n      {}", failed.len(), failed.join("\n      "));
    }
    Ok(())
}

fn feature_selections(packages: &[Package]) -> Vec<Vec<String>> {
    let libraries =
        packages.iter().filter(|p| p.is_published() && p.targets_of("lib").next().is_some());
    let mut selections = Vec::new();
    for package in libraries {
        let base = ["-p", &package.name, "--no-default-features"].map(str::to_owned);
        selections.push(base.to_vec());
        // A feature that only names an optional dependency is one too: cargo lists it among the features.
        for feature in package.features.keys().filter(|feature| *feature != "default") {
            let mut selection = base.to_vec();
            selection.extend(["--features".to_owned(), feature.clone()]);
            selections.push(selection);
        }
    }
    selections
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(json: &str) -> Package {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_published_library_is_checked_bare_and_with_each_feature() {
        let library = package(
            r#"{"id": "1", "name": "facade", "license": null, "manifest_path": "Cargo.toml", "publish": null,
                "features": {"default": [], "axum": ["tower"], "tower": []},
                "targets": [{"name": "facade", "kind": ["lib"]}], "dependencies": []}"#,
        );
        let private = package(
            r#"{"id": "2", "name": "xtask", "license": null, "manifest_path": "Cargo.toml", "publish": [],
                "features": {"x": []}, "targets": [{"name": "xtask", "kind": ["lib"]}], "dependencies": []}"#,
        );
        let shown: Vec<String> =
            feature_selections(&[library, private]).iter().map(|words| words.join(" ")).collect();
        assert_eq!(
            shown,
            [
                "-p facade --no-default-features",
                "-p facade --no-default-features --features axum",
                "-p facade --no-default-features --features tower",
            ]
        );
    }
}
