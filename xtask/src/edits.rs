//! `cargo xtask edits`: whether the edits of `cargo otelier` fit each published version of a
//! library, and whether it compiles with them.

mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::cargo_lock::Lock;
use crate::edits::table::{Row, Table};
use crate::programs;
use crate::step::{Log, Shown, duration};
use crate::version::Version;
use crate::workspace::{Workspace, cargo_in, program_in};

/// Where the edits are, a folder for each library.
const EDITS: &str = "crates/cargo-otelier/edits";
/// What begins a line with a range of versions, and one with the features to turn on.
const VERSIONS: &str = "versions = \"";
const FEATURES: &str = "features = [";

/// Apply the edits of `cargo otelier` to each published version of its libraries, compile them,
/// and write the results to docs/edits.md.
///
/// Of libraries whose versions begin with 0, these are all versions; of others the newest of each
/// minor version.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The library, if not all of them.
    library: Option<String>,
    /// Only apply the edits, which takes seconds for a version.
    #[arg(long)]
    apply: bool,
}

/// Tests the versions, and fails if one of them is not traced.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let mut table = Table::read(&workspace.root)?;
    let mut names = libraries(&workspace.root)?;
    if let Some(name) = &args.library {
        if !names.contains(name) {
            bail!("there are no edits for {name}; there are some for: {}", names.join(", "));
        }
        names.retain(|it| it == name);
    }
    let mut log = Log::create(workspace, "edits", Shown::Nothing)?;
    let driver = if args.apply {
        println!("building cargo otelier …");
        programs::driver_without_agent(workspace, &mut log)?
    } else {
        println!("building cargo otelier and its agent …");
        programs::driver(workspace, &mut log)?
    };
    let mut failed = Vec::new();
    for name in names {
        let scratch = Scratch::create(workspace, &name, driver.clone())?;
        let mut rows = Vec::new();
        let versions = scratch.versions(&mut log)?;
        let count = versions.len();
        for (index, version) in versions.into_iter().enumerate() {
            let start = Instant::now();
            let row = scratch.check(version, args.apply, &mut log)?;
            println!("[{}/{count}] {name} {row} ({})", index + 1, duration(start.elapsed()));
            if row.reason.is_some() {
                failed.push(format!("{name} {}", row.version));
            }
            rows.push(row);
        }
        table.set(&name, rows);
        table.write(&workspace.root)?;
    }
    if !failed.is_empty() {
        bail!("not traced: {}", failed.join(", "));
    }
    Ok(())
}

fn libraries(root: &Path) -> Result<Vec<String>> {
    let folder = root.join(EDITS);
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names = BTreeSet::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.join("edits.toml").is_file() {
            names.insert(name.into_owned());
        }
    }
    Ok(names.into_iter().collect())
}

/// A package that depends on one version of a library and on nothing else.
struct Scratch {
    library: String,
    edits: String,
    root: PathBuf,
    build: PathBuf,
    driver: programs::Driver,
}

impl Scratch {
    fn create(workspace: &Workspace, library: &str, driver: programs::Driver) -> Result<Self> {
        let file = workspace.root.join(EDITS).join(library).join("edits.toml");
        let edits =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let folder = workspace.target.join("edits");
        let root = folder.join("source").join(library);
        fs::create_dir_all(root.join("src"))?;
        fs::write(root.join("src/lib.rs"), "//! Nothing but a dependency.\n")?;
        Ok(Self { library: library.to_owned(), edits, root, build: folder.join("build"), driver })
    }

    /// The published versions in the ranges, the newest first.
    fn versions(&self, log: &mut Log) -> Result<Vec<Version>> {
        let mut versions: Vec<Version> = Vec::new();
        for range in ranges(&self.edits) {
            let mut bound = String::new();
            while let Some(version) = self.newest(&format!("{range}{bound}"), log)? {
                bound = format!(", <{}", oldest_of_minor(&version));
                if !versions.contains(&version) {
                    versions.push(version);
                }
            }
        }
        versions.sort_by(|one, two| two.cmp(one));
        Ok(versions)
    }

    /// The newest published version that a requirement admits.
    fn newest(&self, requirement: &str, log: &mut Log) -> Result<Option<Version>> {
        self.depend_on(requirement)?;
        let result = log.run(cargo_in(&self.root).args(["generate-lockfile", "--color=never"]));
        if result.is_err() {
            crate::process::check_interrupted()?;
            // There is none, or there is no registry: cargo has told the log which.
            let text = log.read()?;
            let last = text.rsplit("\n$ ").next().unwrap_or_default();
            if last.contains("failed to select a version") {
                return Ok(None);
            }
            bail!("cargo cannot resolve {} {requirement}: {last}", self.library);
        }
        let lock = Lock::parse(&fs::read_to_string(self.root.join("Cargo.lock"))?);
        let found = lock.named(&self.library).find_map(|it| Version::parse(&it.version));
        found.map(Some).with_context(|| format!("no {} is in Cargo.lock", self.library))
    }

