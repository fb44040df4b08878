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
    /// The features of the program that go with some versions: by the library and how they begin,
    /// such as `mongodb 2.`.
    #[serde(default)]
    features: BTreeMap<String, String>,
    /// Other packages, each with the one version of its own that goes with some versions: by the
    /// same.
    #[serde(default)]
    pins: BTreeMap<String, BTreeMap<String, String>>,
    /// Its spans, a line for each, as [`spans::lines`](super::spans::lines) writes them.
    spans: Vec<String>,
    /// Those of some versions that have others: by the library and how they begin.
    #[serde(default)]
    other_spans: BTreeMap<String, Vec<String>>,
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

    /// The spans of a version.
    pub(super) fn spans(&self, library: &str, version: &Version) -> &[String] {
        of_version(&self.table.other_spans, library, version).next().unwrap_or(&self.table.spans)
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
        let mut manifest = with_version(&self.manifest, dependency, &version.to_string())
            .with_context(|| format!("{} does not depend on {dependency}", self.name))?;
        for (package, version) in self.pins(library, version) {
            manifest = with_version(&manifest, package, version)
                .or_else(|| with_dependency(&manifest, package, version))
                .with_context(|| format!("{} has no dependencies", self.name))?;
        }
        scratch.write(&manifest)?;
        self.source.iter().try_for_each(|(name, text)| scratch.write_source(name, text))
    }

    /// The versions of other packages that a version goes with.
    pub(super) fn pins<'a>(
        &'a self,
        library: &str,
        version: &Version,
    ) -> impl Iterator<Item = (&'a String, &'a String)> {
        of_version(&self.table.pins, library, version).flatten()
    }

    /// What `cargo otelier build` is told for a version.
    pub(super) fn arguments(&self, library: &str, version: &Version) -> Vec<String> {
        let features = of_version(&self.table.features, library, version);
        features.map(|feature| format!("--features={feature}")).collect()
    }
}

/// What a table has for a version of a library.
fn of_version<'a, T>(
    table: &'a BTreeMap<String, T>,
    library: &str,
    version: &Version,
) -> impl Iterator<Item = &'a T> {
    let named = format!("{library} {version}");
    table.iter().filter(move |(begin, _)| named.starts_with(*begin)).map(|(_, value)| value)
}

/// The manifest with one version of a dependency, whose line names its versions first.
fn with_version(manifest: &str, dependency: &str, version: &str) -> Option<String> {
    let begin = format!("\n{dependency} = ");
    let line = manifest.find(&begin)? + begin.len();
    let start = line + manifest[line..].find('"')? + 1;
    let end = start + manifest[start..].find('"')?;
    Some(format!("{}={version}{}", &manifest[..start], &manifest[end..]))
}

/// The manifest with another dependency.
fn with_dependency(manifest: &str, package: &str, version: &str) -> Option<String> {
    let table = "\n[dependencies]\n";
    let at = manifest.find(table)? + table.len();
    Some(format!("{}{package} = \"={version}\"\n{}", &manifest[..at], &manifest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_gets_one_version() {
        let manifest =
            "[dependencies]\na-b = \"1\"\na = { version = \">=1, <3\", features = [\"x\"] }\n";
        let check = |dependency: &str, expect: Option<&str>| {
            assert_eq!(with_version(manifest, dependency, "2.0.1").as_deref(), expect);
        };
        let one =
            "[dependencies]\na-b = \"=2.0.1\"\na = { version = \">=1, <3\", features = [\"x\"] }\n";
        check("a-b", Some(one));
        let other =
            "[dependencies]\na-b = \"1\"\na = { version = \"=2.0.1\", features = [\"x\"] }\n";
        check("a", Some(other));
        check("b", None);
    }

    #[test]
    fn what_goes_with_a_version_is_known_by_the_library_and_how_it_begins() {
        let table = [("a 1.", 1), ("a 1.2.", 2), ("a-b 1.2.3", 3)];
        let table = table.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let check = |library: &str, version: &str, expect: &[i32]| {
            let version = Version::parse(version).unwrap();
            let found: Vec<i32> = of_version(&table, library, &version).copied().collect();
            assert_eq!(found, expect, "{library} {version}");
        };
        check("a", "1.2.3", &[1, 2]);
        check("a", "1.20.0", &[1]);
        check("a-b", "1.2.3", &[3]);
        check("b", "1.2.3", &[]);
    }

    #[test]
    fn a_package_may_become_a_dependency() {
        let manifest = "[package]\n\n[dependencies]\na = \"1\"\n";
        let with = "[package]\n\n[dependencies]\nb = \"=2.0.1\"\na = \"1\"\n";
        assert_eq!(with_dependency(manifest, "b", "2.0.1").as_deref(), Some(with));
    }
}
