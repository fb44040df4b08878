//! A file, fifo or standard stream that is open, or will be.
//!
//! The invariant is that a reader finds whole lines only, also if another process appends to the
//! same file. So a line is appended by one write. What a disk that is full took of it is
//! overwritten with spaces: to cut it off could take away what the other process has appended
//! meanwhile. If that fails too, the next line begins on a line of its own. A fifo is opened for
//! each first line and after each reader that went away, without blocking, because nothing ends a
//! blocking `open` when the process shuts down. The loop polls instead, and each pause ends early
//! when the shutdown begins.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::super::shutdown::ShutdownSignal;
use super::super::status::ExportStatus;
use crate::config::FileOutput;

/// How often it is looked whether a fifo has a reader, or room.
/// Short enough for a reader that starts, and long enough to cost little processor time.
const POLL: Duration = Duration::from_millis(20);

/// A reader that takes nothing for so long is waited for like one that is not there.
/// The status then says that telemetry waits, and a flush does not wait for it.
const STALLED: Duration = Duration::from_secs(1);

/// The reason of a wait, or of a loss at shutdown: the fifo is not opened by a reader.
const NO_READER: &str = "no process reads it";
/// The reason when there is a reader that does not read, so that the buffer of the fifo is full.
const NO_ROOM: &str = "its reader takes no more";

/// Where lines are written.
/// Where lines go is decided once, when the exporter is built.
#[derive(Debug)]
pub(super) enum Place {
    /// Flushed after each line. It is locked for each call only, so other output may come between
    /// lines.
    Stdout(io::Stdout),
    /// As standard output.
    Stderr(io::Stderr),
    /// A regular file, or what is none but is opened like one, such as a device.
    File(Appended),
    /// It is opened without waiting, and for writing only: what opens it for both would be its own
    /// reader.
    Fifo {
        /// Opened anew for each reader.
        path: PathBuf,
        /// `None` until there is a reader, and again when it has gone.
        file: Option<File>,
    },
}

impl Place {
    /// Opens what can be opened without waiting. A file that was there is emptied, and readable by
    /// its owner alone from then on.
    /// Fails if the file cannot be made or opened, for example because its folder is missing.
    pub(super) fn open(output: &FileOutput) -> io::Result<Self> {
        let path = match output {
            FileOutput::Stdout => return Ok(Self::Stdout(io::stdout())),
            FileOutput::Stderr => return Ok(Self::Stderr(io::stderr())),
            FileOutput::Path(path) => path,
        };
        if is_fifo(path) {
            return Ok(Self::Fifo { path: path.clone(), file: None });
        }
        let mut options = OpenOptions::new();
        // Appending keeps lines whole if another process writes them too.
        options.append(true).create(true);
        owned(&mut options);
        let file = options.open(path)?;
        let mut overwrite = None;
        if file.metadata()?.is_file() {
            restrict(&file)?;
            file.set_len(0)?;
            overwrite = OpenOptions::new().write(true).open(path).ok();
        }
        let overwrite = overwrite.filter(|other| is_same(&file, other));
        Ok(Self::File(Appended { file, overwrite, is_torn: false }))
    }

    /// Writes a whole line. On an error no part of it stays, where that can be.
    /// `line` ends with a line break. `status` notes when a fifo makes it wait.
    pub(super) fn write(
        &mut self,
        line: &[u8],
        shutdown: &ShutdownSignal,
        status: &ExportStatus,
    ) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => write_stream(stdout, line),
            Self::Stderr(stderr) => write_stream(stderr, line),
            Self::File(file) => file.write(line),
            Self::Fifo { path, file } => {
                let written = write_fifo(path, file, line, shutdown, status);
                status.end_waiting();
                written
            }
        }
    }
}

/// Flushes, so that a line is visible when its export is done.
fn write_stream(stream: &mut impl Write, line: &[u8]) -> io::Result<()> {
    stream.write_all(line)?;
    stream.flush()
}

/// A file that lines are appended to, perhaps beside other processes.
#[derive(Debug)]
pub(super) struct Appended {
    /// In append mode: each write goes to the end as it is then, in one piece.
    file: File,
    /// The same file in another mode, since in append mode nothing can be overwritten. `None` if
    /// it is none that could, such as a device.
    overwrite: Option<File>,
    /// The last line is in parts, and the next one must not continue it.
    is_torn: bool,
}

impl Appended {
    /// Appends `line` as a whole or not at all. A write that was interrupted is repeated.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.file.write_all(b"\n")?;
            self.is_torn = false;
        }
        let mut was_cut = false;
        loop {
            match self.file.write(line) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) if written == line.len() => return Ok(()),
                // A full disk takes a part of a line, and says what is wrong the next time.
                Ok(written) => {
                    self.is_torn = self.blank(written).is_err();
                    if self.is_torn || was_cut {
                        return Err(ErrorKind::WriteZero.into());
                    }
                    was_cut = true;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Overwrites the `bytes` bytes that were appended last by this file with spaces, which may
    /// stand before a line. What others have appended meanwhile stays.
    /// Fails for what cannot be overwritten, such as a device; the line counts as torn then.
    fn blank(&mut self, bytes: usize) -> io::Result<()> {
        // Where its own last write ended, whatever has been appended since.
        let end = self.file.stream_position()?;
        let file = self.overwrite.as_mut().ok_or(ErrorKind::Unsupported)?;
        file.seek(SeekFrom::Start(end.saturating_sub(bytes as u64)))?;
        file.write_all(&vec![b' '; bytes])
    }
}

