//! What there is on Unix only: programs that take the place of this one, and symbolic links.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

/// Becomes another program, with its exit status and its signals.
pub(crate) fn exec(command: &mut Command) -> Result<ExitCode> {
    let error = command.exec();
    Err(error).with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))
}

/// Makes `link` refer to `original`, whatever it was before. Whoever opens it meanwhile finds
/// either.
pub(crate) fn link(original: &Path, link: &Path) -> io::Result<()> {
    let draft = link.with_extension(format!("draft{}", std::process::id()));
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::os::unix::fs::symlink(original, &draft)?;
    std::fs::rename(&draft, link)
}
