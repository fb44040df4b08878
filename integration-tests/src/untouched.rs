//! A program like `untouched`, plainly and by `cargo otelier`: what it prints and how it ends are
//! equal, its folder stays as it was, and only once it is traced.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use otelier_testing::{ExpectedSpan, span};
use tokio::process::Command;

use crate::process::{Ended, Process};
use crate::program::without_package_variables;

/// What the program's telemetry calls it.
pub const SERVICE: &str = "untouched";
/// How long cargo may take to build the agent, on a machine that does much else. To run what is
/// built, it first waits until no other build uses the target directory.
const CARGO: Duration = Duration::from_secs(60 * 60);
/// The status that the program ends with.
const STATUS: i32 = 3;

/// A program, and where it is built.
#[derive(Debug)]
pub struct Untouched {
    name: &'static str,
    /// What it is called with.
    arguments: Vec<String>,
    /// What it ends with.
    status: i32,
    folder: PathBuf,
    target: PathBuf,
    cargo_otelier: PathBuf,
}

impl Untouched {
    /// Builds it in `target`, with this `cargo-otelier`. Agents are kept in `target` too.
    #[must_use]
    pub fn new(target: PathBuf, cargo_otelier: PathBuf) -> Self {
        Self::named(SERVICE, Vec::new(), STATUS, target, cargo_otelier)
    }

    /// The same for another program, which is to end with this status.
    #[must_use]
    pub fn named(
        name: &'static str,
        arguments: Vec<String>,
        status: i32,
        target: PathBuf,
        cargo_otelier: PathBuf,
    ) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(name);
        Self { name, arguments, status, folder, target, cargo_otelier }
    }

    /// Builds and runs it plainly, then by `cargo otelier`, and compares the two.
    ///
    /// # Errors
    /// If it cannot be built, or if anything differs but the telemetry.
    pub async fn compare(&self, endpoint: &str) -> Result<()> {
        let before = files(&self.folder)?;
        let plain = self.run(&[], Path::new(env!("CARGO")), endpoint).await?;
        let status = plain.status.code();
        ensure!(status == Some(self.status), "the plain program ended with {plain:?}");
        let traced = self.run(&["otelier"], &self.cargo_otelier, endpoint).await?;
        ensure!(traced.status == plain.status, "the statuses differ: {traced:?}, {plain:?}");
        ensure!(traced.stdout == plain.stdout, "the outputs differ: {traced:?}, {plain:?}");
        let own = |line: &&String| !line.starts_with("otelier: info: ");
        let said = traced.stderr.iter().filter(own);
        ensure!(said.eq(&plain.stderr), "it says more: {traced:?}");
        ensure!(files(&self.folder)? == before, "files in {} changed", self.folder.display());
        Ok(())
    }

    async fn run(&self, words: &[&str], cargo: &Path, endpoint: &str) -> Result<Ended> {
        let build = self.cargo(cargo, words, "build");
        let built = Process::spawn("cargo build", build)?.end(CARGO).await?;
        built.success().with_context(|| format!("{} does not build", self.folder.display()))?;
        let mut run = self.cargo(cargo, words, "run");
        run.arg("--").args(&self.arguments);
        run.env("OTEL_SERVICE_NAME", self.name).env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
        Process::spawn(self.name, run)?.end(CARGO).await
    }

    fn cargo(&self, cargo: &Path, words: &[&str], command: &str) -> Command {
        let mut std_command = std::process::Command::new(cargo);
        without_package_variables(&mut std_command);
        std_command
            .args(words)
            .args([command, "--quiet", "--locked", "--manifest-path"])
            .arg(self.folder.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&self.target)
            .env("CARGO", env!("CARGO"))
            .envs(of_agent(&self.target));
        // Nothing but the endpoint may decide about the telemetry.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("OTEL") {
                std_command.env_remove(name);
            }
        }
        std_command.into()
    }
}

/// What tells `cargo otelier` where to keep the agent, in the target directory, and to build it
/// fast: `cargo xtask ci` builds it there before.
#[must_use]
pub fn of_agent(target: &Path) -> [(&'static str, OsString); 2] {
    [
        ("CARGO_OTELIER_CACHE", target.join("tmp/agents").into()),
        ("CARGO_OTELIER_AGENT_PROFILE", "dev".into()),
    ]
}

/// The traces of one run: each of its three questions, and what was asked because of it.
pub fn expected() -> [ExpectedSpan; 3] {
    let asked = |status: i64| {
        let asked = span("GET").service(SERVICE).subset().client();
        let asked = asked.attr("http.response.status_code", status);
        if status < 400 { asked } else { asked.error(status.to_string()) }
    };
    let served = |name: &str, status: i64| {
        let served = span(name).service(SERVICE).subset().server();
        let served = served.attr("http.response.status_code", status);
        if status < 500 { served } else { served.error(status.to_string()) }
    };
    let order = |status: i64, price: i64| {
        let price = asked(price).child(served("GET /prices/{id}", price));
        asked(status).root().child(served("GET /orders/{id}", status).child(price))
    };
    [order(200, 200), order(502, 404), asked(404).root().child(served("GET", 404))]
}

/// All files of a folder, with what is in them.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.insert(path.clone(), fs::read(&path)?);
            }
        }
    }
    Ok(files)
}