/// Waits for a reader until the pipeline is shut down, and for room in the fifo until the deadline
/// of that. A line of which a reader got a part is written again for the next one.
///
/// A missing reader, a full buffer and a reader that has gone are waited for. Any other error is
/// returned at once. The file is put back into `file` after each success, so that the next line
/// finds it open.
fn write_fifo(
    path: &Path,
    file: &mut Option<File>,
    line: &[u8],
    shutdown: &ShutdownSignal,
    status: &ExportStatus,
) -> io::Result<()> {
    let mut rest = line;
    let mut full_since = None;
    while !rest.is_empty() {
        let opened = match file.take() {
            Some(opened) => Ok(opened),
            None => open_fifo(path),
        };
        let Ok(mut opened) = opened else {
            let error = opened.err().unwrap_or_else(|| ErrorKind::NotFound.into());
            if !has_no_reader(&error) {
                return Err(error);
            }
            if shutdown.deadline().is_some() {
                return Err(io::Error::other(NO_READER));
            }
            status.begin_waiting(NO_READER);
            shutdown.wait_until(Instant::now() + POLL);
            continue;
        };
        match opened.write(rest) {
            Ok(written) => {
                rest = &rest[written..];
                full_since = None;
                *file = Some(opened);
            }
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => *file = Some(opened),
                // The next reader gets the line from its beginning.
                ErrorKind::BrokenPipe => rest = line,
                ErrorKind::WouldBlock if !shutdown.is_over() => {
                    *file = Some(opened);
                    if full_since.get_or_insert_with(Instant::now).elapsed() > STALLED {
                        status.begin_waiting(NO_ROOM);
                    }
                    shutdown.wait_until(Instant::now() + POLL);
                }
                ErrorKind::WouldBlock => return Err(io::Error::other(NO_ROOM)),
                _ => return Err(error),
            },
        }
    }
    Ok(())
}

/// A new file is readable and writable by its owner alone: telemetry may hold what others must not
/// see.
#[cfg(unix)]
fn owned(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

/// Gives a file that was there before the permissions of a new one.
#[cfg(unix)]
fn restrict(file: &File) -> io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    file.set_permissions(Permissions::from_mode(0o600))
}

/// Whether both are the same file: its name may have been given to another one in between.
#[cfg(unix)]
fn is_same(file: &File, other: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let id = |file: &File| file.metadata().map(|metadata| (metadata.dev(), metadata.ino())).ok();
    id(file).is_some() && id(file) == id(other)
}

/// Follows links. What does not exist is no fifo and becomes a file.
#[cfg(unix)]
fn is_fifo(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    path.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Fails at once with `ENXIO` if no process has the fifo open for reading.
#[cfg(unix)]
fn open_fifo(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Whether `open_fifo` failed for that reason only, so that it is tried again.
#[cfg(unix)]
fn has_no_reader(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ENXIO)
}

#[cfg(not(unix))]
fn owned(_: &mut OpenOptions) {}

#[cfg(not(unix))]
fn restrict(_: &File) -> io::Result<()> {
    Ok(())
}

/// It cannot be told, so nothing is overwritten.
#[cfg(not(unix))]
fn is_same(_: &File, _: &File) -> bool {
    false
}

#[cfg(not(unix))]
fn is_fifo(_: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn open_fifo(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}

#[cfg(not(unix))]
fn has_no_reader(_: &io::Error) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn appended(path: &Path) -> Appended {
        match Place::open(&FileOutput::Path(path.to_owned())) {
            Ok(Place::File(file)) => file,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn part_of_a_line_goes_and_what_others_appended_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spans");
        let mut ours = appended(&path);
        let mut others = appended(&path);
        ours.write(b"{\"a\":1}\n").unwrap();
        // As a disk does that is full after so many bytes.
        ours.file.write_all(b"{\"b\":").unwrap();
        others.write(b"{\"c\":3}\n").unwrap();
        ours.blank(5).unwrap();
        ours.write(b"{\"d\":4}\n").unwrap();
        let expected = "{\"a\":1}\n     {\"c\":3}\n{\"d\":4}\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    }

    #[test]
    fn line_after_a_torn_one_is_on_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spans");
        let mut file = appended(&path);
        file.overwrite = None;
        file.file.write_all(b"{\"a\":").unwrap();
        file.is_torn = file.blank(5).is_err();
        file.write(b"{\"b\":2}\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\":\n{\"b\":2}\n");
    }

    #[test]
    fn file_of_the_same_name_is_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spans");
        let first = File::create(&path).unwrap();
        fs::rename(&path, folder.path().join("moved")).unwrap();
        let second = File::create(&path).unwrap();
        assert!(is_same(&first, &first) && !is_same(&first, &second));
    }
}