    /// Compiles a version by `cargo otelier`, which says why it is not traced if it is not; or only
    /// applies the edits.
    fn check(&self, version: Version, apply: bool, log: &mut Log) -> Result<Row> {
        self.depend_on(&format!("={version}"))?;
        log.run(cargo_in(&self.root).args(["generate-lockfile", "--color=never"]))?;
        let mut status = program_in(&self.root, &self.driver.binary);
        status.args(["otelier", "status"]).env("CARGO_OTELIER_CACHE", &self.driver.agents);
        let status = status.output().context("cannot start cargo otelier")?;
        let status = String::from_utf8_lossy(&status.stdout).into_owned();
        let range = range_of(&self.library, &status);
        if apply {
            let reason = range.is_empty().then(|| "its source is not as expected".to_owned());
            return Ok(Row { version, range, reason, is_compiled: false });
        }
        let mut check = program_in(&self.root, &self.driver.binary);
        check.args(["otelier", "check", "--color=never", "--target-dir"]).arg(&self.build);
        check.env("CARGO_OTELIER_CACHE", &self.driver.agents).env("CARGO_INCREMENTAL", "0");
        let result = log.run(&mut check);
        crate::process::check_interrupted()?;
        let text = log.read()?;
        let last = text.rsplit("\n$ ").next().unwrap_or_default();
        let reason = match result {
            Ok(()) => not_traced(&self.library, last),
            Err(_) => Some("it does not compile, with or without edits".to_owned()),
        };
        Ok(Row { version, range, reason, is_compiled: true })
    }

    fn depend_on(&self, requirement: &str) -> Result<()> {
        let Self { library, root, .. } = self;
        let features =
            self.edits.lines().find_map(|it| it.strip_prefix(FEATURES)?.strip_suffix(']'));
        let features = features.unwrap_or_default();
        let manifest = format!(
            "[workspace]\n[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
             [dependencies]\n{library} = {{ version = \"{requirement}\", features = [{features}] }}\n"
        );
        fs::write(root.join("Cargo.toml"), manifest).context("cannot write the manifest")
    }
}

/// The ranges of versions that `edits.toml` names, each once.
fn ranges(edits: &str) -> BTreeSet<&str> {
    edits.lines().filter_map(|line| line.strip_prefix(VERSIONS)?.split('"').next()).collect()
}

/// Where the next version to test is below: all versions are tested of a library before 1.0, where
/// any may break, else one of each minor version.
fn oldest_of_minor(version: &Version) -> String {
    let text = version.to_string();
    let mut numbers = text.split('.');
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) if major != "0" => format!("{major}.{minor}.0"),
        _ => text,
    }
}

/// Why a library is not traced, by what `cargo otelier` says while it compiles it.
fn not_traced(library: &str, output: &str) -> Option<String> {
    let start = format!("warning: {library} ");
    let line = output.lines().find(|line| line.starts_with(&start))?;
    let (_, reason) = line.split_once(" is not traced: ")?;
    // The log is on this machine.
    Some(reason.split(", see /").next().unwrap_or(reason).replace('|', "/"))
}

/// The range whose edits `cargo otelier status` has tried with success.
fn range_of(library: &str, status: &str) -> String {
    let start = format!("✓ {library} ");
    let line = status.lines().find(|line| line.starts_with(&start));
    let range = line.and_then(|line| line.split_once("(edits for ")?.1.strip_suffix(')'));
    range.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_once() {
        let edits = "library = \"a\"\n[[range]]\nversions = \">=0.8.0, <0.9.0\"\n[[range]]\n\
                     versions = \">=0.8.0, <0.9.0\" # again\n[[range]]\nversions = \"1\"\n";
        assert_eq!(ranges(edits), BTreeSet::from(["1", ">=0.8.0, <0.9.0"]));
    }

    #[test]
    fn the_next_version_is_an_older_one() {
        let check = |version: &str, expect: &str| {
            assert_eq!(oldest_of_minor(&Version::parse(version).unwrap()), expect);
        };
        check("0.8.9", "0.8.9");
        check("1.16.3", "1.16.0");
        check("1.0.0", "1.0.0");
    }

    #[test]
    fn the_reason_is_what_cargo_otelier_says() {
        let output = "    Checking http v1\nwarning: axum 0.8.9 is not traced: it does not compile \
                      with the edits for 0.8 (exit status 1), see /a/b.log\nwarning: other\n";
        let expect = "it does not compile with the edits for 0.8 (exit status 1)";
        assert_eq!(not_traced("axum", output).as_deref(), Some(expect));
        assert_eq!(not_traced("axum-core", output), None);
        let status = "✓ axum 0.8.9: traced by 2 edits in 1 of its files (edits for >=0.8, <0.9)\n";
        assert_eq!(range_of("axum", status), ">=0.8, <0.9");
        assert_eq!(range_of("axum", "✗ axum 0.8.9: not traced: x\n"), "");
    }
}
