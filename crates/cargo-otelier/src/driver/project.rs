//! The workspace that a command is about, and how it is built.

use std::env;
use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::arguments::Arguments;
use super::config::Config;
use super::toolchain::Toolchain;
use crate::agent::{Build, Network};
use crate::edits::Edits;

/// A folder of edits that takes the place of those in the binary.
const EDITS: &str = "CARGO_OTELIER_EDITS";

/// What the arguments, the variables and the configuration say.
pub(crate) struct Project {
    pub(crate) arguments: Arguments,
    pub(crate) config: Config,
    pub(crate) toolchain: Toolchain,
    /// The targets; an empty one for the machine itself.
    pub(crate) targets: Vec<String>,
    pub(crate) edits: Edits,
}

impl Project {
    /// Reads them for the current folder.
    pub(crate) fn find(arguments: Arguments) -> Result<Self> {
        let folder = env::current_dir().context("there is no current folder")?;
        let config = Config::load(&folder, &arguments.values("--config"));
        let toolchain = Toolchain::find(&config)?;
        let asked = arguments.values("--target");
        let mut targets: Vec<String> = asked
            .iter()
            .map(|target| target.to_string_lossy().into_owned())
            .map(|it| if it == "host-tuple" { toolchain.host().to_owned() } else { it })
            .collect();
        if targets.is_empty() {
            targets = config.targets();
        }
        if targets.is_empty() {
            targets.push(String::new());
        }
        targets.sort();
        targets.dedup();
        let edits = match env::var_os(EDITS).filter(|folder| !folder.is_empty()) {
            None => Edits::embedded(),
            Some(folder) => Edits::in_folder(
                std::path::absolute(&folder).with_context(|| format!("{EDITS} is no path"))?,
            ),
        };
        Ok(Self { arguments, config, toolchain, targets, edits })
    }

    /// Whether cargo may use the network.
    pub(crate) fn network(&self) -> Network {
        let is_forbidden = self.arguments.has(&["--offline", "--frozen"])
            || env::var_os("CARGO_NET_OFFLINE").is_some_and(|it| it == "true");
        if is_forbidden { Network::Forbidden } else { Network::Allowed }
    }

    /// A number that differs where what is compiled would differ.
    pub(crate) fn key(&self, build: &Build<'_>) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        let edits = self.edits.hash().context("cannot read the edits")?;
        (&self.toolchain.version, &self.targets, edits, build.hash()?).hash(&mut hasher);
        Ok(format!("{:016x}", hasher.finish()))
    }

    /// Where everything of ours goes: `otelier` in the target directory of the user.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        let target = match self.arguments.values("--target-dir").pop() {
            Some(folder) => std::path::absolute(folder).context("--target-dir is no path")?,
            None => {
                let metadata = self.metadata(&["--no-deps"])?;
                let target = metadata["target_directory"].as_str();
                PathBuf::from(target.context("cargo metadata names no target directory")?)
            }
        };
        Ok(target.join("otelier"))
    }

    /// What `cargo metadata` prints.
    pub(crate) fn metadata(&self, more: &[&str]) -> Result<Value> {
        let mut command = Command::new(&self.toolchain.cargo);
        command.args(["metadata", "--format-version", "1", "--color=never"]).args(more);
        for option in ["--manifest-path", "--config"] {
            for value in self.arguments.values(option) {
                command.args([OsStr::new(option), value]);
            }
        }
        for flag in ["--offline", "--locked", "--frozen"] {
            if self.arguments.has(&[flag]) {
                command.arg(flag);
            }
        }
        let output = command.stdin(Stdio::null()).output().context("cannot start cargo")?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        serde_json::from_slice(&output.stdout).context("cargo metadata prints no JSON")
    }
}

/// Whether cargo has no such command itself: it starts a program `cargo-NAME` then.
pub(crate) fn is_external(command: &str) -> bool {
    let name = format!("cargo-{command}");
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let paths = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&paths).chain(home.map(|home| home.join("bin")));
    folders.map(|folder| folder.join(&name)).any(|program: PathBuf| Path::is_file(&program))
}
