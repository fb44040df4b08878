//! What a manifest says about its package for our own tools, in `[package.metadata.otelier]`.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::workspace::Package;

/// The table `[package.metadata.otelier]`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Otelier {
    pub(crate) role: Role,
    /// The libraries that an integration instruments.
    #[serde(default)]
    pub(crate) libraries: Vec<Library>,
    /// The dependencies that an integration's recorder builds without.
    #[serde(default)]
    pub(crate) drivers: Vec<String>,
    /// The test targets of `integration-tests` that run an integration against real servers.
    #[serde(default)]
    pub(crate) tests: Vec<String>,
    /// The servers beside the usual ones that the newest versions are also tested with, by their
    /// names in `cargo xtask services`.
    #[serde(default)]
    pub(crate) servers: Vec<String>,
    /// What is no library that users call through us, and is tested in several versions all the
    /// same.
    #[serde(default)]
    pub(crate) tested_with: Vec<Library>,
}

/// The table `[package.metadata.demo]` of an example.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Demo {
    /// The scenes of the demo that the example's programs play in, and the servers of each.
    pub(crate) scenes: BTreeMap<String, Vec<String>>,
}

/// What a package is for; it decides what the package may depend on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// The crate that users depend on.
    Facade,
    /// The SDK side.
    Core,
    /// The API side, which integrations are written with.
    Instrument,
    /// One library, or several that share their types.
    Integration,
    /// The bridge from `tracing`.
    Tracing,
    /// The propagators.
    Propagation,
    /// The analyzer of SQL.
    Sql,
    /// What tests use.
    Testing,
    /// What instrumented libraries call in a program that `cargo otelier` built.
    Agent,
    /// `cargo otelier`.
    Driver,
    /// A program to copy.
    Example,
}

/// A library that an integration instruments.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Library {
    /// Its name on crates.io; `*` stands for any ending.
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) signals: Vec<String>,
    /// The conventions that its telemetry follows, and how stable they are.
    #[serde(default)]
    pub(crate) conventions: String,
    /// Its lines of versions, the newest line first.
    pub(crate) lines: Vec<Line>,
}

/// A line of a library's versions that one adapter serves: a row of the table of what is supported.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// The feature of the facade that turns it on; none for what is no integration's.
    #[serde(default)]
    pub(crate) feature: String,
    /// The feature of the integration that compiles its adapter.
    #[serde(default)]
    pub(crate) adapter: String,
    /// The versions that the tests are run with, from the oldest to the newest.
    pub(crate) versions: Vec<String>,
    /// By version: other packages, each with the one version of its own that goes with it.
    #[serde(default)]
    pub(crate) pins: BTreeMap<String, BTreeMap<String, String>>,
    /// By version: a feature of the package that needs a newer one. Its tests are left out.
    #[serde(default)]
    pub(crate) without: BTreeMap<String, String>,
}

impl Role {
    /// All roles that a package under `crates/` can have.
    pub(crate) const OF_CRATES: [Self; 9] = [
        Self::Facade,
        Self::Core,
        Self::Instrument,
        Self::Integration,
        Self::Tracing,
        Self::Sql,
        Self::Testing,
        Self::Agent,
        Self::Driver,
    ];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Facade => "facade",
            Self::Core => "core",
            Self::Instrument => "instrument",
            Self::Integration => "integration",
            Self::Tracing => "tracing",
            Self::Propagation => "propagation",
            Self::Sql => "sql",
            Self::Testing => "testing",
            Self::Agent => "agent",
            Self::Driver => "driver",
            Self::Example => "example",
        })
    }
}

impl Package {
    /// What the manifest says in `[package.metadata.otelier]`, if it has the table.
    pub(crate) fn otelier(&self) -> Result<Option<Otelier>> {
        let Some(table) = self.metadata.get("otelier") else { return Ok(None) };
        Otelier::deserialize(table)
            .map(Some)
            .with_context(|| format!("{}: [package.metadata.otelier]", self.name))
    }

    /// What the manifest says in `[package.metadata.demo]`; nothing without the table.
    pub(crate) fn demo(&self) -> Result<Demo> {
        let Some(table) = self.metadata.get("demo") else { return Ok(Demo::default()) };
        Demo::deserialize(table).with_context(|| format!("{}: [package.metadata.demo]", self.name))
    }

    /// The package's role, if it has one that can be read.
    pub(crate) fn role(&self) -> Option<Role> {
        self.otelier().ok().flatten().map(|table| table.role)
    }
}
