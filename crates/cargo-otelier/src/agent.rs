//! The agent: the library of ours that edited libraries call.
//!
//! It is built by itself, from its own lock file, once for each compiler and target, and shared by
//! all programs. So nothing of it takes part in the resolution of a program's dependencies.

mod build;
mod profile;
mod source;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

pub(crate) use build::{Build, Network, numbers};
use profile::Profile;
pub(crate) use source::Source;

/// An agent that is built.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Agent {
    library: PathBuf,
    /// Where the libraries are that it is made of.
    dependencies: Vec<PathBuf>,
}

impl Agent {
    /// The agent `library`, with the crates of ours beside it, whose other dependencies were built
    /// in a target directory for this target; an empty one for the machine itself.
    fn new(library: PathBuf, folder: &Path, target: &str, profile: Profile) -> Self {
        let mut dependencies = Vec::from_iter(library.parent().map(Path::to_owned));
        dependencies.push(built(folder, target, profile).join("deps"));
        // Procedural macros run on the machine itself.
        let of_machine = built(folder, "", profile).join("deps");
        if !dependencies.contains(&of_machine) {
            dependencies.push(of_machine);
        }
        Self { library, dependencies }
    }

    /// What rustc needs to find what an edited library is linked with.
    pub(crate) fn search_path(&self) -> Vec<OsString> {
        let path = |folder: &PathBuf| {
            let mut path = OsString::from("dependency=");
            path.push(folder);
            [OsString::from("-L"), path]
        };
        self.dependencies.iter().flat_map(path).collect()
    }

    /// What rustc needs to compile code that calls the agent.
    pub(crate) fn link(&self) -> [OsString; 2] {
        let mut library = OsString::from("otelier_agent=");
        library.push(&self.library);
        ["--extern".into(), library]
    }
}

/// Where cargo puts what it builds for a target.
fn built(folder: &Path, target: &str, profile: Profile) -> PathBuf {
    // The description of a target names it by its file.
    folder.join(Path::new(target).file_stem().unwrap_or_default()).join(profile.folder())
}

/// Where agents are kept: `CARGO_OTELIER_CACHE`, or `otelier` in the user's folder for caches.
pub(crate) fn cache() -> Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty());
    if let Some(folder) = variable("CARGO_OTELIER_CACHE") {
        return std::path::absolute(folder).context("CARGO_OTELIER_CACHE is no path");
    }
    let caches = variable("XDG_CACHE_HOME").map(PathBuf::from).filter(|it| it.is_absolute());
    let caches = caches.or_else(|| Some(std::env::home_dir()?.join(".cache")));
    let caches = caches.context("no folder for caches is found: set CARGO_OTELIER_CACHE to one")?;
    Ok(caches.join("otelier").join("agents"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_for_another_target_has_macros_of_this_machine() {
        let check = |target: &str, dependencies: &[&str]| {
            let library = PathBuf::from("/own/a.rlib");
            let agent = Agent::new(library, Path::new("/c"), target, Profile::Release);
            assert_eq!(agent.link(), ["--extern", "otelier_agent=/own/a.rlib"]);
            let path = dependencies.iter().map(|it| format!("dependency=/c/{it}").into());
            let path: Vec<OsString> =
                std::iter::once("dependency=/own".into()).chain(path).collect();
            let found: Vec<OsString> = agent.search_path().into_iter().skip(1).step_by(2).collect();
            assert_eq!(found, path);
        };
        check("", &["release/deps"]);
        let both = ["arm/release/deps", "release/deps"];
        check("arm", &both);
        check("/x/arm.json", &both);
    }
}
