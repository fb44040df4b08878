//! `cargo xtask config`: what a configuration file says.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::process::Process;
use crate::workspace::Workspace;

/// Explain configuration files.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(clap::Subcommand)]
enum Task {
    /// Say what is wrong with files, and of a single one each setting and where it comes from.
    Check {
        /// The files; variables that they refer to are those of this shell.
        files: Vec<PathBuf>,
        /// A checkout of open-telemetry/opentelemetry-configuration, of which all examples and
        /// snippets are checked.
        #[arg(long, value_name = "DIR")]
        examples: Option<PathBuf>,
    },
}

/// Runs the example of `otelier-core` that explains files.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let Task::Check { files, examples } = &args.task;
    let mut files = files.clone();
    if let Some(checkout) = examples {
        for folder in ["examples", "snippets"] {
            files.extend(yaml_files(&checkout.join(folder))?);
        }
    }
    if files.is_empty() {
        bail!("name a file, or a checkout with --examples");
    }
    let mut command = workspace.cargo();
    command
        .args(["run", "--quiet", "-p", "otelier-core", "--all-features"])
        .args(["--example", "check_config", "--"])
        .args(&files);
    if !Process::spawn(&mut command)?.wait(|| ())?.success() {
        bail!("there is a fault");
    }
    Ok(())
}

fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
