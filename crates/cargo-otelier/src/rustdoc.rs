//! What cargo starts in the place of rustdoc: the same, and it finds the agent.
//!
//! Documentation is made of the sources as they are. But its examples are compiled and run against
//! libraries that were edited.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::session::Session;
use crate::unix;
use crate::wrapper::Invocation;

pub(crate) fn run(tool: &Path, words: Vec<OsString>) -> Result<ExitCode> {
    let session = Session::beside(tool)?;
    let invocation = Invocation::new(words)?;
    let mut command = Command::new(&session.rustdoc);
    command.args(invocation.words());
    if invocation.crate_name().is_some()
        && let Some(agent) = session.agents.get(&invocation.target())
    {
        command.args(agent.search_path());
    }
    unix::exec(&mut command)
}
