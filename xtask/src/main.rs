//! The tasks of the Otelier workspace: `cargo xtask --help` lists them.
//!
//! One module per task, each with its `Args` and its `run`. What tasks share is in `workspace`
//! (what cargo knows about the packages), `process` (children that never outlive us) and `step`
//! (progress and logs).

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks through its output"
)]

mod bench;
#[path = "../../crates/cargo-otelier/src/cargo_lock.rs"]
mod cargo_lock;
mod ci;
mod config;
mod demo;
mod doc;
mod doctor;
mod edits;
mod fuzz;
mod manifest;
mod matrix;
mod mutants;
mod new;
mod process;
mod programs;
mod receiver;
mod release;
mod requirement;
mod same_dependencies;
mod services;
mod step;
mod test;
mod tidy;
#[path = "../../crates/cargo-otelier/src/version.rs"]
mod version;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// The tasks of the Otelier workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Ci(ci::Args),
    Test(test::Args),
    Matrix(matrix::Args),
    Demo(demo::Args),
    Doc(doc::Args),
    Doctor(doctor::Args),
    Edits(edits::Args),
    Services(services::Args),
    Tidy(tidy::Args),
    Bench(bench::Args),
    Fuzz(fuzz::Args),
    Config(config::Args),
    Mutants(mutants::Args),
    Release(release::Args),
    New(new::Args),
}

fn main() -> ExitCode {
    let result = run(Cli::parse());
    if process::interrupted() {
        eprintln!("xtask: interrupted");
        return ExitCode::from(130);
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    process::handle_signals()?;
    let workspace = Workspace::load()?;
    match cli.task {
        Task::Ci(args) => ci::run(&args, &workspace),
        Task::Test(args) => test::run(&args, &workspace),
        Task::Matrix(args) => matrix::run(&args, &workspace),
        Task::Demo(args) => demo::run(&args, &workspace),
        Task::Doc(args) => doc::run(&args, &workspace),
        Task::Doctor(args) => doctor::run(&args, &workspace),
        Task::Edits(args) => edits::run(&args, &workspace),
        Task::Services(args) => services::run(&args, &workspace),
        Task::Tidy(args) => tidy::run(&args, &workspace),
        Task::Bench(args) => bench::run(&args, &workspace),
        Task::Fuzz(args) => fuzz::run(&args, &workspace),
        Task::Config(args) => config::run(&args, &workspace),
        Task::Mutants(args) => mutants::run(&args, &workspace),
        Task::New(args) => new::run(&args, &workspace),
        Task::Release(args) => release::run(&args, &workspace),
    }
}
