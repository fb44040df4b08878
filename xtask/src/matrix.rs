//! `cargo xtask matrix`: the tests of each integration with every version of its library that is
//! named in its manifest.
//!
//! For each version the workspace is copied to `target/matrix`, with the library pinned in the lock
//! file of the copy, and the integration's tests run there against real servers. What passed is
//! written into `docs/versions.md`, from which the tables in the README and on the pages of the
//! crates are generated.

mod cell;
mod oldest;
mod picture;
mod plan;
mod registry;
mod results;
pub(crate) mod scratch;
mod selection;

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::matrix::plan::{Cell, Chosen};
use crate::matrix::scratch::{Scratch, WITHOUT_EXAMPLES};
use crate::services::{self, Keep, Session};
use crate::step::{self, Steps};
use crate::test;
use crate::workspace::Workspace;

pub(crate) use crate::matrix::oldest::step as oldest_step;
pub(crate) use crate::matrix::picture::{PATH as PICTURE, draw};
pub(crate) use crate::matrix::registry::newest_version;
pub(crate) use crate::matrix::results::{PATH as RESULTS, Results};

/// What a cell may take that was never run.
const GUESS: Duration = Duration::from_secs(240);

/// Test each integration with the versions of its library, and write down what passed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these libraries, by their names on crates.io; `*` stands for any ending.
    libraries: Vec<String>,
    /// Only this version, also one that no manifest names.
    #[arg(long, conflicts_with_all = ["oldest", "newest", "all"])]
    version: Option<String>,
    /// Only on this server, which is not the usual one: `mariadb-11.8` or `mysql-9`.
    #[arg(long)]
    server: Option<String>,
    /// The oldest version of each line.
    #[arg(long)]
    oldest: bool,
    /// The newest version of each line: that in Cargo.lock.
    #[arg(long)]
    newest: bool,
    /// The oldest, the newest, and those between that the manifests name (this is the default).
    #[arg(long, conflicts_with_all = ["oldest", "newest"])]
    all: bool,
    /// Instead, test all packages with the oldest versions of all their dependencies, as CI does.
    #[arg(long, conflicts_with_all = ["libraries", "version", "oldest", "newest", "all"])]
    oldest_dependencies: bool,
    /// Print the plan, and what it will take.
    #[arg(long)]
    dry_run: bool,
    /// Say which versions are in the registry and were not tested.
    #[arg(long, conflicts_with_all = ["dry_run", "resume"])]
    check: bool,
    /// Run what the last run left over.
    #[arg(long, conflicts_with_all = ["libraries", "version", "server", "oldest", "newest", "all"])]
    resume: bool,
    /// Begin no other version after this many minutes; `--resume` runs what is left.
    #[arg(long, default_value_t = 180)]
    minutes: u64,
}

/// Runs the chosen versions one after the other; a failed one does not keep the next from running.
pub(crate) fn run(args: &Args, workspace: &Workspace) -> Result<()> {
    if args.oldest_dependencies {
        let session =
            Session::start(workspace, &test::needed_services(workspace)?, Keep::WhileInUse)?;
        let mut steps = Steps::new(workspace, 1);
        steps.quiet("oldest", |log| oldest_step(workspace, &session.variables(), log))?;
        return steps.finish("matrix");
    }
    let mut results = Results::read(&workspace.root)?;
    let lock = fs::read_to_string(workspace.root.join("Cargo.lock"))?;
    let known = plan::cells(&workspace.packages, &lock)?;
    if args.check {
        return registry::check(workspace, &known, &results);
    }
    let mut open = if args.resume { plan::left(workspace, &known)? } else { choose(args, &known)? };
    if open.is_empty() {
        bail!("there is nothing to run: no version is chosen, or none is left");
    }
    print_plan(&open, &results);
    if args.dry_run {
        return Ok(());
    }
    let scratch = Scratch::create(workspace, "matrix", WITHOUT_EXAMPLES)?;
    let needed = cell::needed_services(workspace, &open)?;
    let session = Session::start(workspace, &needed, Keep::WhileInUse)?;
    let start = Instant::now();
    let mut steps = Steps::new(workspace, open.len());
    let mut unfinished = Vec::new();
    while let Some(cell) = open.first().cloned() {
        if start.elapsed() > Duration::from_secs(args.minutes * 60) {
            println!("matrix: {} minutes are over; --resume runs the rest", args.minutes);
            break;
        }
        plan::keep(workspace, &[&open[..], &unfinished].concat())?;
        let began = Instant::now();
        let mut row = None;
        steps.quiet(&cell.to_string(), |log| {
            scratch.synchronize(workspace)?;
            let result = cell::run(workspace, &scratch, &cell, &session, log);
            crate::process::check_interrupted()?;
            if cell::is_out_of_time(log, &result)? {
                unfinished.push(cell.clone());
                return result;
            }
            row = Some(cell::row(workspace, &cell, &session, log, &result, began.elapsed())?);
            result
        })?;
        // Read again: the file may have been changed meanwhile.
        results = Results::read(&workspace.root)?;
        match row {
            Some(row) => {
                results.set(&cell.library, row);
                results.write(&workspace.root)?;
            }
            None if unfinished.contains(&cell) => {
                println!("      it was not built in time, and has no new result; see --resume");
            }
            None => bail!("the test of {cell} has no result"),
        }
        open.remove(0);
        if !open.is_empty() {
            println!("      {} left, about {}", open.len(), step::duration(cost(&open, &results)));
        }
    }
    plan::keep(workspace, &[open, unfinished].concat())?;
    drop(session);
    println!("matrix: results are in {RESULTS}; `cargo xtask tidy --fix` brings tables up to date");
    steps.finish("matrix")
}

fn choose(args: &Args, known: &[Cell]) -> Result<Vec<Cell>> {
    let chosen = match &args.version {
        Some(version) => Chosen::Version(version),
        None if args.oldest || args.newest => {
            Chosen::Ends { oldest: args.oldest, newest: args.newest }
        }
        None => Chosen::All,
    };
    let mut cells = plan::choose(known, &args.libraries, &chosen)?;
    if let Some(server) = &args.server {
        services::other(server)?;
        cells.retain(|cell| cell.server.as_ref() == Some(server));
    }
    Ok(cells)
}

fn print_plan(cells: &[Cell], results: &Results) {
    println!("matrix: {} versions, about {}", cells.len(), step::duration(cost(cells, results)));
    for cell in cells {
        let before = match results.row(cell) {
            None => "not tested yet".to_owned(),
            Some(row) => format!("{}, {}", row.verdict(), row.date),
        };
        println!("  {:42} {:8} {before}", cell.to_string(), cell.place);
    }
}

/// What cells will take: as long as the last time, else as long as others do.
fn cost(cells: &[Cell], results: &Results) -> Duration {
    cells.iter().map(|cell| results.expected(cell).unwrap_or(GUESS)).sum()
}
