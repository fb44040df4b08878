//! Which versions of which libraries there are to test: what the manifests name and Cargo.lock has.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::cargo_lock::Lock;
use crate::version::{Range, Version};
use crate::workspace::{Package, Workspace};

/// A version of a library, and the integration that is tested with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The package of the workspace.
    pub(crate) package: String,
    pub(crate) library: String,
    /// The line the version is in.
    pub(crate) line: Range,
    pub(crate) version: Version,
    pub(crate) place: Place,
    /// The version that Cargo.lock has for the line.
    pub(crate) locked: Version,
    /// Other packages, each with the version that goes with this one.
    pub(crate) pins: BTreeMap<String, String>,
    /// A feature that needs a newer version than this.
    pub(crate) without: Option<String>,
    /// The test binaries of `integration-tests` that are about it.
    pub(crate) tests: Vec<String>,
    /// The server to run them on, if not the usual one.
    pub(crate) server: Option<String>,
}

/// Where in its line a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Oldest,
    Newest,
    Between,
    /// The newest, on a server that is not the usual one.
    OtherServer,
}

/// Which of them to run.
pub(super) enum Chosen<'a> {
    All,
    Ends { oldest: bool, newest: bool },
    Version(&'a str),
}

impl Place {
    fn of(version: &Version, line: &Range) -> Self {
        if *version == line.oldest {
            Self::Oldest
        } else if *version == line.newest {
            Self::Newest
        } else {
            Self::Between
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Oldest => "oldest",
            Self::Newest => "newest",
            Self::Between => "between",
            Self::OtherServer => "newest",
        })
    }
}

/// All cells: first the oldest of every line, then the newest, then what is between, and the newest
/// again on other servers.
pub(crate) fn cells(packages: &[Package], lock: &str) -> Result<Vec<Cell>> {
    let lock = Lock::parse(lock);
    let mut cells: Vec<Cell> = Vec::new();
    for package in packages.iter().filter(|package| package.is_published()) {
        let Some(table) = package.otelier()? else { continue };
        // A whole family of crates is tested by its members.
        let members = table
            .libraries
            .iter()
            .chain(&table.tested_with)
            .filter(|library| !library.name.ends_with('*'));
        for (library, line) in
            members.flat_map(|library| library.lines.iter().map(move |line| (library, line)))
        {
            let range = Range::of(&line.versions)
                .with_context(|| format!("{}: a line has no versions", library.name))?;
            let in_line = lock.named(&library.name).filter_map(|it| Version::parse(&it.version));
            let locked =
                in_line.filter(|version| range.contains(version)).max().with_context(|| {
                    format!("Cargo.lock has no {} from {} on", library.name, range.oldest)
                })?;
            for text in &line.versions {
                let version = Version::parse(text)
                    .with_context(|| format!("{}: `{text}` is no version", library.name))?;
                let cell = Cell {
                    package: package.name.clone(),
                    library: library.name.clone(),
                    place: Place::of(&version, &range),
                    line: range.clone(),
                    version,
                    locked: locked.clone(),
                    pins: line.pins.get(text).cloned().unwrap_or_default(),
                    without: line.without.get(text).cloned(),
                    tests: table.tests.clone(),
                    server: None,
                };
                if cell.version == cell.line.newest {
                    cells.extend(table.servers.iter().map(|server| Cell {
                        place: Place::OtherServer,
                        server: Some(server.clone()),
                        ..cell.clone()
                    }));
                }
                cells.push(cell);
            }
        }
    }
    cells.sort_by_key(|cell| cell.place);
    Ok(cells)
}

