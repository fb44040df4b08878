//! `cargo otelier` on whole programs, with the agent and the edits as they are installed.
#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml exempts test functions, not the helpers beside them"
)]

mod aws;
mod sqlx;

use std::path::{Path, PathBuf};
use std::process::Command;

use integration_tests::program::without_package_variables;
use integration_tests::untouched::{Untouched, expected};
use otelier_testing::{OtlpReceiver, assert_trees};

/// Where programs outside of the workspace are built. `cargo xtask ci` does it before the tests.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs")
}

/// The binary, built as it is now, and moved away from the repository.
fn cargo_otelier(folder: &Path) -> PathBuf {
    let mut command = Command::new(env!("CARGO"));
    without_package_variables(&mut command);
    command.args(["build", "--quiet", "--locked", "--package", "cargo-otelier", "--target-dir"]);
    let status = command.arg(target()).status().unwrap();
    assert!(status.success());
    let binary = folder.join("cargo-otelier");
    std::fs::copy(target().join("debug/cargo-otelier"), &binary).unwrap();
    binary
}

#[tokio::test]
async fn a_program_without_a_word_of_telemetry_is_traced() {
    let receiver = OtlpReceiver::start();
    let folder = tempfile::tempdir().unwrap();
    let program = Untouched::new(target(), cargo_otelier(folder.path()));
    program.compare(&receiver.http_endpoint()).await.unwrap();
    assert_trees(&receiver.spans(), expected());
}
