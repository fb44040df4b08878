//! OTLP/JSON lines on disk.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::Message;

/// One file for each signal, open as long as the receiver lives.
pub(super) struct Files {
    traces: File,
    metrics: File,
    logs: File,
}

impl Files {
    /// Makes the directory if need be, and empties files of these names.
    pub(super) fn create(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        Ok(Self {
            traces: File::create(directory.join("traces.jsonl"))?,
            metrics: File::create(directory.join("metrics.jsonl"))?,
            logs: File::create(directory.join("logs.jsonl"))?,
        })
    }

    /// One line in one write, so that a reader never sees half of it.
    pub(super) fn write(&mut self, message: &Message) -> io::Result<()> {
        let file = match message {
            Message::Traces(_) => &mut self.traces,
            Message::Metrics(_) => &mut self.metrics,
            Message::Logs(_) => &mut self.logs,
        };
        file.write_all((message.to_json() + "\n").as_bytes())
    }
}
