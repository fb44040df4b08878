//! What there is on Unix only: programs that take the place of this one, symbolic links and locks.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

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

/// Locks a file until the lock is dropped, or the process ends in whatever way. Calls `waiting` if
/// another process has it.
pub(crate) fn lock(file: File, waiting: impl FnOnce()) -> io::Result<Flock<File>> {
    let file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => return Ok(lock),
        Err((file, Errno::EWOULDBLOCK)) => file,
        Err((_, error)) => return Err(error.into()),
    };
    waiting();
    Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, error)| error.into())
}
