//! A program in `integration-tests/edits`. Its manifest names the libraries that it uses, and the
//! spans that come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::edits::scratch::Scratch;
use crate::requirement;
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
#[serde(deny_unknown_fields)]
struct Metadata {
    /// The libraries that are tested by it, one version after the other.
    libraries: Vec<String>,
    /// The dependency that has the version of the library, if that is not the library itself.
    dependency: Option<String>,
    /// Its spans, a line for each, as [`spans::lines`](super::spans::lines) writes them.
    spans: Vec<String>,
    /// What is otherwise with some versions.
    #[serde(default)]
    others: Vec<Other>,
}

/// What is otherwise with some versions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    /// Which: the library and how they begin, such as `mongodb 2.`.
    of: Vec<String>,
    /// The feature of the program that goes with them.
    feature: Option<String>,
    /// Other packages, each with the one version of its own that goes with them.
    #[serde(default)]
    pins: BTreeMap<String, String>,
    /// Their spans.
    spans: Option<Vec<String>>,
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
        let mut others = self.others(library, version);
        others.find_map(|other| other.spans.as_ref()).unwrap_or(&self.table.spans)
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
        self.others(library, version).flat_map(|other| &other.pins)
    }

    /// What `cargo otelier build` is told for a version.
    pub(super) fn arguments(&self, library: &str, version: &Version) -> Vec<String> {
        let features = self.others(library, version).filter_map(|other| other.feature.as_ref());
        features.map(|feature| format!("--features={feature}")).collect()
    }

    fn others<'a>(&'a self, library: &str, version: &Version) -> impl Iterator<Item = &'a Other> {
        let named = format!("{library} {version}");
        self.table.others.iter().filter(move |other| other.is_of(&named))
    }
}

impl Other {
    fn is_of(&self, named: &str) -> bool {
        self.of.iter().any(|begin| named.starts_with(begin))
    }
}

/// The manifest with one version of a dependency.
fn with_version(manifest: &str, dependency: &str, version: &str) -> Option<String> {
    let mut is_found = false;
    let line = |line: &str| {
        let exact = requirement::exact(line, dependency, version);
        is_found |= exact.is_some();
        exact.unwrap_or_else(|| line.to_owned())
    };
    let changed = manifest.split_inclusive('\n').map(line).collect();
    is_found.then_some(changed)
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
    fn versions_are_named_by_the_library_and_how_they_begin() {
        let check = |of: &[&str], named: &str, expect: bool| {
            let of = of.iter().map(|begin| (*begin).to_owned()).collect();
            let other = Other { of, feature: None, pins: BTreeMap::new(), spans: None };
            assert_eq!(other.is_of(named), expect, "{named}");
        };
        check(&["a 1."], "a 1.2.3", true);
        check(&["a 1.2.", "a 1.3."], "a 1.3.0", true);
        check(&["a 1.2."], "a 1.20.0", false);
        check(&["a-b 1.2.3"], "a-b 1.2.3", true);
        check(&["a 1."], "a-b 1.2.3", false);
        check(&[], "a 1.2.3", false);
    }

    #[test]
    fn a_package_may_become_a_dependency() {
        let manifest = "[package]\n\n[dependencies]\na = \"1\"\n";
        let with = "[package]\n\n[dependencies]\nb = \"=2.0.1\"\na = \"1\"\n";
        assert_eq!(with_dependency(manifest, "b", "2.0.1").as_deref(), Some(with));
    }
}
