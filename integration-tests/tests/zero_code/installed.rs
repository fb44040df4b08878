//! `cargo otelier` as it is installed: one binary, which knows nothing of the repository.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use integration_tests::program::{self, without_package_variables, workspace_binary};
use integration_tests::untouched::of_agent;
use tempfile::TempDir;

use crate::TEST;

const BINARY: &str = "cargo-otelier";

/// The binary, and where it keeps what it makes.
#[derive(Debug)]
pub(crate) struct CargoOtelier {
    folder: TempDir,
}

/// Where programs are built. `cargo xtask ci` does it before the tests.
pub(crate) fn target() -> PathBuf {
    program::target(env!("CARGO_TARGET_TMPDIR"))
}

impl CargoOtelier {
    /// The binary, built as it is now, and moved away from the repository, in a folder of its own.
    pub(crate) fn install() -> Self {
        let installed = Self { folder: tempfile::tempdir().unwrap() };
        // Not by this process: a test beside this one may start a program meanwhile, which would
        // hold the file open for writing for a moment.
        let mut copy = Command::new("cp");
        copy.arg(workspace_binary(BINARY, TEST, env!("CARGO_TARGET_TMPDIR")));
        assert!(copy.arg(installed.binary()).status().unwrap().success());
        installed
    }

    /// Where it is.
    pub(crate) fn binary(&self) -> PathBuf {
        self.folder.path().join(BINARY)
    }

    /// Builds the program with this name, and returns where it is.
    pub(crate) fn build(&self, name: &str) -> PathBuf {
        self.build_binary(name, name)
    }

    /// Builds a program, and returns where this one of its binaries is.
    pub(crate) fn build_binary(&self, name: &str, binary: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(name);
        let mut command = Command::new(self.binary());
        without_package_variables(&mut command);
        command
            .args(["otelier", "build", "--quiet", "--locked", "--manifest-path"])
            .arg(folder.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(target())
            .env("CARGO", env!("CARGO"))
            .envs(of_agent(&target()));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(!said.contains("is not traced"), "{said}");
        // The link is to what was built last, which may be another program the next moment.
        let built = target().join("otelier/current/debug").join(binary);
        built.canonicalize().unwrap()
    }
}
