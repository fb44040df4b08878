//! `cargo xtask edits`: whether the edits of `cargo otelier` fit each published version of a
//! library, and whether the spans of a program that is built with them arrive.

mod library;
mod program;
mod scratch;
mod spans;
mod table;
mod trial;

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::edits::library::Library;
use crate::edits::program::Program;
use crate::edits::table::Table;
use crate::edits::trial::{Stage, Trial};
use crate::programs;
use crate::receiver;
use crate::services::{Keep, Session};
use crate::step::{Log, Shown, duration};
use crate::version::Version;
use crate::workspace::Workspace;

pub(crate) use crate::edits::program::FOLDER as PROGRAMS;

/// Of a library with more versions than this, only one of `STEP` is built: a client of AWS has a
/// minor version for each change of the service, and all are generated from the same templates.
const MANY: usize = 50;
const STEP: usize = 10;

/// Apply the edits of `cargo otelier` to each published version of its libraries, build and run a
/// program with it, compare the spans that arrive, and write the results to docs/edits.md.
///
/// Of libraries whose versions begin with 0, these are all versions; of others the newest of each
/// minor version.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The library, if not all of them.
    library: Option<String>,
    /// Only this version of it.
    #[arg(long, requires = "library")]
    version: Option<String>,
    /// Only apply the edits, which takes seconds for a version.
    #[arg(long)]
    apply: bool,
    /// Build every version, also of libraries with more than 50.
    #[arg(long, conflicts_with = "apply")]
    every: bool,
}

/// Tests the versions, and fails if one of them is not traced.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    let libraries = chosen(args, workspace)?;
    let programs = if args.apply { Vec::new() } else { Program::all(&workspace.root)? };
    let program_of = |library: &Library| programs.iter().find(|it| it.tests(&library.name));
    if let Some(untested) = libraries.iter().find(|it| !args.apply && program_of(it).is_none()) {
        bail!("no program in {PROGRAMS} tests {}", untested.name);
    }
    let needed: BTreeSet<&str> =
        libraries.iter().filter_map(program_of).flat_map(Program::services).collect();
    let needed: Vec<&str> = needed.into_iter().collect();
    let session = Session::start(workspace, &needed, Keep::WhileInUse)?;
    let mut log = Log::create(workspace, "edits", Shown::Nothing)?;
    let driver = if args.apply {
        println!("building cargo otelier …");
        programs::driver_without_agent(workspace, &mut log)?
    } else {
        println!("building cargo otelier and its agent …");
        programs::driver(workspace, &mut log)?
    };
    let stage = match args.apply {
        true => None,
        false => {
            let receiver = receiver::Binary::build(workspace)?;
            Some(Stage { receiver, variables: session.variables() })
        }
    };
    let mut failed = Vec::new();
    for library in &libraries {
        let name = &library.name;
        let program = program_of(library).zip(stage.as_ref());
        let trial = Trial::new(workspace, library, program, &driver)?;
        let versions = trial.versions(&mut log)?;
        Table::change(&workspace.root, |table| table.keep(name, &versions))?;
        if let Some(chosen) = &args.version
            && !versions.iter().any(|version| version.to_string() == *chosen)
        {
            let known: Vec<String> = versions.iter().map(Version::to_string).collect();
            bail!("{name} {chosen} is not tested; these are: {}", known.join(", "));
        }
        let count = versions.len();
        for (index, version) in versions.into_iter().enumerate() {
            let start = Instant::now();
            if args.version.as_ref().is_some_and(|chosen| *chosen != version.to_string()) {
                continue;
            }
            let is_chosen = args.every || args.version.is_some();
            let only_apply = args.apply || !(is_chosen || is_built(index, count));
            let row = trial.check(version, only_apply, &mut log)?;
            println!("[{}/{count}] {name} {row} ({})", index + 1, duration(start.elapsed()));
            if row.reason.is_some() {
                failed.push(format!("{name} {}", row.version));
            }
            Table::change(&workspace.root, |table| table.set(name, row))?;
        }
    }
    if !failed.is_empty() {
        bail!("not traced: {}", failed.join(", "));
    }
    Ok(())
}

fn chosen(args: &Args, workspace: &Workspace) -> Result<Vec<Library>> {
    let mut libraries = Library::all(&workspace.root)?;
    if let Some(name) = &args.library {
        if !libraries.iter().any(|it| it.name == *name) {
            let names: Vec<&str> = libraries.iter().map(|it| it.name.as_str()).collect();
            bail!("there are no edits for {name}; there are some for: {}", names.join(", "));
        }
        libraries.retain(|it| it.name == *name);
    }
    Ok(libraries)
}

/// Whether one of so many versions is built: the newest and the oldest always are.
fn is_built(index: usize, count: usize) -> bool {
    count <= MANY || index.is_multiple_of(STEP) || index + 1 == count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_versions_some_are_built() {
        let built = |count: usize| (0..count).filter(|index| is_built(*index, count)).count();
        assert_eq!(built(MANY), MANY);
        assert_eq!(built(61), 7);
        assert_eq!(built(62), 8);
    }
}
