//! Puts the edits and the agent's source into the binary, so that an installed `cargo-otelier`
//! needs no other file.

#![allow(clippy::print_stdout, reason = "a build script talks to cargo through its output")]

mod agent;
mod edits;

use std::path::PathBuf;

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn main() -> Result<()> {
    let package = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    edits::embed(&package.join("edits"), &out.join("edits.rs"))?;
    agent::embed(&package, &out.join("agent.tar.gz"))
}
