//! Reads SQL text once, for a summary to name a span by and a text that carries no literal.
//!
//! [`analyse`] yields `db.query.summary`, a sanitised `db.query.text`, and what an integration has to know
//! about the text. [`Analyser`] remembers the results of repeated texts.
//!
//! ```
//! use otelier_instrument::sql::{self, Options};
//!
//! let found = sql::analyse(
//!     "SELECT title FROM songs JOIN artists USING (id) WHERE name = 'Nina' AND year IN (1958, 1965)",
//!     Options::mysql(),
//! );
//! assert_eq!(found.summary().map(|s| &**s), Some("SELECT songs artists"));
//! assert_eq!(&**found.text(), "SELECT title FROM songs JOIN artists USING (id) WHERE name = ? AND year IN (?)");
//! assert!(found.has_literals());
//! ```
//!
//! The rules are those of the database semantic conventions, ["Sanitization of `db.query.text`" and
//! "Generating a summary of the query"](https://opentelemetry.io/docs/specs/semconv/db/database-spans/).
//!
//! # What is guaranteed
//!
//! - A literal never survives: strings in every notation, numbers, hexadecimal and bit literals, `TRUE` and
//!   `FALSE` become `?`; comments are dropped, since they carry whatever their author wrote. `NULL` says
//!   nothing and stays.
//! - Where a text can be read in two ways and they disagree on what is a literal, the rest of the text is
//!   one. So is everything after a quote or comment that does not end, and everything from the first string on
//!   if quotes do not pair up, as in `'O'Brien'`, or seem to pair up wrongly, as in `'Rock ' and me ' Roll'`:
//!   a word that has no business before or behind a string tells, if not in every case.
//! - `"…"` is a string unless [the options](Options::with_ansi_quotes) say that it is an identifier, which is
//!   shown.
//! - Time is linear in the text and memory is bounded by it, whatever the text is. Nothing panics.
//! - Sanitised text is no longer than its source, and sanitising it again changes nothing.
//!
//! This is no parser: what no quotes enclose is taken for a name, in a statement that the server would reject
//! too. Only where a password belongs, or the user of a replica's or a server's login, is such a name hidden.

mod cache;
mod eight;
mod keyword;
mod lexer;
mod pairing;
mod sanitise;
mod summary;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

pub use self::cache::Analyser;
use self::keyword::Keyword;
use self::lexer::{Kind, Lexer, Span, Token};
use self::pairing::Pairing;
use self::sanitise::Sanitiser;
use self::summary::Summariser;

/// What a text was found to be.
///
/// The strings are shared, so that a span attribute made from a remembered result costs no allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    text: Arc<str>,
    summary: Option<Arc<str>>,
    stored_procedure: Option<Arc<str>>,
    has_literals: bool,
    has_placeholders: bool,
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

    /// Whether anything was taken for a literal. If not, the text is parametrised already, or needs no
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

/// Whose lexical rules a text follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// ISO SQL with what most servers add: nested comments, `$tag$` strings, `$1` parameters.
    Standard,
    /// MySQL and MariaDB: backticks, `#` comments, `/*! … */` code, character set introducers.
    MySql,
}

/// What a backslash does within quotes; the session's mode decides, and a client seldom knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backslash {
    /// It escapes the next character, as in MySQL by default.
    Escapes,
    /// It is a character like others, as in ISO SQL and under MySQL's `NO_BACKSLASH_ESCAPES`.
    Plain,
    /// Not known. Only a backslash before a closing quote matters; there, the reading is taken by which the
    /// whole text is well-formed, and if that settles nothing, the rest is a literal.
    Unknown,
}

/// How to read a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Options {
    pub(in crate::sql) dialect: Dialect,
    pub(in crate::sql) ansi_quotes: bool,
    pub(in crate::sql) backslash: Backslash,
}

impl Options {
    /// MySQL and MariaDB: `"` is a string, [`Backslash::Unknown`].
    #[must_use]
    pub const fn mysql() -> Self {
        Self { dialect: Dialect::MySql, ansi_quotes: false, backslash: Backslash::Unknown }
    }

