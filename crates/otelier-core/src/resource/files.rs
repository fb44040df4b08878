//! The files in which the system describes itself.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The most that is read of one file.
const MOST: u64 = 1024 * 1024;

/// Reads files below a folder, which is the root of the file system but in tests.
#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
}

impl Files {
    pub(super) fn of_the_system() -> Self {
        Self::below("/")
    }

    pub(super) fn below(root: impl AsRef<Path>) -> Self {
        Self { root: root.as_ref().to_owned() }
    }

    /// The text of the file at `path`; `None` if it cannot be read.
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

    pub(super) fn has(&self, path: &str) -> bool {
        self.at(path).exists()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}
