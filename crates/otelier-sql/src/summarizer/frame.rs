//! What is known of the query in one pair of parentheses, or outside all.
//!
//! A frame is small and copied whole: opening a parenthesis puts the current one aside, closing it
//! brings it back as it was. A statement's first word replaces the frame with one that says what
//! this kind of statement has. `Expect` is what the next word may be, `After` is what comes behind
//! the target that is read next.
//!
//! To teach the summarizer another statement, look for the frame that it starts with in `lead`, in
//! `statement`.

use super::cte::Cte;
use crate::keyword::Keyword;

/// The state of one query or statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Changes with almost every word that means something.
    pub(super) expect: Expect,
    /// What to expect after the next name.
    pub(super) after: After,
    /// Whether no word was seen yet, so that the next may be an operation.
    pub(super) start: bool,
    /// Whether an operation is still to come, as after `WITH` and `EXPLAIN`.
    pub(super) with: bool,
    /// Whether `FROM` and `JOIN` are followed by a target, which in `EXTRACT(YEAR FROM born)` they
    /// are not.
    pub(super) query: bool,
    /// Whether a comma is followed by a target.
    pub(super) list: bool,
    /// Whether `USING` is followed by a target.
    pub(super) using: bool,
    /// Whether rows are inserted, so that `TABLE` starts the query that gives them.
    pub(super) insert: bool,
    /// Where in its `WITH` clause the query is, if it has one.
    pub(super) cte: Cte,
}

impl Frame {
    /// Waits for nothing: the base of the other frames.
    pub(super) const EMPTY: Self = Self {
        expect: Expect::Nothing,
        after: After::More,
        start: false,
        with: false,
        query: false,
        list: false,
        using: false,
        insert: false,
        cte: Cte::No,
    };
    /// Of a statement or a parenthesis that may hold a query.
    pub(super) const START: Self = Self { start: true, ..Self::EMPTY };
    /// Of a rest that has no target, up to the end of the statement or the parenthesis.
    pub(super) const END: Self = Self { expect: Expect::End, ..Self::EMPTY };
}

/// What the next word may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// A word that starts a clause, such as `FROM`; all others are passed over.
    Nothing,
    /// A table, or a query in parentheses; a name before a parenthesis is a function.
    Source,
    /// The word after `{`, before a [`Source`](Self::Source): `{OJ a LEFT JOIN b ON …}`.
    Escape,
    /// A table after the words that may stand between `UPDATE` or `DELETE` and it.
    Modified,
    /// The name of anything.
    Name,
    /// What `CALL` names.
    Procedure,
    /// What `USE` names.
    Database,
    /// What `EXPLAIN` and `DESCRIBE` name, unless it is one of their options.
    Described,
    /// The kind of thing that `CREATE`, `ALTER`, `DROP` and their like are about.
    Object(Keyword),
    /// The word that belongs to `SHOW`, `LOAD`, `START` and their like.
    Second(Keyword),
    /// The `FOR` before the statement of `SET STATEMENT`.
    For,
    /// The `ON` before the target of `GRANT`, `CREATE INDEX`, `CREATE TRIGGER`.
    On,
    /// The rest of the statement has no target.
    End,
}

/// What to expect behind the name that is read next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Nothing in particular: clauses, and further targets.
    More,
    /// `ON` and a target, as behind the name of an index.
    On,
    /// `ON`, a target, then the body of a trigger.
    OnBody,
    /// The body of a routine. Reading stops there, as it is not run now.
    Body,
    /// Nothing that is shown.
    End,
}
