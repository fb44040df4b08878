//! `cargo xtask release --dry-run`: everything that must hold before the crates are published,
//! without publishing anything.

mod api;
mod package;

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::process::Process;
use crate::step::{Log, Steps};
use crate::workspace::{Package, Workspace};
use crate::{doc, tidy};

/// Pinned, so that two runs check the same.
const HACK: &str = "0.6.45";

/// Check everything that must hold before the crates are published.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Publish nothing. It is the only way to call this: `cargo publish --workspace` publishes.
    #[arg(long, required = true)]
    dry_run: bool,
    /// Run only these steps.
    #[arg(long = "step", value_name = "NAME")]
    only: Vec<String>,
}

type Step = fn(&Workspace, &mut Log) -> Result<()>;

/// The steps, what is cheap first.
const STEPS: [(&str, Step); 8] = [
    ("changelog", changelog),
    ("rust-version", rust_version),
    ("deny", deny),
    ("docs", doc::step),
    ("api", api::step),
    ("semver", semver),
    ("features", features),
    ("package", package::step),
];

/// Runs every step, then fails if one of them did.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let chosen: Vec<&(&str, Step)> = STEPS
        .iter()
        .filter(|(name, _)| args.only.is_empty() || args.only.iter().any(|it| it == name))
        .collect();
    if let Some(unknown) =
        args.only.iter().find(|it| !STEPS.iter().any(|(name, _)| name == &it.as_str()))
    {
        let names = STEPS.map(|(name, _)| name).join(", ");
        bail!("no step is named {unknown}; there are: {names}");
    }
    let mut steps = Steps::new(workspace, chosen.len());
    for (name, step) in chosen {
        steps.quiet(name, |log| step(workspace, log))?;
    }
    steps.finish("release")
}

/// The packages that are published and that others depend on.
fn published(workspace: &Workspace) -> impl Iterator<Item = &Package> {
    workspace.packages.iter().filter(|package| package.is_published() && package.has_library())
}

/// Says something to the person who waits, and to the log.
fn say(log: &mut Log, text: &str) -> Result<()> {
    println!("      {text}");
    log.line(text)
}

/// All crates have one version, which the changelog names.
fn changelog(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let mut versions: Vec<&str> =
        published(workspace).map(|package| package.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    let [version] = versions[..] else { bail!("the crates have versions {}", versions.join(", ")) };
    let text = fs::read_to_string(workspace.root.join("CHANGELOG.md"))?;
    if names_version(&text, version) {
        return say(log, &format!("version {version}"));
    }
    say(log, &format!("CHANGELOG.md has no section `## {version}` yet"))
}

fn names_version(changelog: &str, version: &str) -> bool {
    changelog
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .any(|title| title.trim_start_matches('[').starts_with(version))
}

/// What tidy computes from the dependencies; and, where that very toolchain is installed, a build.
fn rust_version(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let findings = tidy::rust_versions(workspace)?;
    for finding in &findings {
        say(log, &finding.to_string())?;
    }
    if !findings.is_empty() {
        bail!("{} packages name the wrong rust-version", findings.len());
    }
    let toolchains = output(Command::new("rustup").args(["toolchain", "list"])).unwrap_or_default();
    for package in published(workspace) {
        let version = package.rust_version.as_deref().unwrap_or_default();
        let installed = toolchains
            .lines()
            .filter_map(|line| line.split(' ').next())
            .find(|name| is_toolchain(name, version));
        let Some(toolchain) = installed else {
            say(log, &format!("{}: {version} is not installed here", package.name))?;
            continue;
        };
        let mut command = Command::new("rustup");
        command.current_dir(&workspace.root).args(["run", toolchain, "cargo", "check", "--locked"]);
        command.args(["--lib", "--all-features", "-p", &package.name, "--target-dir"]);
        log.run(command.arg(workspace.target.join("release").join(version)))?;
        say(log, &format!("{}: builds with {version}", package.name))?;
    }
    Ok(())
}

/// Whether `1.89.0-x86_64-unknown-linux-gnu` is what `1.89` names.
fn is_toolchain(name: &str, version: &str) -> bool {
    let rest = name.strip_prefix(version).filter(|_| !version.is_empty());
    rest.is_some_and(|rest| rest.starts_with('-') || rest.starts_with(".0-"))
}

/// Licenses, advisories and sources, where cargo-deny is installed.
fn deny(workspace: &Workspace, log: &mut Log) -> Result<()> {
    if !has(workspace, "deny") {
        return say(log, "cargo-deny is not installed here: `cargo install cargo-deny --locked`");
    }
    log.run(workspace.cargo().args(["deny", "--color=never", "check"]))
}

/// What breaks users of the last version that was published.
fn semver(workspace: &Workspace, log: &mut Log) -> Result<()> {
    let mut git = Command::new("git");
    git.current_dir(&workspace.root).args(["describe", "--tags", "--match", "v*", "--abbrev=0"]);
    let Ok(tag) = output(&mut git) else {
        return say(log, "there is no earlier version: no commit has a tag `v…`");
    };
    if !has(workspace, "semver-checks") {
        let install = "`cargo install cargo-semver-checks --locked`";
        bail!("cargo-semver-checks is not installed here: {install}");
    }
    let mut command = workspace.cargo();
    command.args(["semver-checks", "--color=never", "--baseline-rev", tag.trim()]);
    for package in published(workspace) {
        command.args(["--package", &package.name]);
    }
    log.run(&mut command)
}

/// Each feature alone, and each pair of features.
fn features(workspace: &Workspace, log: &mut Log) -> Result<()> {
    if !has(workspace, "hack") {
        say(log, &format!("installing cargo-hack {HACK}"))?;
        let mut install = workspace.cargo();
        install.args(["install", "cargo-hack", "--locked", "--version", HACK]);
        log.run(&mut install).context("cannot install cargo-hack")?;
    }
    let mut command = workspace.cargo();
    command.args(["hack", "check", "--color=never", "--feature-powerset", "--depth", "2"]);
    command.args(["--keep-going", "--no-dev-deps", "--group-features", "default,grpc"]);
    for package in published(workspace) {
        command.args(["-p", &package.name]);
    }
    log.run(&mut command)
}

/// Whether a cargo subcommand is installed.
fn has(workspace: &Workspace, subcommand: &str) -> bool {
    let mut probe = workspace.cargo();
    probe.args([subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    Process::spawn(&mut probe)
        .and_then(|process| process.wait(|| ()))
        .is_ok_and(|status| status.success())
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().context("cannot run a program")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).context("the output is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changelog_names_its_versions() {
        let text = "# Changelog\n\n## Unreleased\n\n## [0.2.0] - 2026-11-28\n\n## 0.1.0\n";
        assert!(names_version(text, "0.2.0") && names_version(text, "0.1.0"));
        assert!(!names_version(text, "0.3.0"));
    }

    #[test]
    fn toolchains_are_known_by_their_version() {
        for (name, expect) in [
            ("1.89-x86_64-unknown-linux-gnu", true),
            ("1.89.0-x86_64-unknown-linux-gnu", true),
            ("1.89.1-x86_64-unknown-linux-gnu", false),
            ("stable-x86_64-unknown-linux-gnu", false),
        ] {
            assert_eq!(is_toolchain(name, "1.89"), expect, "{name}");
        }
        assert!(!is_toolchain("1.89-x", ""));
    }
}
