//! A program in `integration-tests/edits`. Its manifest names the libraries that it uses, and the
//! spans that come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::edits::scratch::Scratch;
use crate::services;
use crate::version::Version;
use crate::workspace::Workspace;

pub(crate) const FOLDER: &str = "integration-tests/edits";
const MANIFEST: &str = "Cargo.toml";
const SOURCE: &str = "src";

pub(super) struct Program {
    /// That of its package, and of its binary.
    pub(super) name: String,
    manifest: String,
    /// The files of its source, by name.
    source: BTreeMap<String, String>,
    table: Metadata,
}

/// The table `[package.metadata.edits]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Metadata {
    /// The libraries that are tested by it, one version after the other.
    libraries: Vec<String>,
    /// The dependency that has the version of the library, if that is not the library itself.
    dependency: Option<String>,
    /// The features of the program that go with some versions, by how these begin.
    #[serde(default)]
    features: BTreeMap<String, String>,
    /// By version: other packages, each with the one version of its own that goes with it.
    #[serde(default)]
    pins: BTreeMap<String, BTreeMap<String, String>>,
    /// Its spans, a line for each, as [`spans::lines`](super::spans::lines) writes them.
    spans: Vec<String>,
}

impl Program {
    /// All of them.
    pub(super) fn all(root: &Path) -> Result<Vec<Self>> {
        let folder = root.join(FOLDER);
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        entries.map(|entry| Self::read(&entry?.path())).collect()
    }

    fn read(folder: &Path) -> Result<Self> {
        let text = |path: &Path| {
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
        };
        let manifest = text(&folder.join(MANIFEST))?;
        let package = Workspace::at(folder)?.packages.pop().context("there is no package")?;
        let table = Metadata::deserialize(&package.metadata["edits"])
            .with_context(|| format!("{}: [package.metadata.edits]", package.name))?;
        let mut source = BTreeMap::new();
        for entry in fs::read_dir(folder.join(SOURCE))? {
            let entry = entry?;
            source.insert(entry.file_name().to_string_lossy().into_owned(), text(&entry.path())?);
        }
        Ok(Self { name: package.name, manifest, source, table })
    }

    pub(super) fn tests(&self, library: &str) -> bool {
        self.table.libraries.iter().any(|it| it == library)
    }

    pub(super) fn spans(&self) -> &[String] {
        &self.table.spans
    }

    /// The services whose address it reads.
    pub(super) fn services(&self) -> BTreeSet<&'static str> {
        let is_read = |variable: &str| self.source.values().any(|text| text.contains(variable));
        let all = services::names_and_variables();
        all.filter(|(_, variable)| is_read(variable)).map(|(name, _)| name).collect()
    }

    /// Writes it, with one version of a library.
    pub(super) fn write(&self, library: &str, version: &Version, scratch: &Scratch) -> Result<()> {
        let dependency = self.table.dependency.as_deref().unwrap_or(library);
        let manifest = with_version(&self.manifest, dependency, version)
            .with_context(|| format!("{} does not depend on {dependency}", self.name))?;
        scratch.write(&manifest)?;
        self.source.iter().try_for_each(|(name, text)| scratch.write_source(name, text))
    }

    /// The versions of other packages that a version goes with.
    pub(super) fn pins(&self, version: &Version) -> BTreeMap<String, String> {
        self.table.pins.get(&version.to_string()).cloned().unwrap_or_default()
    }

    /// What `cargo otelier build` is told for a version.
    pub(super) fn arguments(&self, version: &Version) -> Vec<String> {
        let version = version.to_string();
        let features = self.table.features.iter().filter(|(begin, _)| version.starts_with(*begin));
        features.map(|(_, feature)| format!("--features={feature}")).collect()
    }
}

/// The manifest with one version of a dependency, whose line names its versions first.
fn with_version(manifest: &str, dependency: &str, version: &Version) -> Option<String> {
    let begin = format!("\n{dependency} = ");
    let line = manifest.find(&begin)? + begin.len();
    let start = line + manifest[line..].find('"')? + 1;
    let end = start + manifest[start..].find('"')?;
    Some(format!("{}={version}{}", &manifest[..start], &manifest[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_gets_one_version() {
        let manifest =
            "[dependencies]\na-b = \"1\"\na = { version = \">=1, <3\", features = [\"x\"] }\n";
        let check = |dependency: &str, expect: Option<&str>| {
            let version = Version::parse("2.0.1").unwrap();
            assert_eq!(with_version(manifest, dependency, &version).as_deref(), expect);
        };
        let one =
            "[dependencies]\na-b = \"=2.0.1\"\na = { version = \">=1, <3\", features = [\"x\"] }\n";
        check("a-b", Some(one));
        let other =
            "[dependencies]\na-b = \"1\"\na = { version = \"=2.0.1\", features = [\"x\"] }\n";
        check("a", Some(other));
        check("b", None);
    }
}
