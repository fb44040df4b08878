//! What was found, for a person to read.

use std::fmt;

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) notes: Vec<Note>,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) level: Level,
    /// What it is about: a library with its version, or a topic.
    pub(crate) about: String,
    pub(crate) text: String,
    /// What a user writes, a line each.
    pub(crate) write: Vec<String>,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Telemetry is lost, or is missing.
    Problem,
    /// More telemetry can be had.
    Advice,
    /// All is well.
    Fine,
}

impl Report {
    pub(crate) fn add(&mut self, level: Level, about: impl Into<String>, text: impl Into<String>) {
        self.add_with(level, about, text, Vec::new());
    }

    pub(crate) fn add_with(
        &mut self,
        level: Level,
        about: impl Into<String>,
        text: impl Into<String>,
        write: Vec<String>,
    ) {
        self.notes.push(Note { level, about: about.into(), text: text.into(), write });
    }

    /// How many notes have a level.
    pub(crate) fn count(&self, level: Level) -> usize {
        self.notes.iter().filter(|note| note.level == level).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            let mark = match note.level {
                Level::Problem => '✗',
                Level::Advice => '+',
                Level::Fine => '✓',
            };
            writeln!(f, "{mark} {}: {}", note.about, note.text)?;
            for line in &note.write {
                writeln!(f, "      {line}")?;
            }
        }
        Ok(())
    }
}
