//! Programs in `integration-tests/programs` that are no members of the workspace, since what they
//! depend on must not reach the dependencies of the other packages, and some that are.
//!
//! Each of the first has a lock file of its own. After a change of what our crates depend on, run
//! `cargo xtask tidy --fix`. `cargo xtask ci` builds them before the tests. All are
//! built in the workspace's target directory: what they have in common with it, of the same
//! version and with the same features, is compiled once.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `cargo run` for the program with this name; the caller adds features, and what follows `--`.
///
/// `target_tmpdir` is `env!("CARGO_TARGET_TMPDIR")`, which only a test's own code is given.
#[must_use]
pub fn cargo_run(name: &str, target_tmpdir: &str) -> Command {
    cargo("run", name, target_tmpdir)
}

/// Builds the program with this name, and returns where it is: for a test that sends it a signal.
///
/// # Panics
///
/// If it cannot be built.
#[must_use]
pub fn cargo_build(name: &str, target_tmpdir: &str) -> PathBuf {
    cargo_build_binary(name, name, target_tmpdir)
}

/// As [`cargo_build`], for one of several binaries of the program.
///
/// # Panics
///
/// If it cannot be built.
#[must_use]
pub fn cargo_build_binary(name: &str, binary: &str, target_tmpdir: &str) -> PathBuf {
    built(cargo("build", name, target_tmpdir), binary, target_tmpdir)
}

/// As [`cargo_build`], for one package of a workspace of programs, with `panic = "abort"`.
///
/// # Panics
///
/// If it cannot be built.
#[must_use]
pub fn cargo_build_aborting(name: &str, package: &str, target_tmpdir: &str) -> PathBuf {
    let mut command = cargo("build", name, target_tmpdir);
    command.args(["--package", package, "--config", r#"profile.dev.panic="abort""#]);
    built(command, package, target_tmpdir)
}

/// Builds a binary of the workspace, for the test target `test` of it: with the features that its
/// dependencies have there, so that none is compiled again.
///
/// # Panics
///
/// If it cannot be built.
#[must_use]
pub fn workspace_binary(binary: &str, test: &str, target_tmpdir: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let mut command = cargo_with("build", &root, target_tmpdir);
    command.args(["--workspace", "--all-features", "--bin", binary, "--test", test]);
    built(command, binary, target_tmpdir)
}

fn built(mut command: Command, binary: &str, target_tmpdir: &str) -> PathBuf {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("cargo cannot be started: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target(target_tmpdir).join("debug").join(binary)
}

fn cargo(verb: &str, name: &str, target_tmpdir: &str) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(name);
    cargo_with(verb, &folder.join("Cargo.toml"), target_tmpdir)
}

fn cargo_with(verb: &str, manifest: &Path, target_tmpdir: &str) -> Command {
    let mut command = Command::new(env!("CARGO"));
    without_package_variables(&mut command);
    command.args([verb, "--quiet", "--locked", "--manifest-path"]).arg(manifest);
    command.arg("--target-dir").arg(target(target_tmpdir));
    command
}

/// The workspace's target directory, in which tests have a folder of their own.
#[must_use]
pub fn target(target_tmpdir: &str) -> PathBuf {
    let folder = Path::new(target_tmpdir);
    folder.parent().unwrap_or(folder).to_owned()
}

/// Removes what cargo tells a test of its own package. It would tell the build scripts of another
/// program too, and some watch it: they would run again, with all that depends on them.
pub fn without_package_variables(command: &mut Command) {
    for (variable, _) in env::vars_os() {
        let variable = variable.to_string_lossy();
        let prefixes =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_NAME", "OUT_DIR"];
        if prefixes.iter().any(|prefix| variable.starts_with(prefix)) {
            command.env_remove(&*variable);
        }
    }
}

/// Runs the program `lines` and returns what it printed of each line of versions.
///
/// # Panics
///
/// If the program fails.
#[must_use]
pub fn compare_lines(target_tmpdir: &str, arguments: &[&str]) -> BTreeMap<String, Vec<String>> {
    let output = cargo_run("lines", target_tmpdir).arg("--").args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("cargo cannot be started: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut recorded: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut line = String::new();
    for text in String::from_utf8_lossy(&output.stdout).lines() {
        match text.strip_prefix("=== ") {
            Some(name) => name.clone_into(&mut line),
            None => recorded.entry(line.clone()).or_default().push(text.to_owned()),
        }
    }
    recorded
}