    /// Any other SQL: `"` is an identifier, [`Backslash::Unknown`].
    #[must_use]
    pub const fn standard() -> Self {
        Self { dialect: Dialect::Standard, ansi_quotes: true, backslash: Backslash::Unknown }
    }

    /// Whether `"` encloses an identifier rather than a string, as under MySQL's `ANSI_QUOTES`.
    #[must_use]
    pub const fn with_ansi_quotes(mut self, ansi_quotes: bool) -> Self {
        self.ansi_quotes = ansi_quotes;
        self
    }

    /// What a backslash does within quotes.
    #[must_use]
    pub const fn with_backslash(mut self, backslash: Backslash) -> Self {
        self.backslash = backslash;
        self
    }

    const fn is_mysql(self) -> bool {
        matches!(self.dialect, Dialect::MySql)
    }
}

/// Analyses a text, which need not be UTF-8: a byte that belongs to no character counts as a literal.
#[must_use]
pub fn analyse(text: impl AsRef<[u8]>, options: Options) -> Analysis {
    let bytes = text.as_ref();
    let text = match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(without_invalid(bytes)),
    };
    analyse_str(&text, options)
}

fn analyse_str(text: &str, options: Options) -> Analysis {
    match read(text, text.len(), options) {
        (found, None) => found,
        (_, Some(string)) => read(text, string, options).0,
    }
}

/// What two tokens say that are no keywords.
const NOTHING: [Keyword; 2] = [Keyword::None; 2];

/// What the text is found to be, all of it from `hidden` on taken for one literal. If its quotes do not pair up, also
/// where the first string starts: from there on nobody knows what is between quotes and what is not.
#[inline(never)]
fn read(text: &str, hidden: usize, options: Options) -> (Analysis, Option<usize>) {
    let mut lexer = Lexer::new(&text[..hidden], options);
    let mut sanitiser = Sanitiser::new(text, options);
    let mut summariser = Summariser::new(text, options);
    // What the last two tokens say, apart from comments.
    let mut before = NOTHING;
    let mut pairing = Pairing::new(text);
    // Whether a token that is plain would change nothing.
    let mut idle = false;
    while let Some(Token { kind, span, glued, after }) = lexer.next_token() {
        // Most tokens: a name where nothing special goes on.
        if idle && kind.is_plain() {
            before = [before[1], kind.keyword()];
            continue;
        }
        let mut said = Keyword::None;
        // What the sanitiser hides is a literal to the summary too.
        match kind {
            Kind::Word(keyword) => {
                pairing.word(span, glued && after == Kind::Literal, keyword);
                if sanitiser.word(keyword, span, glued, before) {
                    summariser.literal();
                } else {
                    summariser.word(keyword, span, before[1]);
                    said = keyword;
                }
            }
            Kind::Punct(byte) => {
                pairing.other();
                if sanitiser.punct(byte, span, glued) {
                    summariser.literal();
                } else {
                    summariser.punct(byte, span);
                }
            }
            Kind::Literal => {
                pairing.literal(span, matches!(after, Kind::Word(_)));
                sanitiser.literal(span, glued);
                summariser.literal();
            }
            Kind::Comment => {
                sanitiser.comment(span);
                continue;
            }
            Kind::Quoted | Kind::Placeholder | Kind::VersionOpen | Kind::VersionClose => {
                pairing.other();
                if sanitiser.token(kind, span, glued) {
                    summariser.literal();
                } else {
                    summariser.token(kind, span);
                }
            }
        }
        before = [before[1], said];
        idle = kind != Kind::Literal && sanitiser.is_idle() && summariser.is_idle();
    }
    if hidden < text.len() {
        sanitiser.literal(Span { start: hidden, end: text.len() }, false);
        summariser.literal();
    }
    let (text, has_literals, has_placeholders) = sanitiser.finish();
    let (summary, stored_procedure) = summariser.finish();
    let found = Analysis { text, summary, stored_procedure, has_literals, has_placeholders };
    (found, pairing.first_string().filter(|_| pairing.is_broken() || lexer.is_string_open()))
}

/// The text with one `?` for each invalid sequence, which keeps it no longer than the bytes.
fn without_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push('?');
        }
    }
    text
}
