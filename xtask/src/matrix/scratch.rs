//! A copy of the workspace, whose lock file can be changed while people work on the original.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::matrix::plan::Cell;
use crate::requirement;
use crate::step::Log;
use crate::tidy::tracked_files;
use crate::workspace::{Workspace, cargo_in};

const LOCK: &str = "Cargo.lock";
const MANIFEST: &str = "Cargo.toml";
/// Packages that no test of an integration needs. Examples also ask for features that old versions
/// of the libraries lack.
pub(super) const WITHOUT_EXAMPLES: &[&str] =
    &["\"examples/*\", ", "\"integration-tests/programs/*-layered\", ", ", \"xtask\""];
/// The same, and the tests against real servers.
pub(crate) const CRATES_ONLY: &[&str] = &[
    "\"examples/*\", ",
    "\"integration-tests\", ",
    "\"integration-tests/programs/*-layered\", ",
    ", \"xtask\"",
];

/// The copy, with a target directory that all lock files share.
pub(crate) struct Scratch {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    /// What the copy's list of members lacks.
    left_out: &'static [&'static str],
}

impl Scratch {
    /// Copies the workspace to a folder of the target directory.
    pub(crate) fn create(
        workspace: &Workspace,
        name: &str,
        left_out: &'static [&'static str],
    ) -> Result<Self> {
        let folder = workspace.target.join(name);
        let scratch = Self { root: folder.join("source"), target: folder.join("build"), left_out };
        fs::create_dir_all(&scratch.root)
            .with_context(|| format!("cannot create {}", scratch.root.display()))?;
        scratch.synchronize(workspace)?;
        Ok(scratch)
    }

    /// Brings the copy up to date. What has not changed keeps its time, so that cargo builds it no
    /// second time.
    pub(crate) fn synchronize(&self, workspace: &Workspace) -> Result<()> {
        let wanted: BTreeSet<String> = tracked_files(&workspace.root)?.into_iter().collect();
        for path in &wanted {
            copy(&workspace.root.join(path), &self.root.join(path))
                .with_context(|| format!("cannot copy {path}"))?;
        }
        remove_others(&self.root, "", &wanted)?;
        let path = self.root.join(MANIFEST);
        let mut manifest = fs::read_to_string(&path).context("cannot read the manifest")?;
        let members = manifest.find("members = [").context("the workspace names no members")?;
        for left_out in self.left_out {
            manifest.replace_range(members.., &manifest[members..].replacen(left_out, "", 1));
        }
        fs::write(&path, manifest).context("cannot write the manifest")
    }

    /// A cargo command at the root of the copy.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo_in(&self.root);
        // Each version is built once, and what an incremental build keeps takes most of the room.
        command.env("CARGO_INCREMENTAL", "0");
        // Nobody debugs it, and without it the tests are linked in a fraction of the time.
        command.env("CARGO_PROFILE_DEV_DEBUG", "0");
        command
    }

    /// Makes the lock file that of the workspace, but for the version of one library.
    pub(crate) fn pin(&self, workspace: &Workspace, cell: &Cell, log: &mut Log) -> Result<()> {
        self.reset_lock(workspace)?;
        if cell.version == cell.locked {
            return Ok(());
        }
        if cell.without.is_some() {
            self.lower(workspace, &cell.pins)?;
        }
        let library = (format!("{}@{}", cell.library, cell.locked), cell.version.to_string());
        // A package is named once here: two lines of it would need two pins.
        let pins = cell.pins.iter().map(|(package, version)| (package.clone(), version.clone()));
        let mut open: Vec<(String, String)> = std::iter::once(library).chain(pins).collect();
        // Cargo takes one at a time, and some only after others that depend on it.
        while !open.is_empty() {
            let before = open.len();
            let mut last = Ok(());
            open.retain(|(package, version)| {
                let result = self.update(package, version, log);
                let is_refused = result.is_err();
                if is_refused {
                    last = result;
                }
                is_refused
            });
            if open.len() == before {
                return last;
            }
        }
        Ok(())
    }

    /// Makes the manifests ask for no newer versions of packages than these.
    fn lower(&self, workspace: &Workspace, pins: &BTreeMap<String, String>) -> Result<()> {
        let manifests = self.manifests(workspace);
        pins.iter().try_for_each(|(package, version)| {
            let lowered = |line: &str| requirement::lowered(line, package, version);
            requirement::change_lines(&manifests, lowered).map(drop)
        })
    }

    /// The manifests of the copy.
    pub(super) fn manifests(&self, workspace: &Workspace) -> Vec<PathBuf> {
        let packages = workspace.packages.iter().map(|it| self.root.join(it.manifest()));
        let all = std::iter::once(self.root.join(MANIFEST)).chain(packages);
        all.filter(|path| path.exists()).collect()
    }

    /// Makes the lock file that of the workspace.
    fn reset_lock(&self, workspace: &Workspace) -> Result<()> {
        let copied = fs::copy(workspace.root.join(LOCK), self.root.join(LOCK));
        copied.map(drop).context("cannot copy the lock file")
    }

    /// Gives a package, named as `name@version`, another version.
    pub(super) fn update(&self, package: &str, version: &str, log: &mut Log) -> Result<()> {
        log.run(self.cargo().args(["update", "--color=never", "-p", package, "--precise", version]))
    }
}

