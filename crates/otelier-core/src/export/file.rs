//! Export requests as lines of OTLP/JSON, in a file, a fifo or a standard stream.
//!
//! One line is one request. Source: <https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/>.
//!
//! There is no queue, retry or splitting here: a line is written when a batch is exported, and one
//! that cannot be written is lost with a permanent failure. Signals that go to the same file share
//! its `Lines`, whose lock keeps their lines apart. A fifo without a reader makes the writer wait,
//! since that is how a program is run before what reads from it; the export status says so, and a
//! flush does not wait for it.

mod place;

use std::borrow::Cow;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use self::place::Place;
use super::request::{Encoding, ExportRequest};
use super::shutdown::ShutdownSignal;
use super::splitting::{Delivery, Outcome};
use super::status::ExportStatus;
use super::transport::{Failure, FailureKind};
use crate::config::FileOutput;

/// A place that whole lines are written to, one after the other.
#[derive(Debug)]
pub(super) struct Lines {
    /// Locked for a whole line, also while a fifo waits for a reader.
    place: Mutex<Place>,
    /// Ends the wait for a reader.
    shutdown: ShutdownSignal,
}

impl Lines {
    /// Makes the file or empties it. A fifo is opened when there is something to write.
    pub(super) fn open(output: &FileOutput, shutdown: ShutdownSignal) -> io::Result<Self> {
        let place = Mutex::new(Place::open(output)?);
        Ok(Self { place, shutdown })
    }

    /// Writes one line. Waits while a fifo has no reader, until the pipeline is shut down.
    fn write(&self, line: &[u8], status: &ExportStatus) -> io::Result<()> {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        place.write(line, &self.shutdown, status)
    }
}

/// Writes the requests of one signal as lines.
#[derive(Debug)]
pub(super) struct FileDelivery {
    /// Shared by the signals that go to the same place.
    lines: Arc<Lines>,
    status: Arc<ExportStatus>,
}

impl FileDelivery {
    pub(super) fn new(lines: Arc<Lines>, status: Arc<ExportStatus>) -> Self {
        Self { lines, status }
    }
}

impl Delivery for FileDelivery {
    /// All items of a request are accepted, or all fail.
    fn send(&self, request: ExportRequest) -> Outcome {
        let items = request.items();
        let written = request.encode(Encoding::Json).map_err(|reason| ("encoding".into(), reason));
        let written = written.and_then(|mut line| {
            line.push(b'\n');
            let failed = |error: io::Error| (error_type(&error), error.to_string());
            self.lines.write(&line, &self.status).map_err(failed)
        });
        match written {
            Ok(()) => Outcome { accepted: items, ..Outcome::default() },
            Err((error_type, reason)) => {
                let failure = Failure::new(FailureKind::Permanent, error_type, reason);
                Outcome { failed: vec![(items, failure)], ..Outcome::default() }
            }
        }
    }
}

/// A name of low cardinality.
/// The value of `error.type`: the kind as Rust names it. Errors of the kind `Other`, such as those
/// that are made here, are `write`.
fn error_type(error: &io::Error) -> Cow<'static, str> {
    match error.kind() {
        io::ErrorKind::Other => "write".into(),
        kind => format!("{kind:?}").into(),
    }
}

#[cfg(test)]
mod tests;
