//! Puts the edits into the binary, so that an installed `cargo-otelier` needs no other file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=edits");
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("edits");
    let mut files = Vec::new();
    list(&folder, &mut files)?;
    files.sort();
    let mut table = String::from("[\n");
    for file in &files {
        let inside = file.strip_prefix(&folder).map_err(io::Error::other)?;
        // A path with `/` on every system: it is a name, not a place.
        let name: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
        table += &format!("    ({:?}, include_str!({file:?})),\n", name.join("/"));
    }
    table += "]\n";
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("edits.rs"), table)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn variable(name: &str) -> io::Result<String> {
    std::env::var(name).map_err(|error| io::Error::other(format!("{name}: {error}")))
}
