//! `cargo xtask demo`: services that talk to each other, and the traces that arrive because of it.
//!
//! What happens in the demo is in the package integration-tests: its driver starts the receiver and
//! the services. This only builds what the scenes need, in one cargo command, and brings up the
//! servers that they use.

mod ui;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::process::{Heartbeat, Process, last_lines};
use crate::services::{Keep, Session};
use crate::step::{Log, Shown, duration};
use crate::workspace::{Package, Workspace};
use ui::Ui;

/// Run the demo: real services, real requests, and the traces that arrive at a real OTLP receiver.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write what arrives to traces.jsonl, metrics.jsonl and logs.jsonl in this directory: one
    /// OTLP/JSON export request a line.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Leave everything running until Ctrl-C.
    #[arg(long)]
    keep: bool,
    /// Play only these scenes.
    #[arg(long, value_name = "SCENES", value_delimiter = ',')]
    only: Vec<String>,
    /// Write the largest trace of the last scene to this file, as an SVG.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Show everything in a browser too, until Ctrl-C: installs and starts `otelite`.
    #[arg(long)]
    ui: bool,
}

const DRIVER: &str = "otelier-demo";
const RECEIVER: &str = "otelier-receiver";
/// What the log of the build is called.
const BUILD: &str = "demo-build";

/// Builds the programs, then plays the demo in this terminal.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let needs = needs(&workspace.packages, &args.only)?;
    println!("[1/2] build …");
    let start = Instant::now();
    let shown = Shown::Heartbeat(Heartbeat::new("build"));
    let result = Log::create(workspace, BUILD, shown)?.run(&mut build(workspace, &needs.packages));
    let log = workspace.target.join("xtask/logs").join(BUILD).with_extension("log");
    let shown = workspace.display(&log);
    if let Err(error) = result {
        println!("{}", last_lines(&fs::read_to_string(&log)?, 60));
        return Err(error)
            .with_context(|| format!("the demo does not build, the whole log is in {shown}"));
    }
    println!("[1/2] build ok in {}, log in {shown}", duration(start.elapsed()));
    println!("[2/2] run …");

    let servers: Vec<&str> = needs.servers.iter().map(String::as_str).collect();
    let session = Session::start(workspace, &servers, Keep::WhileInUse)
        .context("cannot bring up what the demo uses (--only ping needs nothing)")?;
    let ui = args.ui.then(|| Ui::start(workspace)).transpose()?;
    let mut command = driver(workspace);
    command.envs(session.variables());
    if let Some(out) = &args.out {
        command.arg("--out").arg(out);
    }
    if args.keep {
        command.arg("--keep");
    }
    if let Some(file) = &args.svg {
        command.arg("--svg").arg(file);
    }
    if let Some(ui) = &ui {
        command.args(["--forward", &ui.otlp]);
    }
    if !args.only.is_empty() {
        command.arg("--only").arg(args.only.join(","));
    }
    // On our own output and not through a log, so that the driver sees the terminal: its width, and
    // that it has colors.
    let status = Process::spawn(&mut command)?.wait(|| ())?;
    if !status.success() {
        bail!("the demo failed");
    }
    match ui {
        Some(ui) => ui.wait(),
        None => Ok(()),
    }
}

/// The same as a step of another task, after a build of all programs: the output goes to its log,
/// what arrives to `target/demo`.
pub(crate) fn step(
    workspace: &Workspace,
    log: &mut Log,
    variables: &[(String, String)],
) -> Result<()> {
    let out = workspace.target.join("demo");
    log.run(driver(workspace).arg("--out").arg(out).envs(variables.iter().cloned()))
}

/// What some of the scenes need.
#[derive(Debug, PartialEq, Eq)]
struct Needs {
    /// The packages of their programs.
    packages: Vec<String>,
    servers: Vec<String>,
}

/// What these scenes need; all scenes if none is named. Manifests say which scenes there are.
fn needs(packages: &[Package], only: &[String]) -> Result<Needs> {
    let mut needs = Needs { packages: Vec::new(), servers: Vec::new() };
    let mut known = Vec::new();
    for package in packages {
        for (scene, servers) in package.demo()?.scenes {
            if only.is_empty() || only.contains(&scene) {
                needs.packages.push(package.name.clone());
                needs.servers.extend(servers);
            }
            known.push(scene);
        }
    }
    if let Some(unknown) = only.iter().find(|scene| !known.contains(scene)) {
        bail!("there is no scene {unknown}; there are: {}", known.join(", "));
    }
    needs.packages.dedup();
    Ok(needs)
}

/// The driver, and all that it starts: the receiver, and the programs of these packages.
fn build(workspace: &Workspace, packages: &[String]) -> Command {
    let mut command = workspace.cargo();
    command.args(["build", "--color=never", "--bins"]);
    let is_part = |package: &&Package| {
        package.has_target("bin", DRIVER)
            || package.has_target("bin", RECEIVER)
            || packages.contains(&package.name)
    };
    for package in workspace.packages.iter().filter(is_part) {
        command.args(["--package", &package.name]);
    }
    command
}

fn driver(workspace: &Workspace) -> Command {
    Command::new(workspace.target.join("debug").join(DRIVER))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, scenes: &serde_json::Value) -> Package {
        serde_json::from_value(json!({
            "id": name, "name": name, "manifest_path": "", "features": {}, "targets": [],
            "dependencies": [], "metadata": { "demo": { "scenes": scenes } },
        }))
        .unwrap()
    }

    #[test]
    fn scenes_need_their_packages_and_servers() {
        let packages = [
            package("ping", &json!({ "ping": [], "stores": ["redis", "mysql"] })),
            package("queue", &json!({ "queue": ["aws"] })),
            package("custom", &json!({})),
        ];
        let check = |only: &[&str], packages_needed: &[&str], servers: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect();
            let expected = Needs { packages: owned(packages_needed), servers: owned(servers) };
            assert_eq!(needs(&packages, &owned(only)).unwrap(), expected);
        };
        check(&["ping"], &["ping"], &[]);
        check(&["stores", "queue"], &["ping", "queue"], &["redis", "mysql", "aws"]);
        check(&[], &["ping", "queue"], &["redis", "mysql", "aws"]);
        let error = needs(&packages, &["custom".to_owned()]).unwrap_err().to_string();
        assert_eq!(error, "there is no scene custom; there are: ping, stores, queue");
    }
}
