//! Where the agent's source comes from: the binary has it, as an archive of its crates and of a
//! lock file.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use flate2::read::GzDecoder;

const ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/agent.tar.gz"));
/// The folder of a package to build in place of the archive: for who changes the agent, and for
/// tests.
const VARIABLE: &str = "CARGO_OTELIER_AGENT";
const LOCK: &str = "Cargo.lock";
/// What the lock file is called that was packed, beside the one that cargo has made of it.
const PACKED_LOCK: &str = "Cargo.lock.packed";

/// The source of the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The archive in the binary.
    Embedded,
    /// A folder with a package of the name `otelier-agent`.
    Folder(PathBuf),
}

impl Source {
    /// The source that is in force.
    pub(crate) fn find() -> Result<Self> {
        match env::var_os(VARIABLE).filter(|it| !it.is_empty()) {
            None => Ok(Self::Embedded),
            Some(folder) => {
                let folder = fs::canonicalize(&folder)
                    .with_context(|| format!("{VARIABLE}: {}", folder.display()))?;
                Ok(Self::Folder(folder))
            }
        }
    }

    /// A number that differs for another source.
    pub(crate) fn hash(&self) -> Result<u64> {
        let mut hasher = DefaultHasher::new();
        match self {
            Self::Embedded => ARCHIVE.hash(&mut hasher),
            Self::Folder(folder) => {
                hash_folder(folder, &mut hasher)
                    .with_context(|| format!("cannot read {}", folder.display()))?;
            }
        }
        Ok(hasher.finish())
    }

    /// The folder with the source, below `cache` unless it is one already.
    pub(crate) fn place(&self, cache: &Path) -> Result<PathBuf> {
        if let Self::Folder(folder) = self {
            return Ok(folder.clone());
        }
        let folder = cache.join("source");
        if !folder.exists() {
            let draft = cache.join(format!("source-draft{}", std::process::id()));
            unpack(&draft).with_context(|| format!("cannot write {}", draft.display()))?;
            // Another process may have been faster.
            if fs::rename(&draft, &folder).is_err() {
                fs::remove_dir_all(&draft)
                    .with_context(|| format!("cannot remove {}", draft.display()))?;
            }
        }
        Ok(folder)
    }

    /// Checks that cargo took nothing but what the packed lock file has: that one is of a larger
    /// workspace, and cargo leaves out what the agent does not need.
    pub(crate) fn check_lock(&self, folder: &Path) -> Result<()> {
        if *self != Self::Embedded {
            return Ok(());
        }
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let packed = packages(&read(PACKED_LOCK)?)?;
        let added: Vec<String> = packages(&read(LOCK)?)?
            .difference(&packed)
            .map(|(name, version, _)| format!("{name} {version}"))
            .collect();
        if !added.is_empty() {
            bail!("cargo wants other packages than those in its lock file: {}", added.join(", "));
        }
        Ok(())
    }
}

fn unpack(folder: &Path) -> io::Result<()> {
    tar::Archive::new(GzDecoder::new(ARCHIVE)).unpack(folder)?;
    fs::copy(folder.join(LOCK), folder.join(PACKED_LOCK)).map(drop)
}

/// Name, version and checksum of each package in a lock file.
fn packages(lock: &str) -> Result<BTreeSet<(String, String, String)>> {
    let lock: toml::Table = toml::from_str(lock).context("a lock file cannot be read")?;
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    let text = |package: &toml::Value, key: &str| {
        package.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
    };
    Ok(packages.map(|it| (text(it, "name"), text(it, "version"), text(it, "checksum"))).collect())
}

fn hash_folder(folder: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if !path.ends_with("target") && !path.ends_with(".git") {
                hash_folder(&path, hasher)?;
            }
        } else if !path.ends_with(LOCK) {
            (&path, fs::read(&path)?).hash(hasher);
        }
    }
    Ok(())
}
