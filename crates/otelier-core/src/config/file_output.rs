//! Where lines of OTLP/JSON are written.

use std::fmt;
use std::path::PathBuf;

/// A standard stream, or a file or fifo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileOutput {
    /// Shared with the program's own output.
    Stdout,
    /// Shared with the program's diagnostics.
    Stderr,
    /// A file is emptied when it is opened. Nothing is opened while settings are read.
    Path(PathBuf),
}

impl FileOutput {
    /// The output at `path`. The devices of the standard streams are the streams themselves: opened
    /// by their path, a file behind them would be emptied, and a socket could not be opened.
    pub(crate) fn at(path: &str) -> Self {
        match path {
            "/dev/stdout" => Self::Stdout,
            "/dev/stderr" => Self::Stderr,
            path => Self::Path(PathBuf::from(path)),
        }
    }

    /// As [`at`](Self::at), with the names that Lumigo's distribution for JavaScript has for the
    /// standard streams.
    pub(crate) fn of_dump(text: &str) -> Self {
        match text {
            "console:log" => Self::Stdout,
            "console:error" => Self::Stderr,
            path => Self::at(path),
        }
    }
}

/// Completes "traces to …" in the line at start.
impl fmt::Display for FileOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::Stderr => f.write_str("standard error"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}
