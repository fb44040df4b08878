//! Builds the agent, once for each compiler and target.
//!
//! All agents of one compiler are built in one target directory. So a newer agent costs what is
//! new in it, and not its hundred dependencies. There, the crates of ours that it is made of have
//! the same names for each agent, and to cargo they are the same crates, unchanged if their files
//! are old. So they are removed before each build, and copied to a folder of the agent's own after
//! it, before another process builds there.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{Agent, Profile, Source, built, cache};
use crate::driver::Toolchain;
use crate::unix;

const LIBRARY: &str = "libotelier_agent.rlib";
/// Held by the process that builds with a compiler.
const LOCK: &str = "lock";

/// What cargo may do to get what the agent depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    Allowed,
    /// `--offline` or `--frozen` was asked for.
    Forbidden,
}

/// The agent's builds with one compiler.
pub(crate) struct Build<'a> {
    toolchain: &'a Toolchain,
    source: Source,
    profile: Profile,
    /// The folder of the compiler.
    shared: PathBuf,
    /// The folder of this agent, in that of the compiler.
    own: PathBuf,
}

impl<'a> Build<'a> {
    /// Finds the source and the folder in the cache.
    pub(crate) fn new(toolchain: &'a Toolchain) -> Result<Self> {
        let source = Source::find()?;
        let mut hasher = DefaultHasher::new();
        toolchain.version.hash(&mut hasher);
        let shared = cache()?.join(format!("{:016x}", hasher.finish()));
        let profile = Profile::find()?;
        let own = shared.join(format!("{:016x}", hash(&source, profile)?));
        Ok(Self { toolchain, source, profile, shared, own })
    }

    /// A number that differs for another agent.
    pub(crate) fn hash(&self) -> Result<u64> {
        hash(&self.source, self.profile)
    }

    /// The agent for a target, if it is built.
    pub(crate) fn ready(&self, target: &str) -> Option<Agent> {
        let library = self.library(target);
        let is_ready = library.is_file();
        is_ready.then(|| self.agent_in(library, target))
    }

    /// The agent for a target; it is built if it is not there. Cargo shows how far it is.
    pub(crate) fn agent(&self, target: &str, network: Network, quiet: bool) -> Result<Agent> {
        if let Some(agent) = self.ready(target) {
            return Ok(agent);
        }
        if !quiet {
            let of = if target.is_empty() { String::new() } else { format!(" and {target}") };
            let compiler = self.toolchain.short();
            eprintln!("   Preparing the agent for {compiler}{of} (once, some minutes)");
        }
        let hint = match network {
            Network::Allowed => "",
            Network::Forbidden => {
                "; without a network, `cargo otelier prepare` must have been run before"
            }
        };
        fs::create_dir_all(&self.own)
            .with_context(|| format!("cannot create {}", self.own.display()))?;
        let lock = self.lock(quiet).context("cannot lock the folder of agents")?;
        // Another process may have built it in the meantime.
        if let Some(agent) = self.ready(target) {
            return Ok(agent);
        }
        let built = self
            .build(target, network, quiet)
            .with_context(|| format!("the agent cannot be built{hint}"))?;
        let library = self.library(target);
        self.keep(&built, &library)
            .with_context(|| format!("cannot write {}", library.display()))?;
        drop(lock);
        Ok(self.agent_in(library, target))
    }

    fn agent_in(&self, library: PathBuf, target: &str) -> Agent {
        Agent::new(library, &self.target_directory(), target, self.profile)
    }

    /// Waits for other processes that build agents with this compiler.
    fn lock(&self, quiet: bool) -> io::Result<impl Drop + use<>> {
        unix::lock(File::create(self.shared.join(LOCK))?, || {
            if !quiet {
                eprintln!("    Blocking waiting for another cargo otelier that prepares an agent");
            }
        })
    }

    /// Copies the agent, and the crates of ours that it is made of, to where no other agent's take
    /// their place. That the agent is there says that it is whole.
    fn keep(&self, built: &Built, library: &Path) -> io::Result<()> {
        let folder = library.parent().unwrap_or(&self.own);
        fs::create_dir_all(folder)?;
        for dependency in &built.dependencies {
            let name = dependency.file_name().unwrap_or_default();
            fs::copy(dependency, folder.join(name))?;
        }
        let draft = self.own.join(format!("draft{}", std::process::id()));
        fs::copy(&built.library, &draft)?;
        fs::rename(&draft, library)
    }