/// Copies a file unless the copy has its text. A copy has the time at which it was made: with that
/// of the original, cargo would take a change for older than the last build of the copy.
fn copy(from: &Path, to: &Path) -> Result<()> {
    // A file that is deleted may still be tracked.
    let Ok(text) = fs::read(from) else { return Ok(()) };
    if fs::read(to).is_ok_and(|copy| copy == text) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, text)?;
    Ok(())
}

/// Deletes what the workspace no longer has.
fn remove_others(folder: &Path, prefix: &str, wanted: &BTreeSet<String>) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| format!("cannot read {}", folder.display()))?,
    };
    for entry in entries {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            let inside = format!("{path}/");
            if wanted.iter().any(|file| file.starts_with(&inside)) {
                remove_others(&entry.path(), &inside, wanted)?;
            } else {
                fs::remove_dir_all(entry.path())?;
            }
        } else if !wanted.contains(&path) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_changes_only_what_changed() {
        let root = std::env::temp_dir().join(format!("xtask-scratch-{}", std::process::id()));
        let workspace = Workspace::without_packages(root.join("a"), root.join("a/target"));
        let write = |path: &str, text: &str| {
            let path = workspace.root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let manifest = "[workspace]\nmembers = [\"crates/*\", \"examples/*\", \"xtask\"]\n";
        write("Cargo.toml", manifest);
        write("Cargo.lock", "one");
        write("src/old/a.rs", "old");
        write("src/kept.rs", "kept");
        let scratch = Scratch::create(&workspace, "matrix", WITHOUT_EXAMPLES).unwrap();
        let read = |path: &str| fs::read_to_string(scratch.root.join(path)).ok();
        assert_eq!(read("src/old/a.rs").as_deref(), Some("old"));
        let time = |path: &str| fs::metadata(scratch.root.join(path)).unwrap().modified().unwrap();
        let copied = time("src/kept.rs");
        let members = "[workspace]\nmembers = [\"crates/*\"]\n";
        assert_eq!(read("Cargo.toml").as_deref(), Some(members));

        fs::remove_dir_all(workspace.root.join("src/old")).unwrap();
        write("src/b.rs", "new");
        write("Cargo.lock", "three");
        scratch.synchronize(&workspace).unwrap();
        assert_eq!(read("Cargo.lock").as_deref(), Some("three"));
        assert_eq!(read("Cargo.toml").as_deref(), Some(members));
        assert_eq!(read("src/b.rs").as_deref(), Some("new"));
        assert!(!scratch.root.join("src/old").exists());
        assert_eq!(time("src/kept.rs"), copied, "cargo need not build it again");

        // A change that is older than the last build of the copy is a change all the same.
        write("src/kept.rs", "gone");
        let past = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
        let file = fs::File::options().write(true).open(workspace.root.join("src/kept.rs"));
        file.unwrap().set_modified(past).unwrap();
        scratch.synchronize(&workspace).unwrap();
        assert_eq!(read("src/kept.rs").as_deref(), Some("gone"));
        assert!(time("src/kept.rs") >= copied);
        fs::remove_dir_all(root).unwrap();
    }
}
