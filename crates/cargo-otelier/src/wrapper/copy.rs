//! An edited copy of a library's source.
//!
//! It is made anew each time that the library is compiled. Only folders with edited files are
//! folders of the copy; all else are links to the library's own files, so that nothing in it can be
//! out of date.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::edits::{Edited, EditedFile};
use crate::unix;

/// What a package has beside its source, and may be large.
const LEFT_OUT: [&str; 2] = ["target", ".git"];

/// Makes `copy` of the package in `root`.
pub(super) fn make(root: &Path, edited: &Edited, copy: &Path) -> io::Result<()> {
    match fs::remove_dir_all(copy) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    link_all(root, copy, "", &edited.files)?;
    for (path, file) in &edited.files {
        let path = copy.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, &file.after)?;
    }
    Ok(())
}

fn link_all(
    from: &Path,
    to: &Path,
    inside: &str,
    edited: &BTreeMap<String, EditedFile>,
) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let path = format!("{inside}{}", name.to_string_lossy());
        if edited.contains_key(&path) || LEFT_OUT.contains(&path.as_str()) {
            continue;
        }
        let below = format!("{path}/");
        if edited.keys().any(|file| file.starts_with(&below)) {
            link_all(&entry.path(), &to.join(&name), &below, edited)?;
        } else {
            unix::link(&entry.path(), &to.join(&name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_edited_files_and_links_to_all_others() {
        let folder = tempfile::tempdir().unwrap();
        let (root, copy) = (folder.path().join("root"), folder.path().join("copies/a"));
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("src/lib.rs", "old");
        write("src/part/one.rs", "one");
        write("README.md", "readme");
        write("target/large", "");
        let file = |after: &str| EditedFile { before: None, after: after.to_owned() };
        let edited = Edited {
            versions: String::new(),
            edits: 2,
            files: BTreeMap::from([
                ("src/lib.rs".to_owned(), file("new")),
                ("more/b.rs".to_owned(), file("b")),
            ]),
        };
        let read = |path: &str| fs::read_to_string(copy.join(path)).unwrap();
        for _ in 0..2 {
            make(&root, &edited, &copy).unwrap();
            assert_eq!((read("src/lib.rs"), read("more/b.rs")), ("new".into(), "b".into()));
            assert_eq!(
                (read("src/part/one.rs"), read("README.md")),
                ("one".into(), "readme".into())
            );
            assert!(!copy.join("target").exists());
        }
        write("README.md", "changed");
        assert_eq!(read("README.md"), "changed");
        assert_eq!(fs::read_to_string(root.join("src/lib.rs")).unwrap(), "old");
    }
}
