//! What a text was found to be.

use std::sync::Arc;

/// What a text was found to be.
///
/// The strings are shared, so that a span attribute made from a remembered result costs no allocation.
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
    pub(crate) text: Arc<str>,
    pub(crate) summary: Option<Arc<str>>,
    pub(crate) stored_procedure: Option<Arc<str>>,
    pub(crate) has_literals: bool,
    pub(crate) has_placeholders: bool,
}

impl Analysis {
    /// The text for `db.query.text`: literals are `?`, comments are gone, a list of values after `IN` is one
    /// `?`.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The value of `db.query.summary`: operations and their targets in the order and spelling of the query,
    /// at most 255 characters, cut before the first name that does not fit. `None` if the text starts with no
    /// known operation.
    #[must_use]
    pub fn summary(&self) -> Option<&Arc<str>> {
        self.summary.as_ref()
    }

    /// The value of `db.stored_procedure.name`: what the first `CALL` names, as written.
    #[must_use]
    pub fn stored_procedure(&self) -> Option<&Arc<str>> {
        self.stored_procedure.as_ref()
    }

    /// Whether anything was taken for a literal. If not, the text is parametrized already, or needs no
    /// parameter.
    #[must_use]
    pub fn has_literals(&self) -> bool {
        self.has_literals
    }

    /// Whether the text has a parameter's place in it: `?`, `:name`, or `$1` where the dialect has those.
    #[must_use]
    pub fn has_placeholders(&self) -> bool {
        self.has_placeholders
    }
}
