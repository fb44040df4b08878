//! Reads SQL text once, and returns a summary to name a span by and the text without its literals.
//!
//! [`analyze`] yields `db.query.summary`, a sanitized `db.query.text`, and what an integration has
//! to know about the text. [`Analyzer`] remembers the results of repeated texts.
//!
//! ```
//! use otelier_sql::{Options, analyze};
//!
//! let found = analyze(
//!     "SELECT title FROM songs JOIN artists USING (id) WHERE name = 'Nina' AND year IN (1, 2)",
//!     Options::mysql(),
//! );
//! assert_eq!(found.summary().map(|s| &**s), Some("SELECT songs artists"));
//! assert_eq!(
//!     &**found.text(),
//!     "SELECT title FROM songs JOIN artists USING (id) WHERE name = ? AND year IN (?)",
//! );
//! assert!(found.has_literals());
//! ```
//!
//! The rules are those of the database semantic conventions, ["Sanitization of `db.query.text`" and
//! "Generating a summary of the
//! query"](https://opentelemetry.io/docs/specs/semconv/db/database-spans/).
//!
//! # What a summary has
//!
//! The operations of the text and what each is about, in the order and spelling of the text:
//!
//! ```
//! use otelier_sql::{Options, analyze};
//!
//! for (text, summary) in [
//!     ("INSERT INTO orders (id) VALUES (7)", "INSERT orders"),
//!     ("INSERT INTO old SELECT * FROM orders", "INSERT old SELECT orders"),
//!     ("SELECT * FROM songs, artists", "SELECT songs artists"),
//!     ("DELETE FROM shop.orders WHERE id = 7", "DELETE shop.orders"),
//!     ("CREATE TABLE notes (id INT)", "CREATE TABLE notes"),
//!     ("WITH recent AS (SELECT id FROM invoices) SELECT id FROM recent", "SELECT invoices SELECT"),
//!     ("CALL refund(17)", "CALL refund"),
//! ] {
//!     assert_eq!(analyze(text, Options::mysql()).summary().map(|s| &**s), Some(summary));
//! }
//! ```
//!
//! The name of a common table expression is no target, an alias neither. A text that starts with no
//! known operation has no summary.
//!
//! # What is guaranteed
//!
//! - A literal never survives: strings in every notation, numbers, hexadecimal and bit literals,
//!   `TRUE` and `FALSE` become `?`; comments are dropped, since they carry whatever their author
//!   wrote. `NULL` says nothing and stays.
//! - Where a text can be read in two ways and they disagree on what is a literal, the rest of the
//!   text is one. So is everything after a quote or comment that does not end, and everything from
//!   the first string on if quotes do not pair up, as in `'O'Brien'`, or seem to pair up wrongly,
//!   as in `'Rock ' and me ' Roll'`: a word that makes no sense before or behind a string shows it,
//!   if not in every case.
//! - `"…"` is a string unless [the options](Options::with_ansi_quotes) say that it is an
//!   identifier, which is shown.
//! - Time is linear in the text and memory is bounded by it, whatever the text is. Nothing panics.
//! - Sanitized text is no longer than its source, and sanitizing it again changes nothing.
//!
//! This is no parser: what no quotes enclose is taken for a name, in a statement that the server
//! would reject too. Only where a password belongs, or the user of a replica's or a server's login,
//! is such a name hidden.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod analysis;
mod analyze;
mod cache;
mod keyword;
mod lexer;
mod options;
mod pairing;
mod sanitizer;
mod summarizer;
mod swar;
#[cfg(test)]
mod tests;

pub use analysis::{Analysis, UsedDatabase};
pub use analyze::analyze;
pub use cache::Analyzer;
pub use options::{Backslash, Dialect, Options};
