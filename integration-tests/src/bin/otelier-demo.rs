//! The driver of the demo: `cargo xtask demo` builds and runs it.
#![allow(clippy::print_stderr, reason = "a program talks to its terminal")]

use std::process::ExitCode;

use clap::Parser as _;
use integration_tests::demo;

#[tokio::main]
async fn main() -> ExitCode {
    match demo::run(&demo::Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
