//! What is changed in libraries as they are compiled, as data.
//!
//! Each library has a folder under `edits/`, named as its crate, with `edits.toml` and the snippets
//! of Rust that it names. The format is in [`format`].

mod apply;
mod diff;
mod format;

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

pub use apply::{Edited, EditedFile, NotApplied};
pub use format::{Edit, Invalid, Library, Range};

/// The folders of the libraries: each file's path below `edits/`, and its text.
const EMBEDDED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/edits.rs"));

/// All edits there are: those in the binary, or those of a folder in their place.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    folder: Option<PathBuf>,
}

impl Edits {
    /// The edits that the binary was built with.
    pub fn embedded() -> Self {
        Self::default()
    }

    /// The edits of a folder that looks like `edits/`: for who writes edits, and for tests.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// The folder, if they are not those in the binary.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The names of the libraries, in order.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn libraries(&self) -> io::Result<Vec<String>> {
        let names: BTreeSet<String> = match &self.folder {
            Some(folder) => fs::read_dir(folder)?
                .filter_map(|entry| Some(entry.ok()?.path()))
                .filter(|path| path.join("edits.toml").is_file())
                .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
                .collect(),
            None => EMBEDDED
                .iter()
                .filter_map(|(path, _)| path.strip_suffix("/edits.toml"))
                .map(str::to_owned)
                .collect(),
        };
        Ok(names.into_iter().collect())
    }

    /// The edits of a library, if there are some.
    ///
    /// # Errors
    /// If `edits.toml` does not follow its format, or names a snippet that is not there.
    pub fn library(&self, name: &str) -> Result<Option<Library>, Invalid> {
        let Some(text) = self.read(name, "edits.toml") else { return Ok(None) };
        Library::parse(name, &text, |snippet| self.read(name, snippet)).map(Some)
    }

    /// A number that differs for other edits.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn hash(&self) -> io::Result<u64> {
        let mut hasher = DefaultHasher::new();
        match &self.folder {
            None => EMBEDDED.hash(&mut hasher),
            Some(folder) => {
                for library in self.libraries()? {
                    let mut files: Vec<PathBuf> = fs::read_dir(folder.join(&library))?
                        .filter_map(|entry| Some(entry.ok()?.path()))
                        .filter(|path| path.is_file())
                        .collect();
                    files.sort();
                    for file in files {
                        (&file, fs::read(&file)?).hash(&mut hasher);
                    }
                }
            }
        }
        Ok(hasher.finish())
    }

    fn read(&self, library: &str, file: &str) -> Option<String> {
        match &self.folder {
            Some(folder) => fs::read_to_string(folder.join(library).join(file)).ok(),
            None => {
                let inside = |path: &str| {
                    path.strip_prefix(library).and_then(|rest| rest.strip_prefix('/')) == Some(file)
                };
                EMBEDDED.iter().find(|(path, _)| inside(path)).map(|(_, text)| (*text).to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_embedded_edits_can_be_read() {
        let edits = Edits::embedded();
        for name in edits.libraries().unwrap() {
            let library = edits.library(&name).unwrap().unwrap();
            assert_eq!(library.name, name);
            assert!(!library.ranges.is_empty(), "{name}");
        }
        assert!(edits.library("no-such-library").unwrap().is_none());
    }

    #[test]
    fn a_folder_takes_the_place_of_the_embedded_edits() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let text = |file: &str| {
            format!(
                "library = \"one\"\n[[range]]\nversions = \"1\"\n[[range.edit]]\nfile = \"a\"\n\
                 create = \"{file}\"\n"
            )
        };
        write("one/edits.toml", &text("a.rs"));
        write("one/a.rs", "fn a() {}\n");
        write("notes/read.me", "");
        let edits = Edits::in_folder(folder.path());
        assert_eq!(edits.libraries().unwrap(), ["one"]);
        assert_eq!(edits.library("one").unwrap().unwrap().ranges.len(), 1);
        assert!(edits.library("two").unwrap().is_none());
        let before = edits.hash().unwrap();
        write("one/a.rs", "fn b() {}\n");
        assert_ne!(edits.hash().unwrap(), before);
        write("one/edits.toml", &text("b.rs"));
        let error = edits.library("one").unwrap_err().to_string();
        assert_eq!(error, "edits of one: the snippet b.rs is not there");
    }
}
