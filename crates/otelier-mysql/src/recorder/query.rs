//! What is known of a call before it is made.
//!
//! An adapter describes a call with a `Query`; the recorder makes an operation of it. A `Query`
//! computes nothing: the text is analyzed and parameters become texts only if the operation is
//! recorded.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use otelier_sql::Analysis;

/// What a program asks of the server.
///
/// ```
/// # mod otelier { pub use otelier_mysql as mysql; }
/// use otelier::mysql::recorder::Query;
///
/// let query = Query::text("INSERT INTO plays (song) VALUES (?)").batch(Some(3));
/// # drop(query);
/// ```
#[must_use]
pub struct Query<'a> {
    pub(super) subject: Subject<'a>,
    /// The name of a command that executes no statement, such as `PREPARE` or `connect`.
    pub(super) operation: Option<&'static str>,
    /// `None` if it is no batch, `Some(None)` for a batch of unknown size.
    pub(super) batch: Option<Option<usize>>,
    /// Called only if the user wants parameters to be recorded.
    pub(super) parameters: Option<&'a ParametersOf<'a>>,
    /// `None` is the time at which the operation is started.
    pub(super) started: Option<Instant>,
}

/// Returns the keys and values of parameters, the values with at most so many characters.
type ParametersOf<'a> = dyn Fn(usize) -> Vec<(String, String)> + 'a;

/// What is known of a statement.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// Its text.
    Text(Cow<'a, [u8]>),
    /// What its text was found to be.
    Analyzed(&'a Arc<Analysis>),
    /// Its number among those that were prepared on the connection.
    Prepared(u32),
    /// Nothing.
    #[default]
    Unknown,
}

impl<'a> Query<'a> {
    /// A statement.
    pub fn new(subject: Subject<'a>) -> Self {
        Self { subject, operation: None, batch: None, parameters: None, started: None }
    }

    /// The statement `text`.
    pub fn text(text: &'a str) -> Self {
        Self::new(Subject::Text(Cow::Borrowed(text.as_bytes())))
    }

    /// A command that runs no statement.
    pub fn operation(name: &'static str) -> Self {
        Self { operation: Some(name), ..Self::new(Subject::Unknown) }
    }

    /// A statement that is prepared, and not executed yet.
    pub fn prepare(subject: Subject<'a>) -> Self {
        Self { operation: Some("PREPARE"), ..Self::new(subject) }
    }

    /// The statement is executed several times: how often, if that is known.
    pub fn batch(mut self, size: Option<usize>) -> Self {
        self.batch = Some(size);
        self
    }

    /// The parameters. They are only asked for where a user wants them to be recorded.
    pub fn parameters(mut self, parameters: &'a ParametersOf<'a>) -> Self {
        self.parameters = Some(parameters);
        self
    }

    /// When the user made the call, if that was before there was a connection.
    pub fn started(mut self, started: Option<Instant>) -> Self {
        self.started = started;
        self
    }
}

impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text of a statement may hold secrets.
        f.debug_struct("Query").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// The statement that starts a transaction.
#[must_use]
pub fn begin_statement(consistent_snapshot: bool) -> &'static str {
    match consistent_snapshot {
        true => "START TRANSACTION WITH CONSISTENT SNAPSHOT",
        false => "START TRANSACTION",
    }
}

/// Whether a text is one statement that returns one result set at most. A procedure returns any
/// number of them, and so does a statement that executes another.
pub(super) fn has_one_result_set(analysis: &Analysis) -> bool {
    let first = analysis.text().trim_ascii_start().get(.."EXECUTE".len());
    let executes = first.is_some_and(|word| word.eq_ignore_ascii_case("EXECUTE"));
    analysis.stored_procedure().is_none() && !executes && !analysis.may_be_several()
}

#[cfg(test)]
mod tests {
    use otelier_sql::{Options, analyze};

    use super::*;

    #[test]
    fn transactions_start_as_the_driver_starts_them() {
        assert_eq!(begin_statement(false), "START TRANSACTION");
        assert_eq!(begin_statement(true), "START TRANSACTION WITH CONSISTENT SNAPSHOT");
    }

    #[test]
    fn knows_what_may_have_several_result_sets() {
        let one = |text: &str| has_one_result_set(&analyze(text, Options::mysql()));
        assert!(one("SELECT 1") && one("SELECT ';' ; ") && one("INSERT INTO t VALUES (1)"));
        assert!(!one("SELECT 1; SELECT 2") && !one("CALL p()") && !one("DO 1; DO 2;"));
        assert!(!one(" execute p") && !one("EXECUTE IMMEDIATE 'CALL p()'"));
    }
}
