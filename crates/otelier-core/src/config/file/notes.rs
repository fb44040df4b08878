//! What is wrong with a configuration file, as it is found.

use std::cell::{Cell, RefCell};
use std::fmt;

use super::super::setting::Position;

/// Something about a place in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    pub(crate) at: Position,
    pub(crate) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at: Position { line, column }, message } = self;
        write!(f, "line {line}, column {column}: {message}")
    }
}

/// Collects what is wrong: faults, with which the file cannot be used, and warnings.
#[derive(Debug, Default)]
pub(super) struct Notes {
    faults: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
    /// Whether the file is of a later version than this program knows.
    pub(super) is_newer: Cell<bool>,
    /// Whether this machine is another one than the file is for.
    pub(super) is_elsewhere: bool,
}

impl Notes {
    pub(super) fn elsewhere() -> Self {
        Self { is_elsewhere: true, ..Self::default() }
    }

    pub(super) fn fault(&self, at: Position, message: impl Into<String>) {
        self.faults.borrow_mut().push(Problem { at, message: message.into() });
    }

    pub(super) fn warn(&self, at: Position, message: impl Into<String>) {
        self.warnings.borrow_mut().push(Problem { at, message: message.into() });
    }

    /// Faults and warnings, each in the order of the file.
    pub(super) fn into_problems(self) -> (Vec<Problem>, Vec<Problem>) {
        let (mut faults, mut warnings) = (self.faults.into_inner(), self.warnings.into_inner());
        faults.sort();
        warnings.sort();
        (faults, warnings)
    }
}
