//! A user's workspace: its packages, what they ask for, their sources, and the lock file. Nothing
//! here needs the network.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::cargo_lock::{Lock, Locked};

/// A workspace, or a single package.
pub(crate) struct Project {
    pub(crate) members: Vec<Member>,
    pub(crate) lock: Lock,
}

/// A package of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    version: String,
    /// What it asks for, development dependencies left out.
    pub(crate) dependencies: Vec<Asked>,
    /// Whether it has a program.
    pub(crate) is_program: bool,
    pub(crate) sources: Vec<Source>,
}

/// A dependency as the manifest has it.
#[derive(Clone, Deserialize)]
pub(crate) struct Asked {
    pub(crate) name: String,
    kind: Option<String>,
    #[serde(default)]
    pub(crate) features: Vec<String>,
    #[serde(default)]
    pub(crate) uses_default_features: bool,
}

/// A file of Rust source.
pub(crate) struct Source {
    /// As seen from the root of the workspace.
    pub(crate) path: String,
    pub(crate) text: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
    dependencies: Vec<Asked>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

impl Project {
    /// Reads the workspace that a manifest belongs to.
    pub(crate) fn load(manifest: &Path) -> Result<Self> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .arg("--manifest-path")
            .arg(manifest)
            .stdin(Stdio::null())
            .output()
            .context("cannot run cargo metadata")?;
        if !output.status.success() {
            bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)
            .context("cannot read the output of cargo metadata")?;
        let root = metadata.workspace_root;
        let path = root.join("Cargo.lock");
        let lock = fs::read_to_string(&path).with_context(|| {
            format!("cannot read {}: `cargo generate-lockfile` writes it", path.display())
        })?;
        let members = metadata
            .packages
            .into_iter()
            .map(|package| Member::read(&root, package))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { members, lock: Lock::parse(&lock) })
    }

    /// The version of a library that a member is built with.
    pub(crate) fn locked<'a>(&'a self, member: &Member, library: &'a str) -> Option<&'a Locked> {
        let mut entries = self.lock.named(&member.name);
        let entry = entries.find(|it| it.version == member.version && it.source.is_none())?;
        self.lock.named(library).find(|other| entry.depends_on(other))
    }
}

impl Member {
    fn read(root: &Path, package: Package) -> Result<Self> {
        let folder = package.manifest_path.parent().context("a manifest has no folder")?;
        let mut sources = Vec::new();
        read_sources(root, &folder.join("src"), &mut sources)?;
        sources.sort_by(|one, two| one.path.cmp(&two.path));
        let has_kind = |kind: &str| {
            package.targets.iter().any(|target| target.kind.iter().any(|it| it == kind))
        };
        Ok(Self {
            is_program: has_kind("bin"),
            name: package.name,
            version: package.version,
            dependencies: package
                .dependencies
                .into_iter()
                .filter(|dependency| dependency.kind.as_deref() != Some("dev"))
                .collect(),
            sources,
        })
    }
}

fn read_sources(root: &Path, folder: &Path, sources: &mut Vec<Source>) -> Result<()> {
    // A package may keep its sources elsewhere.
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            read_sources(root, &path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let path = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            sources.push(Source { path, text });
        }
    }
    Ok(())
}