/// The cells of some libraries; all libraries if none is named.
pub(super) fn choose(
    known: &[Cell],
    libraries: &[String],
    chosen: &Chosen<'_>,
) -> Result<Vec<Cell>> {
    for library in libraries {
        if !known.iter().any(|cell| is_meant(library, &cell.library)) {
            let mut names: Vec<&str> = known.iter().map(|cell| cell.library.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            bail!("no library is named {library}; there are: {}", names.join(", "));
        }
    }
    let mut cells: Vec<Cell> = known
        .iter()
        .filter(|cell| {
            libraries.is_empty() || libraries.iter().any(|name| is_meant(name, &cell.library))
        })
        .cloned()
        .collect();
    match chosen {
        Chosen::All => {}
        Chosen::Ends { oldest, newest } => cells.retain(|cell| {
            // With a single version, the oldest is the newest too.
            (*oldest && cell.place == Place::Oldest)
                || (*newest && cell.version == cell.line.newest && cell.server.is_none())
        }),
        Chosen::Version(text) => {
            let version =
                Version::parse(text).with_context(|| format!("`{text}` is no version"))?;
            let is_named = cells.iter().any(|cell| cell.version == version);
            if is_named {
                cells.retain(|cell| cell.version == version);
            } else {
                cells.retain(|cell| cell.place == Place::Oldest && cell.line.contains(&version));
                for cell in &mut cells {
                    cell.place = Place::of(&version, &cell.line);
                    cell.version = version.clone();
                    cell.pins.clear();
                    cell.without = None;
                }
            }
        }
    }
    Ok(cells)
}

fn is_meant(name: &str, library: &str) -> bool {
    name.strip_suffix('*').map_or(name == library, |stem| library.starts_with(stem))
}

/// Writes down which cells are still to be run.
pub(super) fn keep(workspace: &Workspace, cells: &[Cell]) -> Result<()> {
    let path = file(workspace);
    let lines: Vec<String> = cells.iter().map(|cell| format!("{cell}\n")).collect();
    if lines.is_empty() {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
    }
    fs::write(&path, lines.concat()).with_context(|| format!("cannot write {}", path.display()))
}

/// The cells that an earlier run has left over.
pub(super) fn left(workspace: &Workspace, known: &[Cell]) -> Result<Vec<Cell>> {
    let text = fs::read_to_string(file(workspace)).context("no run was interrupted")?;
    let mut cells = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let (Some(library), Some(version)) = (words.next(), words.next()) else { continue };
        // `on` stands before a server.
        let server = words.nth(1);
        let of_version = choose(known, &[library.to_owned()], &Chosen::Version(version))?;
        cells.extend(of_version.into_iter().filter(|cell| cell.server.as_deref() == server));
    }
    Ok(cells)
}

/// As the output and the file of what is left name it: `mysql_async 0.37.1 on mysql-9`.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.library, self.version)?;
        match &self.server {
            Some(server) => write!(f, " on {server}"),
            None => Ok(()),
        }
    }
}

