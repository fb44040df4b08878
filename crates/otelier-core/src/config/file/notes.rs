//! What is wrong with a configuration file, as it is found.
//!
//! Faults and warnings are added through a shared reference, so that many items of one tree can
//! hold it at the same time; that is why there are cells in it. It also carries the two facts about
//! the file that change what a problem is.

use std::cell::{Cell, RefCell};
use std::fmt;

use super::super::setting::Position;

/// Something about a place in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    /// The first field, so that problems are sorted by their place.
    pub(crate) at: Position,
    /// With the path of the property, and never with a value.
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
    /// As they were found, which is not the order of the file.
    faults: RefCell<Vec<Problem>>,
    /// In the order in which they were found.
    warnings: RefCell<Vec<Problem>>,
    /// Whether the file is of a later version than this program knows.
    ///
    /// Set while the file is read, by the property `file_format`. Unknown properties are warnings
    /// then.
    pub(super) is_newer: Cell<bool>,
    /// Whether this machine is another one than the file is for.
    ///
    /// Files that are named and not there are warnings then.
    pub(super) is_elsewhere: bool,
}

impl Notes {
    /// For a check of a file that another machine is to use.
    pub(super) fn elsewhere() -> Self {
        Self { is_elsewhere: true, ..Self::default() }
    }

    /// It does not stop the reading.
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