    fn build(&self, target: &str, network: Network, quiet: bool) -> Result<Built> {
        let source = self.source.place(&self.own)?;
        self.check_compiler(&source)?;
        // Leaves out of the lock file what belongs to the rest of the workspace it was made in.
        let mut resolve = self.cargo(&source, network);
        resolve.args(["metadata", "--format-version", "1"]).stdout(Stdio::piped());
        let metadata = run(&mut resolve)?;
        self.source.check_lock(&source)?;
        let mut clean = self.cargo(&source, network);
        clean
            .args(["clean", "--quiet", "--locked"])
            .args(self.profile())
            .args(own_packages(&metadata)?);
        clean.arg("--target-dir").arg(self.target_directory());
        if !target.is_empty() {
            clean.args(["--target", target]);
        }
        run(&mut clean)?;
        let mut build = self.cargo(&source, network);
        build.args(["build", "--locked", "--package", "otelier-agent"]).args(self.profile());
        build.args(["--message-format", "json-render-diagnostics"]);
        build.arg("--target-dir").arg(self.target_directory());
        if quiet {
            build.arg("--quiet");
        }
        if !target.is_empty() {
            build.args(["--target", target]);
        }
        // Another `metadata`, so that its crates are others than the same ones of a program.
        // Bitcode, for programs with link-time optimization.
        let flags = "-Cmetadata=otelier-agent\u{1f}-Cembed-bitcode=yes";
        build.env("CARGO_ENCODED_RUSTFLAGS", flags);
        let messages = run(build.stdout(Stdio::piped()))?;
        let library = built(&self.target_directory(), target, self.profile).join(LIBRARY);
        Ok(Built { library, dependencies: own_libraries(&messages) })
    }

    fn check_compiler(&self, source: &Path) -> Result<()> {
        let manifests = ["crates/otelier-agent/Cargo.toml", "Cargo.toml"];
        let text = manifests.iter().find_map(|it| fs::read_to_string(source.join(it)).ok());
        let manifest: toml::Table = toml::from_str(&text.context("it has no manifest")?)?;
        let needed = manifest.get("package").and_then(|it| it.get("rust-version")?.as_str());
        if let Some(needed) = needed
            && self.toolchain.numbers() < numbers(needed)
        {
            bail!("it needs rustc {needed} or newer, and this is {}", self.toolchain.short());
        }
        Ok(())
    }

    /// Cargo, without what the user has set for the program.
    fn cargo(&self, source: &Path, network: Network) -> Command {
        let mut command = Command::new(&self.toolchain.cargo);
        command.current_dir(source).stdin(Stdio::null());
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            let is_of_program = ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_PKG_", "CARGO_MANIFEST_"]
                .iter()
                .any(|prefix| text.starts_with(prefix));
            let is_flag = [
                "CARGO_ENCODED_RUSTFLAGS",
                "CARGO_INCREMENTAL",
                "CARGO_TARGET_DIR",
                "RUSTC_WORKSPACE_WRAPPER",
                "RUSTFLAGS",
            ];
            if is_of_program || is_flag.contains(&&*text) {
                command.env_remove(&name);
            }
        }
        // The folder has another rustup toolchain than the user's, maybe.
        command.env("RUSTC", &self.toolchain.rustc);
        if network == Network::Forbidden {
            command.arg("--offline");
        }
        command
    }

    fn profile(&self) -> [&'static str; 2] {
        ["--profile", self.profile.name()]
    }

    fn target_directory(&self) -> PathBuf {
        self.shared.join("build")
    }

    /// The agent for a target, once it is built.
    fn library(&self, target: &str) -> PathBuf {
        let name = if target.is_empty() { "machine".to_owned() } else { target.replace('/', "_") };
        self.own.join(name).join(LIBRARY)
    }
}

/// A number that differs for another source and another profile.
fn hash(source: &Source, profile: Profile) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    source.hash()?.hash(&mut hasher);
    profile.hash(&mut hasher);
    Ok(hasher.finish())
}

/// What cargo has built.
struct Built {
    library: PathBuf,
    /// The other crates of ours.
    dependencies: Vec<PathBuf>,
}

/// An option for each package that is in a folder, and not in a registry.
fn own_packages(metadata: &str) -> Result<Vec<String>> {
    let metadata: serde_json::Value =
        serde_json::from_str(metadata).context("cargo metadata prints no JSON")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let own = packages.filter(|package| package["source"].is_null());
    let names = own.filter_map(|package| package["name"].as_str());
    Ok(names.map(|name| format!("--package={name}")).collect())
}

/// The libraries of packages that are in a folder, and not in a registry, by cargo's messages.
fn own_libraries(messages: &str) -> Vec<PathBuf> {
    let mut libraries = Vec::new();
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let is_own = message["package_id"].as_str().is_some_and(|id| id.starts_with("path+"));
        if message["reason"] == "compiler-artifact" && is_own {
            let files = message["filenames"].as_array().into_iter().flatten();
            let files = files.filter_map(|file| Some(PathBuf::from(file.as_str()?)));
            libraries.extend(files.filter(|file| file.extension() == Some(OsStr::new("rlib"))));
        }
    }
    libraries.retain(|file| file.file_name() != Some(OsStr::new(LIBRARY)));
    libraries
}

/// Runs a command, and gives what it prints if that is not for the user.
fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command.spawn().with_context(|| format!("cannot start {program}"))?;
    let output = child.wait_with_output().with_context(|| format!("cannot wait for {program}"))?;
    if !output.status.success() {
        let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
        let words: Vec<_> = words.collect();
        bail!("cargo {} failed ({})", words.join(" "), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first two numbers of a version.
pub(crate) fn numbers(version: &str) -> [u32; 2] {
    let mut numbers = [0; 2];
    for (number, text) in numbers.iter_mut().zip(version.split('.')) {
        *number = text.parse().unwrap_or(0);
    }
    numbers
}