fn file(workspace: &Workspace) -> PathBuf {
    workspace.target.join("matrix/left")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const LOCK: &str = "[[package]]\nname = \"axum\"\nversion = \"0.7.9\"\n\n\
                        [[package]]\nname = \"axum\"\nversion = \"0.8.9\"\n\n\
                        [[package]]\nname = \"tower\"\nversion = \"0.5.3\"\n";

    fn package() -> Package {
        let library = |name: &str, lines: &[Value]| json!({"name": name, "signals": ["traces"], "conventions": "x", "lines": lines});
        let line = |versions: &[&str], pins: Value| json!({"feature": "x", "adapter": "x", "versions": versions, "pins": pins});
        serde_json::from_value(json!({
            "id": "a", "name": "otelier-tower", "license": null, "publish": null, "features": {},
            "targets": [], "manifest_path": "crates/otelier-tower/Cargo.toml", "dependencies": [],
            "metadata": {"otelier": {"role": "integration", "tests": ["http"],
                "servers": ["mysql-9"], "libraries": [
                library("axum", &[
                    line(&["0.8.0", "0.8.4", "0.8.9"], json!({"0.8.0": {"axum-macros": "0.5.0"}})),
                    line(&["0.7.0", "0.7.9"], json!({})),
                ]),
                library("axum-*", &[line(&["1"], json!({}))]),
            ], "tested_with": [{"name": "tower", "lines": [{"versions": ["0.5.3"]}]}]}},
        }))
        .unwrap()
    }

    fn shown(cells: &[Cell]) -> Vec<String> {
        cells.iter().map(|cell| format!("{cell} {}", cell.place)).collect()
    }

    #[test]
    fn each_line_has_its_versions_the_ends_first() {
        let cells = cells(&[package()], LOCK).unwrap();
        assert_eq!(
            shown(&cells),
            [
                "axum 0.8.0 oldest",
                "axum 0.7.0 oldest",
                "tower 0.5.3 oldest",
                "axum 0.8.9 newest",
                "axum 0.7.9 newest",
                "axum 0.8.4 between",
                "axum 0.8.9 on mysql-9 newest",
                "axum 0.7.9 on mysql-9 newest",
                "tower 0.5.3 on mysql-9 newest",
            ]
        );
        assert_eq!(cells[0].tests, ["http"]);
        assert_eq!(cells[0].pins.get("axum-macros").map(String::as_str), Some("0.5.0"));
        assert_eq!(cells[1].locked.to_string(), "0.7.9");
    }

    #[test]
    fn a_line_that_the_lock_lacks_is_an_error() {
        let error = cells(&[package()], "").unwrap_err().to_string();
        assert_eq!(error, "Cargo.lock has no axum from 0.8.0 on");
    }

    #[test]
    fn what_is_left_over_is_found_again() {
        let root = std::env::temp_dir().join(format!("xtask-plan-{}", std::process::id()));
        let workspace = Workspace::without_packages(root.clone(), root);
        fs::create_dir_all(workspace.target.join("matrix")).unwrap();
        let known = cells(&[package()], LOCK).unwrap();
        // Also a version that no manifest names.
        let other = choose(&known, &["axum".to_owned()], &Chosen::Version("0.8.5")).unwrap();
        let open = [&other[..], &known[3..]].concat();
        keep(&workspace, &open).unwrap();
        assert_eq!(left(&workspace, &known).unwrap(), open);
        // What has been run is left over no more.
        keep(&workspace, &open[1..]).unwrap();
        assert_eq!(left(&workspace, &known).unwrap(), open[1..]);
        for _ in 0..2 {
            keep(&workspace, &[]).unwrap();
            let error = left(&workspace, &known).unwrap_err().to_string();
            assert_eq!(error, "no run was interrupted");
        }
        fs::remove_dir_all(&workspace.target).unwrap();
    }

    #[test]
    fn cells_are_chosen_by_library_place_and_version() {
        let known = cells(&[package()], LOCK).unwrap();
        let check = |libraries: &[&str], chosen: &Chosen<'_>, expect: &[&str]| {
            let libraries: Vec<String> = libraries.iter().map(|it| (*it).to_owned()).collect();
            assert_eq!(shown(&choose(&known, &libraries, chosen).unwrap()), expect);
        };
        let both = ["tower 0.5.3 oldest", "tower 0.5.3 on mysql-9 newest"];
        check(&["tow*"], &Chosen::All, &both);
        let oldest = Chosen::Ends { oldest: true, newest: false };
        check(&["axum"], &oldest, &["axum 0.8.0 oldest", "axum 0.7.0 oldest"]);
        let newest = Chosen::Ends { oldest: false, newest: true };
        let expect = ["tower 0.5.3 oldest", "axum 0.8.9 newest", "axum 0.7.9 newest"];
        check(&[], &newest, &expect);
        check(&[], &Chosen::Version("0.8.5"), &["axum 0.8.5 between"]);
        let both = ["axum 0.7.9 newest", "axum 0.7.9 on mysql-9 newest"];
        check(&["axum"], &Chosen::Version("0.7.9"), &both);
        check(&["axum"], &Chosen::Version("0.6.0"), &[]);
        let error = choose(&known, &["hyper".to_owned()], &Chosen::All).unwrap_err().to_string();
        assert_eq!(error, "no library is named hyper; there are: axum, tower");
    }
}
