//! What there is on Unix only: programs that take the place of this one, symbolic links and locks.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicU32, Ordering};

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
    replace(link, |draft| std::os::unix::fs::symlink(original, draft))
}

/// Writes a file, whatever it was before. Whoever opens it meanwhile finds one whole text.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    replace(path, |draft| fs::write(draft, text))
}

/// Puts what `make` makes in the place of `path`, in one step.
fn replace(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    // No two processes and no two threads write the same draft.
    static DRAFTS: AtomicU32 = AtomicU32::new(0);
    let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
    let draft = path.with_extension(format!("draft{}-{number}", std::process::id()));
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    make(&draft)?;
    fs::rename(&draft, path)
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

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_file_that_several_write_is_whole_whenever_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("session.json");
        let text = "whole".repeat(50_000);
        write(&file, &text).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        write(&file, &text).unwrap();
                    }
                });
            }
            for _ in 0..200 {
                assert_eq!(fs::read_to_string(&file).unwrap(), text);
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
