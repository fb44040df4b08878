//! What is known of the query in one pair of parentheses, or outside all.

use super::cte::Cte;
use crate::keyword::Keyword;

#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
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
    pub(super) cte: Cte,
}

impl Frame {
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
    pub(super) const START: Self = Self { start: true, ..Self::EMPTY };
    pub(super) const END: Self = Self { expect: Expect::End, ..Self::EMPTY };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    More,
    On,
    /// `ON`, a target, then the body of a trigger.
    OnBody,
    Body,
    End,
}
