//! The workspace as cargo describes it, and the way every task calls cargo.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::Value;

/// Where the workspace is and what it consists of.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// The target directory, wherever cargo's configuration puts it.
    pub(crate) target: PathBuf,
    /// The workspace's own packages, by name.
    pub(crate) packages: Vec<Package>,
    /// The tables under `[workspace.metadata]`.
    pub(crate) metadata: Value,
}

/// The part of `cargo metadata` that tasks use.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    workspace_members: Vec<String>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
    #[serde(default)]
    metadata: Value,
    /// The resolved graph; absent when only the members were asked for.
    pub(crate) resolve: Option<Resolve>,
}

/// One package.
#[derive(Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    manifest_path: String,
    /// `Some([])` for a package that is never published.
    pub(crate) publish: Option<Vec<String>>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) targets: Vec<Target>,
    pub(crate) dependencies: Vec<Dependency>,
    /// The tables under `[package.metadata]`.
    #[serde(default)]
    pub(crate) metadata: Value,
    #[serde(default)]
    pub(crate) rust_version: Option<String>,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) documentation: Option<String>,
    #[serde(default)]
    pub(crate) repository: Option<String>,
    #[serde(default)]
    pub(crate) readme: Option<String>,
    #[serde(default)]
    pub(crate) keywords: Vec<String>,
    #[serde(default)]
    pub(crate) categories: Vec<String>,
}

/// One build target of a package.
#[derive(Clone, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

/// One line of a package's dependency tables.
#[derive(Clone, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// What the package calls it, if not by its name.
    #[serde(default)]
    rename: Option<String>,
    /// `None` for a normal dependency, else `dev` or `build`.
    pub(crate) kind: Option<String>,
    /// The versions it may have, as `^1.2`.
    #[serde(default)]
    pub(crate) req: String,
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) uses_default_features: bool,
    #[serde(default)]
    pub(crate) features: Vec<String>,
}

/// The resolved dependency graph.
#[derive(Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<Node>,
}

/// A package in the resolved graph.
#[derive(Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) deps: Vec<NodeDep>,
}

/// An edge of the resolved graph.
#[derive(Deserialize)]
pub(crate) struct NodeDep {
    pub(crate) pkg: String,
    pub(crate) dep_kinds: Vec<DepKind>,
}

/// Which dependency tables an edge comes from.
#[derive(Deserialize)]
pub(crate) struct DepKind {
    pub(crate) kind: Option<String>,
}

impl Package {
    /// Where the manifest is; of the workspace's own packages as seen from its root.
    pub(crate) fn manifest(&self) -> &str {
        &self.manifest_path
    }

    /// Whether the package can be published, and so has users outside the workspace.
    pub(crate) fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|registries| !registries.is_empty())
    }

    /// Whether others can depend on it: a library, or a procedural macro.
    pub(crate) fn has_library(&self) -> bool {
        ["lib", "proc-macro"].iter().any(|kind| self.targets_of(kind).next().is_some())
    }

    /// Whether the package has a target of this kind (`lib`, `bench`, `test`…) and name.
    pub(crate) fn has_target(&self, kind: &str, name: &str) -> bool {
        self.targets_of(kind).any(|target| target.name == name)
    }

    /// The package's targets of one kind.
    pub(crate) fn targets_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Target> {
        self.targets.iter().filter(move |target| target.kind.iter().any(|k| k == kind))
    }
}

impl Dependency {
    /// What the package's features call it.
    pub(crate) fn called(&self) -> &str {
        self.rename.as_deref().unwrap_or(&self.name)
    }
}

impl Workspace {
    /// Asks cargo for the workspace this tool was built from.
    pub(crate) fn load() -> Result<Self> {
        // At run time cargo says where the package is; the path of the build covers a binary that
        // is run directly.
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root =
            package.parent().context("the xtask package has no parent directory")?.to_owned();
        Self::at(&root)
    }

    /// One for a test that is about its folders only.
    #[cfg(test)]
    pub(crate) fn without_packages(root: PathBuf, target: PathBuf) -> Self {
        Self { root, target, packages: Vec::new(), metadata: Value::Null }
    }

    /// Asks cargo for the workspace in a folder.
    pub(crate) fn at(root: &Path) -> Result<Self> {
        let metadata = metadata_of(root, &["--no-deps"])?;
        let packages = members(&metadata);
        Ok(Self {
            root: metadata.workspace_root,
            target: metadata.target_directory,
            packages,
            metadata: metadata.metadata,
        })
    }

    /// The whole graph, dependencies included. Fails if Cargo.lock is not up to date.
    pub(crate) fn full_metadata(&self) -> Result<Metadata> {
        metadata_of(&self.root, &["--all-features", "--locked"])
    }

    /// A cargo command at the root of the workspace.
    pub(crate) fn cargo(&self) -> Command {
        cargo_in(&self.root)
    }

    /// A path as a reader at the root of the workspace would write it.
    pub(crate) fn display<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

impl Metadata {
    /// The workspace's own packages.
    pub(crate) fn members(&self) -> Vec<Package> {
        members(self)
    }
}

fn members(metadata: &Metadata) -> Vec<Package> {
    let mut packages: Vec<Package> = metadata
        .packages
        .iter()
        .filter(|p| metadata.workspace_members.contains(&p.id))
        .cloned()
        .collect();
    for package in &mut packages {
        let path = Path::new(&package.manifest_path);
        if let Ok(inside) = path.strip_prefix(&metadata.workspace_root) {
            package.manifest_path = inside.to_string_lossy().into_owned();
        }
    }
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    packages
}

fn metadata_of(root: &Path, arguments: &[&str]) -> Result<Metadata> {
    let output = cargo_in(root)
        .args(["metadata", "--format-version", "1"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("cannot run cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("cannot read the output of cargo metadata")
}

/// A cargo command in a folder.
pub(crate) fn cargo_in(root: &Path) -> Command {
    program_in(root, env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program in a folder that calls cargo itself.
pub(crate) fn program_in(root: &Path, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root);
    // `cargo run` describes the xtask package to us in these. Handed on, they reach the build
    // scripts of the inner cargo, some of which (ring's for one) watch them and would be run again,
    // with all that depends on them.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let leaked = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_NAME", "OUT_DIR"];
        if leaked.iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(&*name);
        }
    }
    command
}
