//! A library that there are edits for, and its published versions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::cargo_lock::Lock;
use crate::edits::scratch::Scratch;
use crate::step::Log;
use crate::version::Version;

/// Where the edits are, a folder for each library.
const EDITS: &str = "crates/cargo-otelier/edits";
/// What begins a line with a range of versions.
const VERSIONS: &str = "versions = \"";

pub(super) struct Library {
    pub(super) name: String,
    /// The text of its `edits.toml`.
    edits: String,
}

impl Library {
    /// All that there are edits for, by name.
    pub(super) fn all(root: &Path) -> Result<Vec<Self>> {
        let folder = root.join(EDITS);
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let mut libraries = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let file = path.join("edits.toml");
            if file.is_file() {
                let edits = fs::read_to_string(&file);
                let edits = edits.with_context(|| format!("cannot read {}", file.display()))?;
                libraries.push(Self { name, edits });
            }
        }
        libraries.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(libraries)
    }

    /// The published versions in the ranges, the newest first.
    pub(super) fn versions(&self, scratch: &Scratch, log: &mut Log) -> Result<Vec<Version>> {
        let mut versions: Vec<Version> = Vec::new();
        for range in ranges(&self.edits) {
            let mut bound = String::new();
            while let Some(version) = self.newest(&format!("{range}{bound}"), scratch, log)? {
                bound = format!(", <{}", oldest_of_minor(&version));
                if !versions.contains(&version) {
                    versions.push(version);
                }
            }
        }
        versions.sort_by(|one, two| two.cmp(one));
        Ok(versions)
    }

    /// The newest published version that a requirement admits.
    fn newest(
        &self,
        requirement: &str,
        scratch: &Scratch,
        log: &mut Log,
    ) -> Result<Option<Version>> {
        scratch.write(&self.manifest(requirement))?;
        if scratch.resolve(log).is_err() {
            crate::process::check_interrupted()?;
            // There is none, or there is no registry: cargo has told the log which.
            let last = log.last()?;
            if last.contains("failed to select a version") {
                return Ok(None);
            }
            bail!("cargo cannot resolve {} {requirement}: {last}", self.name);
        }
        let lock = Lock::parse(&scratch.lock()?);
        let found = lock.named(&self.name).find_map(|it| Version::parse(&it.version));
        found.map(Some).with_context(|| format!("no {} is in Cargo.lock", self.name))
    }

    /// The manifest of a package that depends on the library and on nothing else.
    pub(super) fn manifest(&self, requirement: &str) -> String {
        format!(
            "[workspace]\n[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
             [dependencies]\n{} = \"{requirement}\"\n",
            self.name
        )
    }
}

/// The ranges of versions that `edits.toml` names, each once.
fn ranges(edits: &str) -> BTreeSet<&str> {
    edits.lines().filter_map(|line| line.strip_prefix(VERSIONS)?.split('"').next()).collect()
}

/// Where the next version to test is below: all versions are tested of a library before 1.0, where
/// any may break, else one of each minor version.
fn oldest_of_minor(version: &Version) -> String {
    let text = version.to_string();
    let mut numbers = text.split('.');
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) if major != "0" => format!("{major}.{minor}.0"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_once() {
        let edits = "library = \"a\"\n[[range]]\nversions = \">=0.8.0, <0.9.0\"\n[[range]]\n\
                     versions = \">=0.8.0, <0.9.0\" # again\n[[range]]\nversions = \"1\"\n";
        assert_eq!(ranges(edits), BTreeSet::from(["1", ">=0.8.0, <0.9.0"]));
    }

    #[test]
    fn the_next_version_is_an_older_one() {
        let check = |version: &str, expect: &str| {
            assert_eq!(oldest_of_minor(&Version::parse(version).unwrap()), expect);
        };
        check("0.8.9", "0.8.9");
        check("1.16.3", "1.16.0");
        check("1.0.0", "1.0.0");
    }
}
