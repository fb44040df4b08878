//! What the driver tells the programs that cargo starts in the place of rustc and rustdoc.
//!
//! It stands in a file beside them and not in variables: those would reach the program that is
//! built and run.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::agent::Agent;
use crate::edits::Edits;
use crate::unix;

/// What is started in the place of rustc.
pub(crate) const RUSTC: &str = "otelier-rustc";
/// What is started in the place of rustdoc.
pub(crate) const RUSTDOC: &str = "otelier-rustdoc";
const FILE: &str = "session.json";

/// How a workspace is compiled.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Session {
    /// The agent for each target; under an empty name for code that runs where it is compiled.
    pub(crate) agents: BTreeMap<String, Agent>,
    /// Where edited copies of libraries go.
    pub(crate) sources: PathBuf,
    /// Where the compiler's words go about what it does not compile.
    pub(crate) logs: PathBuf,
    /// The folder of edits that takes the place of those in the binary.
    pub(crate) edits: Option<PathBuf>,
    /// The user's own wrapper around rustc.
    pub(crate) wrapper: Option<OsString>,
    /// The user's rustdoc.
    pub(crate) rustdoc: OsString,
}

/// The programs that cargo is to start.
pub(crate) struct Tools {
    pub(crate) rustc: PathBuf,
    pub(crate) rustdoc: PathBuf,
}

impl Session {
    /// Writes it below a folder, in a folder of its own: another one may be in use there. The tools
    /// are this binary; another copy of it, which may be gone before a build ends, has its own.
    pub(crate) fn write(&self, folder: &Path, binary: &Path) -> Result<Tools> {
        let text = serde_json::to_string_pretty(self).context("cannot write the session")?;
        let mut hasher = DefaultHasher::new();
        (&text, binary).hash(&mut hasher);
        remove_useless(folder);
        let folder = folder.join(format!("{:016x}", hasher.finish()));
        let tools = Tools { rustc: folder.join(RUSTC), rustdoc: folder.join(RUSTDOC) };
        let written = fs::create_dir_all(&folder)
            .and_then(|()| unix::write(&folder.join(FILE), &text))
            .and_then(|()| unix::link(binary, &tools.rustc))
            .and_then(|()| unix::link(binary, &tools.rustdoc));
        written.with_context(|| format!("cannot write {}", folder.display()))?;
        Ok(tools)
    }

    /// Reads the one that a tool stands beside.
    pub(crate) fn beside(tool: &Path) -> Result<Self> {
        let file = tool.with_file_name(FILE);
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("cannot read {}", file.display()))
    }

    /// The edits that are in force.
    pub(crate) fn edits(&self) -> Edits {
        self.edits.clone().map_or_else(Edits::embedded, Edits::in_folder)
    }
}

/// Removes sessions whose binary is gone: no build can use them. If that fails they stay.
fn remove_useless(folder: &Path) {
    for session in fs::read_dir(folder).into_iter().flatten().flatten() {
        let tool = session.path().join(RUSTC);
        if tool.is_symlink() && !tool.exists() {
            let _ = fs::remove_dir_all(session.path());
        }
    }
}
