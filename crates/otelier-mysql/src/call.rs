//! What is known of a call before it is made.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use mysql_async::Params;
use otelier_sql::Analysis;

/// What is to be done, for the operation that reports it.
#[derive(Default)]
pub(crate) struct Call<'a> {
    pub(crate) subject: Subject<'a>,
    /// The driver's own command, where it runs no statement.
    pub(crate) operation: Option<&'static str>,
    /// That it is a batch, and of how many if that is known.
    pub(crate) batch: Option<Option<usize>>,
    pub(crate) parameters: Option<&'a Params>,
    /// When the user called, if that was before there was a connection.
    pub(crate) started: Option<Instant>,
}

/// What is known of a statement.
#[derive(Debug, Default)]
pub enum Subject<'a> {
    /// Its text.
    Text(Cow<'a, [u8]>),
    /// What its text was found to be.
    Analyzed(&'a Arc<Analysis>),
    /// Nothing.
    #[default]
    Unknown,
}

impl<'a> From<&'a str> for Subject<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text.as_bytes()))
    }
}

/// Whether a text is one statement that returns one result set at most. A procedure returns any number of them, and so
/// does what is executed without being told in the text.
pub(crate) fn has_one_result_set(analysis: &Analysis) -> bool {
    let text = analysis.text().trim_ascii();
    let text = text.strip_suffix(';').unwrap_or(text);
    let executes =
        text.get(.."EXECUTE".len()).is_some_and(|word| word.eq_ignore_ascii_case("EXECUTE"));
    analysis.stored_procedure().is_none() && !executes && !text.contains(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_may_have_several_result_sets() {
        let one = |text: &str| {
            has_one_result_set(&otelier_sql::analyze(text, otelier_sql::Options::mysql()))
        };
        assert!(one("SELECT 1") && one("SELECT ';' ; ") && one("INSERT INTO t VALUES (1)"));
        assert!(!one("SELECT 1; SELECT 2") && !one("CALL p()") && !one("DO 1; DO 2;"));
        assert!(!one(" execute p") && !one("EXECUTE IMMEDIATE 'CALL p()'"));
    }
}
