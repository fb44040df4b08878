//! `cargo xtask release --dry-run`: everything that must hold before the crates are published,
//! without publishing anything.

pub(crate) mod api;
mod package;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::process::Process;
use crate::step::{Log, Steps};
use crate::version::Version;
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
pub(crate) fn published(workspace: &Workspace) -> impl Iterator<Item = &Package> {
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
    let mut missing = BTreeMap::<&str, usize>::new();
    for package in published(workspace) {
        let version = package.rust_version.as_deref().unwrap_or_default();
        let installed = toolchains
            .lines()
            .filter_map(|line| line.split(' ').next())
            .find(|name| is_toolchain(name, version));
        let Some(toolchain) = installed else {
            *missing.entry(version).or_default() += 1;
            continue;
        };
        let mut command = Command::new("rustup");
        command.current_dir(&workspace.root).args(["run", toolchain, "cargo", "check", "--locked"]);
        command.args(["--lib", "--no-default-features", "-p", &package.name, "--features"]);
        command.arg(features_of_its_compiler(package, &workspace.packages).join(","));
        command.arg("--target-dir").arg(workspace.target.join("release").join(version));
        log.run(&mut command)?;
        say(log, &format!("{}: builds with {version}", package.name))?;
    }
    for (version, count) in missing {
        let install = format!("`rustup toolchain install {version}`");
        say(log, &format!("{count} crates need Rust {version}, which is not here: {install}"))?;
    }
    Ok(())
}

/// The features that need no newer compiler than the package itself. What others of the workspace
/// add to it needs what they say: the AWS SDK another one than the facade, for example.
fn features_of_its_compiler<'a>(package: &'a Package, packages: &[Package]) -> Vec<&'a str> {
    let needs = |name: &str| {
        let package = packages.iter().find(|package| package.name == name);
        package.and_then(|package| Version::parse(package.rust_version.as_deref()?))
    };
    let own = needs(&package.name);
    let is_newer = |value: &str| {
        let name = value.strip_prefix("dep:").unwrap_or(value).split('/').next();
        let mut brought = package.dependencies.iter().filter(|it| Some(it.called()) == name);
        brought.any(|dependency| dependency.optional && needs(&dependency.name) > own)
    };
    let mut features = package.features.clone();
    loop {
        let before = features.len();
        let known: BTreeSet<String> = features.keys().cloned().collect();
        features.retain(|_, values| {
            values.iter().all(|value| {
                let is_gone = package.features.contains_key(value) && !known.contains(value);
                !is_gone && !is_newer(value)
            })
        });
        if features.len() == before {
            return package
                .features
                .keys()
                .filter(|name| features.contains_key(*name))
                .map(String::as_str)
                .collect();
        }
    }
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

/// Each feature alone, and each pair of those that the package's own code asks for.
///
/// The others only pass something on to a package that has its own pairs here: the code is the
/// same with and without them. With these the facade alone would have 278 selections, each of which
/// may build dependencies again.
///
/// Without `--no-dev-deps`, which changes manifests while it runs: since resolver 2, development
/// dependencies do not count in a check of a library.
fn features(workspace: &Workspace, log: &mut Log) -> Result<()> {
    if !has(workspace, "hack") {
        say(log, &format!("installing cargo-hack {HACK}"))?;
        let mut install = workspace.cargo();
        install.args(["install", "cargo-hack", "--locked", "--version", HACK]);
        log.run(&mut install).context("cannot install cargo-hack")?;
    }
    let hack = || {
        let mut command = workspace.cargo();
        command.args(["hack", "check", "--color=never", "--keep-going"]);
        command
    };
    let mut alone = hack();
    alone.arg("--each-feature");
    for package in published(workspace) {
        alone.args(["-p", &package.name]);
    }
    let mut failed = u32::from(log.run(&mut alone).is_err());
    let files = tidy::tracked_files(&workspace.root)?;
    for package in published(workspace) {
        crate::process::check_interrupted()?;
        let folder = package.manifest().replace("Cargo.toml", "src/");
        let sources: Vec<String> = files
            .iter()
            .filter(|path| path.starts_with(&folder) && path.ends_with(".rs"))
            .filter_map(|path| fs::read_to_string(workspace.root.join(path)).ok())
            .collect();
        let (asked, others) = asked_for(package, &sources);
        if asked.len() < 2 {
            continue;
        }
        let mut pairs = hack();
        pairs.args(["--feature-powerset", "--depth", "2", "-p", &package.name]);
        if !others.is_empty() {
            pairs.args(["--exclude-features", &others.join(",")]);
        }
        failed += u32::from(log.run(&mut pairs).is_err());
    }
    crate::process::check_interrupted()?;
    if failed > 0 {
        bail!("selections of features fail in {failed} of cargo-hack's runs");
    }
    Ok(())
}

/// The features that a package's own code asks for, and the others.
fn asked_for<'a>(package: &'a Package, sources: &[String]) -> (Vec<&'a str>, Vec<&'a str>) {
    package.features.keys().map(String::as_str).partition(|name| {
        let condition = format!("feature = \"{name}\"");
        *name != "default" && sources.iter().any(|text| text.contains(&condition))
    })
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
    use serde_json::{Value, json};

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

    #[test]
    fn features_that_the_code_asks_for_are_told_from_others() {
        let package: Package = serde_json::from_value(json!({
            "id": "a", "name": "a", "license": null, "publish": null, "targets": [],
            "manifest_path": "Cargo.toml", "dependencies": [],
            "features": {"default": ["grpc"], "axum": [], "axum-0_7": [], "grpc": [], "tls": []},
        }))
        .unwrap();
        let sources = [
            "#[cfg(feature = \"axum\")]\nmod axum;".to_owned(),
            "#[cfg(any(feature = \"tls\", feature = \"default\"))]\nmod tls;".to_owned(),
        ];
        let (asked, others) = asked_for(&package, &sources);
        assert_eq!(asked, ["axum", "tls"]);
        assert_eq!(others, ["axum-0_7", "default", "grpc"]);
    }

    #[test]
    fn features_that_need_a_newer_compiler_are_left_out() {
        let package = |name: &str, rust: &str, optional: &[&str], features: Value| {
            let dependencies: Vec<Value> = optional
                .iter()
                .map(|name| {
                    json!({"name": name, "kind": null, "optional": true, "req": "*",
                    "uses_default_features": true, "features": []})
                })
                .collect();
            serde_json::from_value::<Package>(json!({
                "id": name, "name": name, "license": null, "publish": null, "targets": [],
                "manifest_path": "Cargo.toml", "rust_version": rust, "features": features,
                "dependencies": dependencies,
            }))
            .unwrap()
        };
        let facade = package(
            "facade",
            "1.89",
            &["own-aws", "own-http"],
            json!({
                "default": ["http"], "http": ["dep:own-http"], "aws": ["dep:own-aws"],
                "sqs": ["aws", "own-aws/sqs"], "full": ["http", "sqs"], "plain": [],
            }),
        );
        let aws = package("own-aws", "1.94.1", &[], json!({}));
        let http = package("own-http", "1.88", &[], json!({}));
        let packages = [facade, aws, http];
        assert_eq!(features_of_its_compiler(&packages[0], &packages), ["default", "http", "plain"]);
        assert_eq!(features_of_its_compiler(&packages[1], &packages), [""; 0]);
    }
}
