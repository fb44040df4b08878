//! How to read a text.
//!
//! Options are plain values: they are copied into the lexer, and hashed with the text by the cache.
//! A new option must therefore derive `Hash`, or two texts that differ only in it would share a
//! result.
//!
//! What a server's session is set to is often unknown to a client. A backslash is therefore unknown
//! by default: where the two readings differ and the text does not settle which one is meant, too
//! much is hidden rather than too little.

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
    /// Not known. Only a backslash before a closing quote matters; there, the reading is taken by
    /// which the whole text is well-formed, and if that settles nothing, the rest is a literal.
    Unknown,
}

/// How to read a text.
///
/// ```
/// use otelier_sql::{Options, analyze};
///
/// let ansi = Options::mysql().with_ansi_quotes(true);
/// assert_eq!(&**analyze(r#"SELECT "id" FROM t"#, ansi).text(), r#"SELECT "id" FROM t"#);
/// assert_eq!(&**analyze(r#"SELECT "id" FROM t"#, Options::mysql()).text(), "SELECT ? FROM t");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Options {
    /// Fixed by the constructor; no method changes it.
    pub(crate) dialect: Dialect,
    /// `true` makes `"…"` an identifier, which is shown.
    pub(crate) ansi_quotes: bool,
    /// The lexer replaces `Unknown` in its own copy once a text has settled the question.
    pub(crate) backslash: Backslash,
    /// Limits the sanitized text in characters, not bytes. `None` is no limit.
    pub(crate) max_chars: Option<usize>,
}

impl Options {
    /// MySQL and MariaDB: `"` is a string, [`Backslash::Unknown`].
    #[must_use]
    pub const fn mysql() -> Self {
        Self {
            dialect: Dialect::MySql,
            ansi_quotes: false,
            backslash: Backslash::Unknown,
            max_chars: None,
        }
    }

    /// Any other SQL: `"` is an identifier, [`Backslash::Unknown`].
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            dialect: Dialect::Standard,
            ansi_quotes: true,
            backslash: Backslash::Unknown,
            max_chars: None,
        }
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

    /// The most characters that [`Analysis::text`](crate::Analysis::text) may have; the rest is
    /// cut. Unlimited by default. What is cut is never copied, and all of it still counts for the
    /// summary.
    ///
    /// ```
    /// use otelier_sql::{Options, analyze};
    ///
    /// let found = analyze("SELECT 1 FROM songs", Options::mysql().with_max_chars(8));
    /// assert_eq!(&**found.text(), "SELECT ?");
    /// assert_eq!(found.summary().map(|s| &**s), Some("SELECT songs"));
    /// ```
    #[must_use]
    pub const fn with_max_chars(mut self, chars: usize) -> Self {
        self.max_chars = Some(chars);
        self
    }

    /// The one question about the dialect that the rest of the crate asks.
    pub(crate) const fn is_mysql(self) -> bool {
        matches!(self.dialect, Dialect::MySql)
    }
}
