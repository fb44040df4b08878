//! The files in which the system describes itself.
//!
//! All of them are small and read as a whole: files below `/proc` and `/sys`, and a few below
//! `/etc`, `/usr`, `/run` and `/var`. On systems that do not have them each read finds nothing, so
//! detectors need no conditions for the system that they were built for.
//!
//! A file that cannot be read is no error, because there is nothing that a user could do about it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The most that is read of one file. In bytes; what comes after is not looked at. Tables of mounts
/// can be long.
const MOST: u64 = 1024 * 1024;

/// Reads files below a folder, which is the root of the file system but in tests.
#[derive(Debug)]
pub(super) struct Files {
    /// What paths are relative to.
    root: PathBuf,
}

impl Files {
    /// The real files.
    pub(super) fn of_the_system() -> Self {
        Self::below("/")
    }

    /// The files below `root`, which a test has made.
    pub(super) fn below(root: impl AsRef<Path>) -> Self {
        Self { root: root.as_ref().to_owned() }
    }

    /// The text of the file at `path`; `None` if it cannot be read. Bytes that are no UTF-8 are
    /// replaced.
    pub(super) fn read(&self, path: &str) -> Option<String> {
        let mut bytes = Vec::new();
        File::open(self.at(path)).ok()?.take(MOST).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The first line of the file at `path`, trimmed; `None` if nothing is left.
    pub(super) fn first_line(&self, path: &str) -> Option<String> {
        let text = self.read(path)?;
        let line = text.lines().next()?.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }

    /// Whether there is something at `path`, be it a file or a folder, that may be seen.
    pub(super) fn has(&self, path: &str) -> bool {
        self.at(path).exists()
    }

    /// Where `path`, which is absolute, lies below the root.
    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}
