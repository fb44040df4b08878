//! Common table expressions: what `WITH` names is no target.
//!
//! A common table expression has a name only within its statement, and grouping spans by it helps
//! no reader. What it selects from is in its body, which is summarized like any query.
//!
//! Names count from the end of their body on, or within it if the clause is `RECURSIVE`, and only
//! in the parentheses where the clause stands. A `WITH` that starts no clause, as `WITH ROLLUP` or
//! SQL Server's table hints, shows this by what follows; the name that was taken is then taken
//! back.

use arrayvec::ArrayVec;

use crate::keyword::Keyword;
use crate::lexer::visited;

/// The most names that are known at a time. Those beyond count as targets.
const MOST: usize = 32;

/// Where in `WITH RECURSIVE a (b) AS (SELECT …), c AS (…)` a query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cte {
    No,
    /// The next word is a name, or `RECURSIVE`.
    Name {
        recursive: bool,
    },
    /// After the name: a list of columns, or `AS`.
    As {
        recursive: bool,
    },
    /// After `AS`: the body, in parentheses.
    Open {
        recursive: bool,
    },
    /// Within the body.
    Body {
        recursive: bool,
    },
    /// After the body: a comma and the next name, or the query.
    After {
        recursive: bool,
    },
}

/// What a word is to the clause that `WITH` starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// A part of it.
    Part,
    /// The name of an expression.
    Name,
    /// No part of it.
    No,
    /// No part of it, which shows that what was taken for a name is none: `WITH ROLLUP`.
    Refuted,
}

impl Cte {
    /// Moves to the state after the word and returns what the word is. Quoted names are passed as
    /// `Keyword::None`.
    pub(super) fn word(&mut self, keyword: Keyword) -> Taken {
        let (next, taken) = match (*self, keyword) {
            (Self::Name { .. }, Keyword::Recursive) => {
                (Self::Name { recursive: true }, Taken::Part)
            }
            (Self::Name { recursive }, _) => (Self::As { recursive }, Taken::Name),
            (Self::As { recursive }, Keyword::As) => (Self::Open { recursive }, Taken::Part),
            (open @ Self::Open { .. }, Keyword::Not | Keyword::Materialized) => (open, Taken::Part),
            (Self::As { .. } | Self::Open { .. }, _) => (Self::No, Taken::Refuted),
            (state, _) => (state, Taken::No),
        };
        *self = next;
        taken
    }

    /// Whether the next token may be a part of the clause.
    pub(super) fn is_waiting(self) -> bool {
        !matches!(self, Self::No | Self::Body { .. })
    }
}

/// The names that are defined where the text is read, by hash: a name is compared in the time that
/// it takes to read it, however many there are.
///
/// Sorted by depth: names of a deeper clause are added later and dropped earlier.
#[derive(Debug, Default)]
pub(super) struct Names(ArrayVec<Name, MOST>);

#[derive(Debug)]
struct Name {
    /// Of the name without quotes. A collision hides one target; it shows nothing.
    hash: u64,
    /// In how many parentheses it is defined, outside of which it is not.
    depth: usize,
    /// Whether it is defined yet: within its own body only if it is recursive.
    defined: bool,
}

impl Names {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a name that is not defined yet. Without room it is dropped, and counts as a target
    /// later.
    pub(super) fn add(&mut self, name: &str, depth: usize) {
        let _ = self.0.try_push(Name { hash: hash(name), depth, defined: false });
    }

    /// Takes back the last name of `depth` that is not defined yet.
    pub(super) fn take_back(&mut self, depth: usize) {
        if self.0.last().is_some_and(|name| name.depth == depth && !name.defined) {
            self.0.pop();
        }
    }

    /// Defines what was added at `depth`.
    pub(super) fn define(&mut self, depth: usize) {
        self.0.iter_mut().rev().take_while(|name| name.depth >= depth).for_each(|name| {
            name.defined |= name.depth == depth;
        });
    }

    /// Forgets what is defined deeper than `depth`.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.0.last().is_some_and(|name| name.depth > depth) {
            self.0.pop();
        }
    }

    /// At the end of a statement.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether a name that is written so is a defined expression.
    pub(super) fn contain(&self, name: &str) -> bool {
        let hash = hash(name);
        self.0.iter().any(|known| known.defined && known.hash == hash)
    }
}

/// FNV-1a of what the quotes enclose, without regard to case.
fn hash(name: &str) -> u64 {
    visited(name.len());
    name.trim_matches(['`', '"']).bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01B3)
    })
}
