//! A difference as marked, indented lines.
//!
//! A `Diff` is only a list of lines; it knows nothing of spans or metrics. Comparing adds lines of
//! all three marks, and the number of marked ones is both the verdict and the distance by which
//! siblings are paired. Whole trees are printed, as a difference says little without what is around
//! it.

use std::fmt;

/// How what was captured differs from what was expected.
///
/// Prints the whole tree, `-` before lines that were expected and `+` before lines that were
/// captured instead. `Debug` prints the same, so that `unwrap` on a result is readable too.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What was compared, in the plural, such as `span trees`.
    title: String,
    /// At least one of them differs.
    lines: Vec<Line>,
}

impl std::error::Error for Mismatch {}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} differ (- expected, + captured):", self.title)?;
        for line in &self.lines {
            write!(f, "\n{line}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A comparison under way: collects lines, and how many of them differ.
#[derive(Clone, Default)]
pub(super) struct Diff {
    lines: Vec<Line>,
}

impl Diff {
    /// What both sides have.
    pub(super) fn same(&mut self, depth: usize, text: impl Into<String>) {
        self.push(Mark::Same, depth, text);
    }

    /// What was expected and is missing.
    pub(super) fn missing(&mut self, depth: usize, text: impl Into<String>) {
        self.push(Mark::Expected, depth, text);
    }

    /// What was captured and not expected.
    pub(super) fn unexpected(&mut self, depth: usize, text: impl Into<String>) {
        self.push(Mark::Captured, depth, text);
    }

    /// One line if both texts are the same, else two.
    pub(super) fn compare(&mut self, depth: usize, expected: &str, captured: &str) {
        if expected == captured {
            self.same(depth, captured);
        } else {
            self.missing(depth, expected);
            self.unexpected(depth, captured);
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// How many lines differ.
    pub(super) fn differences(&self) -> usize {
        self.lines.iter().filter(|it| it.mark != Mark::Same).count()
    }

    /// How many lines there are, the same ones included.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// An error if any line differs.
    pub(super) fn finish(self, title: impl Into<String>) -> Result<(), Mismatch> {
        match self.differences() {
            0 => Ok(()),
            _ => Err(Mismatch { title: title.into(), lines: self.lines }),
        }
    }

    /// The lines without their marks.
    pub(super) fn into_text(self) -> String {
        let lines: Vec<_> =
            self.lines.iter().map(|it| format!("{}{}", INDENT.repeat(it.depth), it.text)).collect();
        lines.join("\n")
    }

    fn push(&mut self, mark: Mark, depth: usize, text: impl Into<String>) {
        self.lines.push(Line { mark, depth, text: text.into() });
    }
}

/// For each level of depth.
const INDENT: &str = "    ";

/// One line of the output.
#[derive(Clone, PartialEq, Eq)]
struct Line {
    mark: Mark,
    /// How far it is indented, in levels.
    depth: usize,
    text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.mark {
            Mark::Same => ' ',
            Mark::Expected => '-',
            Mark::Captured => '+',
        };
        write!(f, "{mark} {}{}", INDENT.repeat(self.depth), self.text)
    }
}

/// Which side has a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Same,
    Expected,
    Captured,
}
