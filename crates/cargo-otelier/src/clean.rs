//! `cargo otelier clean`: removes everything that `cargo otelier` has made.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::agent;
use crate::driver::{Arguments, Project};

/// Remove what was built for this workspace, and the agents that all workspaces share.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The manifest of the workspace.
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// The target directory, if builds were given another one.
    #[arg(long, value_name = "DIRECTORY")]
    target_dir: Option<PathBuf>,
    /// Leave the agents: another workspace need not build them again.
    #[arg(long)]
    keep_agents: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut words = vec![OsString::from("clean")];
    let options = [("--manifest-path", &args.manifest_path), ("--target-dir", &args.target_dir)];
    for (option, value) in options {
        if let Some(value) = value {
            words.extend([option.into(), value.clone().into_os_string()]);
        }
    }
    let project = Project::find(Arguments::new(words))?;
    remove(&project.folder()?)?;
    if !args.keep_agents {
        let cache = agent::cache()?;
        remove(&cache)?;
        // The folder above is ours too, unless something else is in it.
        if let Some(above) = cache.parent().filter(|it| it.ends_with("otelier")) {
            let _ = fs::remove_dir(above);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Ok(()) => println!("removed {}", folder.display()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            return Err(error).with_context(|| format!("cannot remove {}", folder.display()));
        }
    }
    Ok(())
}
