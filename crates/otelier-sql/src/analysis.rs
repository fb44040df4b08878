//! What a text was found to be.
//!
//! The analyzer fills the fields when a text was read to its end; this file only holds them. Each
//! result is a plain value without a reference to the text, so that the cache can share it between
//! threads and keep it longer than the text lives. Where a part of the text is hidden,
//! `may_be_several` is `true`, because it is not known how many statements that part has.

use std::sync::Arc;

/// What a text was found to be.
///
/// The strings are shared, so that a span attribute made from a remembered result costs no
/// allocation.
///
/// ```
/// use otelier_sql::{Options, analyze};
///
/// let found = analyze("CALL refund(17, ?)", Options::mysql());
/// assert_eq!(&**found.text(), "CALL refund(?, ?)");
/// assert_eq!(found.summary().map(|s| &**s), Some("CALL refund"));
/// assert_eq!(found.stored_procedure().map(|s| &**s), Some("refund"));
/// assert!(found.has_literals() && found.has_placeholders());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Analysis {
    /// The sanitized text. Its length is limited by `Options::with_max_chars`, if that was called.
    pub(crate) text: Arc<str>,
    /// `None` if no operation was found; never an empty string.
    pub(crate) summary: Option<Arc<str>>,
    /// As it is written, with quotes and qualifiers. A later `CALL` does not replace it.
    pub(crate) stored_procedure: Option<Arc<str>>,
    /// In the order of the text. The summarizer limits how many there are.
    pub(crate) used_databases: Vec<UsedDatabase>,
    /// `true` also where the text starts with no known operation or something in it does not end.
    pub(crate) may_be_kept: bool,
    /// A semicolon at the very end of the text does not make it several.
    pub(crate) may_be_several: bool,
    /// Whether anything was replaced, also in a part that `Options::with_max_chars` cut off.
    pub(crate) has_literals: bool,
    /// Whether the client's own text has places for parameters.
    pub(crate) has_placeholders: bool,
}

impl Analysis {
    /// The text for `db.query.text`: literals are `?`, comments are gone, a list of values after
    /// `IN` is one `?`.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The value of `db.query.summary`: operations and their targets in the order and spelling of
    /// the query, at most 255 characters, cut before the first name that does not fit. `None` if
    /// the text starts with no known operation.
    #[must_use]
    pub fn summary(&self) -> Option<&Arc<str>> {
        self.summary.as_ref()
    }

    /// The value of `db.stored_procedure.name`: what the first `CALL` names, as written.
    #[must_use]
    pub fn stored_procedure(&self) -> Option<&Arc<str>> {
        self.stored_procedure.as_ref()
    }

    /// The databases that the text makes the current one with `USE`, in its order; of very many the
    /// first ones and the last.
    #[must_use]
    pub fn used_databases(&self) -> &[UsedDatabase] {
        &self.used_databases
    }

    /// Whether the server may keep a part of the text once it was executed, as it keeps the bodies
    /// of routines, triggers, events and views. `false` only where every statement is known to
    /// leave nothing of its text behind: queries, changes of rows, and what concerns the session.
    #[must_use]
    pub fn may_be_kept(&self) -> bool {
        self.may_be_kept
    }

    /// Whether the text is more than one statement, or may be, where a part of it is hidden because
    /// it can be read in more than one way.
    #[must_use]
    pub fn may_be_several(&self) -> bool {
        self.may_be_several
    }

    /// Whether anything was taken for a literal. If not, the text is parametrized already, or needs
    /// no parameter.
    #[must_use]
    pub fn has_literals(&self) -> bool {
        self.has_literals
    }

    /// Whether the text has a parameter's place in it: `?`, `:name`, or `$1` where the dialect has
    /// those.
    #[must_use]
    pub fn has_placeholders(&self) -> bool {
        self.has_placeholders
    }
}

/// A database that a text makes the current one with `USE`.
///
/// ```
/// use otelier_sql::{Options, analyze};
///
/// let found = analyze("SELECT 1; USE `my``shop`", Options::mysql());
/// let [used] = found.used_databases() else { panic!("one") };
/// assert_eq!((&**used.name(), used.statement()), ("my`shop", 1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedDatabase {
    /// What the quotes enclose, with doubled quotes made single.
    name: Arc<str>,
    /// The number of semicolons that end a statement before it.
    statement: usize,
}

impl UsedDatabase {
    /// `name` is without quotes already; `statement` counts from 0.
    pub(crate) fn new(name: Arc<str>, statement: usize) -> Self {
        Self { name, statement }
    }

    /// Its name, without the quotes of the text.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Which statement of the text it is, counted from 0.
    #[must_use]
    pub fn statement(&self) -> usize {
        self.statement
    }
}
