//! Which of its programs the binary is, and the commands that a user types.
//!
//! It is three in one: `cargo otelier` itself, and what cargo calls in the place of rustc and
//! rustdoc. Those two are links to the binary, which it knows by their names.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::session::{RUSTC, RUSTDOC};
use crate::{clean, doctor, driver, prepare, rustdoc, status, wrapper};

/// The exit status of cargo where it fails itself.
const FAILED: u8 = 101;

/// Cargo, with the libraries of the program traced.
///
/// Any command of cargo and any of its arguments can follow: `cargo otelier run --release` does
/// what `cargo run --release` does. The program is built in `target/otelier`; its sources, its
/// manifests and its Cargo.lock are not changed.
#[derive(Parser)]
#[command(name = "cargo otelier", bin_name = "cargo otelier", version)]
#[command(override_usage = "cargo otelier <COMMAND OF CARGO> [ARGUMENTS]\n       \
                            cargo otelier <COMMAND>")]
#[command(disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Status(status::Args),
    Prepare(prepare::Args),
    Clean(clean::Args),
    Doctor(doctor::Args),
}

/// Runs whichever program the binary was started as.
#[must_use]
pub fn main() -> ExitCode {
    let mut words = env::args_os();
    let program = PathBuf::from(words.next().unwrap_or_default());
    let words: Vec<OsString> = words.collect();
    let result = match program.file_name().and_then(OsStr::to_str) {
        Some(RUSTC) => wrapper::run(&program, words),
        Some(RUSTDOC) => rustdoc::run(&program, words),
        _ => command(words),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(FAILED)
    })
}

fn command(mut words: Vec<OsString>) -> Result<ExitCode> {
    // Cargo passes the name of the subcommand on; who starts the binary directly does not.
    if words.first().is_some_and(|word| word == "otelier") {
        words.remove(0);
    }
    let is_own = words.first().is_none_or(|word| {
        ["status", "prepare", "clean", "doctor", "-h", "--help", "-V", "--version"]
            .iter()
            .any(|own| word == own)
    });
    if !is_own {
        return driver::run(words);
    }
    match Cli::parse_from([OsString::from("cargo otelier")].into_iter().chain(words)).command {
        Command::Status(args) => status::run(&args),
        Command::Prepare(args) => prepare::run(&args),
        Command::Clean(args) => clean::run(&args),
        Command::Doctor(args) => doctor::run(&args),
    }
}
