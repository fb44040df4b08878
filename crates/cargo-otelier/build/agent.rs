//! The agent's source as an archive: a workspace of the agent and the crates of ours that it is
//! made of, and the lock file.
//!
//! In the repository it is made from the crates beside this one. A published package has it as a
//! file, which `cargo xtask release` puts there, since its own folder is all that it has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use toml::{Table, Value};

use crate::Result;
use crate::edits::list;

const AGENT: &str = "otelier-agent";
const PACKED: &str = "agent.tar.gz";
/// What a crate that is only linked does not need; what is left names no file that is left out.
const LEFT_OUT: [&str; 5] = ["dev-dependencies", "bench", "test", "example", "lints"];

/// Writes the archive.
pub(crate) fn embed(package: &Path, archive: &Path) -> Result<()> {
    let crates = package.parent().ok_or("the package has no parent folder")?;
    let packed = package.join(PACKED);
    if crates.join(AGENT).is_dir() {
        let root = crates.parent().ok_or("the workspace has no root")?;
        return Ok(fs::write(archive, pack(root)?)?);
    }
    println!("cargo::rerun-if-changed={}", packed.display());
    fs::copy(&packed, archive).map(drop).map_err(|error| {
        format!("{}: {error}; `cargo xtask release` makes it", packed.display()).into()
    })
}

/// The archive of the agent's workspace, the same bytes for the same sources.
fn pack(root: &Path) -> Result<Vec<u8>> {
    let manifest: Table = read(&root.join("Cargo.toml"))?;
    let workspace = manifest["workspace"].as_table().ok_or("the root is no workspace")?;
    let mut files = BTreeMap::new();
    let mut members = BTreeSet::new();
    let mut open = vec![AGENT.to_owned()];
    while let Some(name) = open.pop() {
        if !members.insert(format!("crates/{name}")) {
            continue;
        }
        let folder = root.join("crates").join(&name);
        let slim = slim(read(&folder.join("Cargo.toml"))?);
        open.extend(own_dependencies(&slim, workspace));
        files.insert(format!("crates/{name}/Cargo.toml"), toml::to_string(&slim)?.into_bytes());
        for part in ["src", "build", "build.rs", "README.md"] {
            for file in sources(&folder.join(part))? {
                let inside = file.strip_prefix(root)?.to_string_lossy().into_owned();
                files.insert(inside, fs::read(&file)?);
            }
        }
    }
    files.insert("Cargo.toml".to_owned(), root_manifest(workspace, &members)?.into_bytes());
    let lock = root.join("Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    files.insert("Cargo.lock".to_owned(), fs::read(lock)?);
    compressed(&files)
}

fn compressed(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    // No time and no name in the header: the bytes depend on the files alone.
    let encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    let mut archive = tar::Builder::new(encoder);
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len().try_into()?);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, &**content)?;
    }
    Ok(archive.into_inner()?.finish()?)
}

/// A file, or all files of a folder.
fn sources(path: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if path.is_dir() {
        list(path, &mut files)?;
    } else if path.is_file() {
        files.push(path.to_owned());
    }
    if !files.is_empty() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    Ok(files)
}

/// The manifest of a crate without what is there for its tests.
fn slim(mut manifest: Table) -> Table {
    for key in LEFT_OUT {
        manifest.remove(key);
    }
    for target in tables(&mut manifest, "target") {
        target.remove("dev-dependencies");
    }
    if let Some(package) = manifest.get_mut("package").and_then(Value::as_table_mut) {
        package.remove("metadata");
        // The agent's counts: that of an integration is what its library needs, which is left out.
        if package.get("name").and_then(Value::as_str) != Some(AGENT) {
            package.remove("rust-version");
        }
    }
    manifest
}

fn tables<'a>(manifest: &'a mut Table, key: &str) -> impl Iterator<Item = &'a mut Table> {
    let tables = manifest.get_mut(key).and_then(Value::as_table_mut).into_iter();
    tables.flat_map(|table| table.iter_mut()).filter_map(|(_, table)| table.as_table_mut())
}

/// The crates of this workspace that a crate depends on.
fn own_dependencies(manifest: &Table, workspace: &Table) -> Vec<String> {
    let own = |name: &&String| {
        workspace.get("dependencies").and_then(|all| all.get(name.as_str())?.get("path")).is_some()
    };
    let of_targets = manifest.get("target").and_then(Value::as_table).into_iter().flatten();
    of_targets
        .filter_map(|(_, target)| target.as_table())
        .chain([manifest])
        .flat_map(|table| ["dependencies", "build-dependencies"].map(|key| table.get(key)))
        .flatten()
        .filter_map(Value::as_table)
        .flat_map(Table::keys)
        .filter(own)
        .cloned()
        .collect()
}

fn root_manifest(workspace: &Table, members: &BTreeSet<String>) -> Result<String> {
    let mut slim = Table::new();
    for key in ["resolver", "package", "dependencies"] {
        if let Some(value) = workspace.get(key) {
            slim.insert(key.to_owned(), value.clone());
        }
    }
    let members = members.iter().map(|it| Value::String(it.clone())).collect();
    slim.insert("members".to_owned(), Value::Array(members));
    Ok(toml::to_string(&Table::from_iter([("workspace".to_owned(), Value::Table(slim))]))?)
}

fn read(path: &Path) -> Result<Table> {
    println!("cargo::rerun-if-changed={}", path.display());
    Ok(toml::from_str(&fs::read_to_string(path)?)?)
}
