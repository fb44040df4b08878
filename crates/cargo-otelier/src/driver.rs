//! Runs cargo so that it builds the program with its libraries traced.
//!
//! All that cargo needs to know is given as `--config`, and not as variables: those would reach the
//! program. Cargo gets another target directory, and calls this binary in the place of rustc and
//! rustdoc.

mod arguments;
mod config;
mod project;
mod toolchain;

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use toml::Value;

pub(crate) use arguments::Arguments;
pub(crate) use project::Project;
pub(crate) use toolchain::Toolchain;

use crate::agent::Build;
use crate::session::{Session, Tools};
use crate::unix;

/// Variables that count more than `--config`.
const VARIABLES: [&str; 3] = ["CARGO_TARGET_DIR", "RUSTC_WRAPPER", "RUSTDOC"];
/// Programs of others that take `--config`, and pass it on to cargo.
const PASS_CONFIG_ON: [&str; 2] = ["clippy", "nextest"];
/// The first version whose target directory may be apart from what is built on the way.
const BUILD_DIRECTORY: [u32; 2] = [1, 91];

pub(crate) fn run(words: Vec<OsString>) -> Result<ExitCode> {
    // Its name is known now: an update may take its place while the agent is built.
    let binary = env::current_exe().context("cannot find the own binary")?;
    let project = Project::find(Arguments::new(words))?;
    let folder = project.folder()?;
    let build = Build::new(&project.toolchain)?;
    let own = folder.join(project.key(&build)?);
    let quiet = project.arguments.has(&["-q", "--quiet"]);
    let mut agents = BTreeMap::new();
    for target in &project.targets {
        agents.insert(target.clone(), build.agent(target, project.network(), quiet)?);
    }
    let config = &project.config;
    let session = Session {
        agents,
        sources: own.join("sources"),
        logs: own.join("logs"),
        edits: project.edits.folder().map(Path::to_owned),
        wrapper: config.program("rustc-wrapper", "RUSTC_WRAPPER"),
        rustdoc: config.program("rustdoc", "RUSTDOC").unwrap_or_else(|| "rustdoc".into()),
    };
    let tools = session.write(&own.join("sessions"), &binary)?;
    // A name that stays, for scripts that take the program from there.
    unix::link(&own, &folder.join("current"))
        .with_context(|| format!("cannot write in {}", folder.display()))?;
    unix::exec(&mut cargo(&project, &own, &tools))
}

/// The command of the user.
fn cargo(project: &Project, folder: &Path, tools: &Tools) -> Command {
    let mut command = Command::new(&project.toolchain.cargo);
    let mut settings = settings(project, folder, tools);
    let arguments = project.arguments.without("--target-dir");
    let external = arguments.command().filter(|command| project::is_external(command));
    for name in VARIABLES {
        if let Some(value) = env::var_os(name) {
            command.env_remove(name);
            // What the program sees is what the user has set.
            let value = Value::String(value.to_string_lossy().into_owned());
            settings.push((format!("env.{name}.value"), value));
            settings.push((format!("env.{name}.force"), Value::Boolean(true)));
        }
    }
    let options = settings
        .into_iter()
        .flat_map(|(key, value)| ["--config".into(), OsString::from(format!("{key} = {value}"))]);
    match external {
        Some(name) if PASS_CONFIG_ON.contains(&name) => {
            command.args(arguments.with(options).words());
        }
        // It has its own ways to call cargo, which takes all from variables.
        Some(_) => {
            command.args(arguments.words());
            command.env("CARGO_TARGET_DIR", folder);
            command.env("RUSTC_WRAPPER", &tools.rustc).env("RUSTDOC", &tools.rustdoc);
        }
        // The last one counts, so those of the user come first.
        None => {
            for value in arguments.values("--config") {
                command.arg("--config").arg(value);
            }
            command.args(options).args(arguments.without("--config").words());
        }
    }
    command
}

/// What cargo's configuration is to be.
fn settings(project: &Project, folder: &Path, tools: &Tools) -> Vec<(String, Value)> {
    let path = |path: &Path| Value::String(path.to_string_lossy().into_owned());
    let mut settings = vec![
        ("build.target-dir".to_owned(), path(folder)),
        ("build.rustc-wrapper".to_owned(), path(&tools.rustc)),
        ("build.rustdoc".to_owned(), path(&tools.rustdoc)),
    ];
    if project.toolchain.numbers() >= BUILD_DIRECTORY {
        settings.push(("build.build-dir".to_owned(), path(folder)));
    }
    settings
}
