//! Explains configuration files: `cargo xtask config check FILE` runs it.
//!
//! For each file its problems as `FILE:LINE:COLUMN`, and with one file each setting, its value and
//! its origin. Ends with 1 if there is a fault.

#![allow(clippy::print_stdout, reason = "it talks through its output")]

use std::path::PathBuf;
use std::process::ExitCode;

use otelier_core::{Environment, check_config_file};

fn main() -> ExitCode {
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(Into::into).collect();
    let mut faulty = 0;
    for file in &files {
        let check = check_config_file(file, &Environment::process());
        let name = file.display();
        for (kind, problem) in check
            .faults()
            .map(|fault| ("fault", fault))
            .chain(check.warnings().map(|warning| ("warning", warning)))
        {
            let (line, column) = (problem.line(), problem.column());
            println!("{name}:{line}:{column}: {kind}: {}", problem.message());
        }
        if check.is_usable() {
            println!("{name}: can be used");
        } else {
            println!("{name}: there is no telemetry");
            faulty += 1;
        }
        if let [_] = &files[..] {
            print!("{}", check.config());
        }
    }
    if files.len() > 1 {
        println!("{} files, {faulty} with faults", files.len());
    }
    if faulty == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
