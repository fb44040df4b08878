//! Finds out that quotes do not pair up the way they are written, by the words next to strings.
//!
//! Who pastes `Rock ' and ' Roll` between quotes gets two strings, and between them what should be
//! in one. Often every quote ends all the same, and only that what is outside of them makes no
//! sense shows that something is wrong. A word counts only where another string follows, without
//! which there is no value cut in two.
//!
//! Three lists of words decide. A word glued to a string's end must be in `GLUED`, else quotes are
//! broken. A word behind a string, with a space between, that is not in `BEHIND` raises a doubt,
//! which counts when the next string comes. A word before a string that is not in `BEFORE` counts
//! at once, if another string came before. The lists hold the words that a grammar allows there, so
//! a word that is missing makes the analyzer hide a sound text; it never makes it show a value.
//!
//! An alias behind a string in a select list is the exception, as it may be any word. There the
//! doubt waits for the next token: a comma, a closing parenthesis, a semicolon, or the word that
//! ends the list.

use arrayvec::ArrayVec;

use crate::keyword::Keyword;
use crate::lexer::{Span, is_word, visited};

/// How many gaps are kept apart.
///
/// With more, everything from the first string on is hidden.
const MOST_GAPS: usize = 8;

/// What is known of a text's quotes at its end.
#[derive(Debug)]
pub(crate) enum Quotes {
    /// They are where they seem to be.
    Sound,
    /// Each has its partner, but between two strings there is something that makes no sense there.
    Doubtful {
        /// Where the first string starts.
        first: usize,
        /// What is between such strings.
        gaps: ArrayVec<Span, MOST_GAPS>,
    },
    /// What is between quotes and what is not is not known.
    Broken {
        /// Where the first string starts.
        first: usize,
    },
}

/// Takes the tokens of a text in order, comments left out, and judges its quotes at the end.
#[derive(Debug)]
pub(crate) struct Pairing<'a> {
    text: &'a str,
    /// Where the first string starts.
    first: Option<usize>,
    /// Where the last string ends.
    ///
    /// 0 before the first one.
    end: usize,
    /// Whether the token before is a string, comments aside.
    behind_string: bool,
    /// Whether a word stood behind a string that makes no sense there.
    doubt: bool,
    /// Whether that word is the token before, and an alias if what follows is the end of an item.
    waiting: bool,
    /// Whether between `SELECT` and `FROM`, where a word behind a string may be its alias.
    naming: bool,
    /// What stands between strings that seem to be one value. One too many makes the text broken.
    gaps: ArrayVec<Span, MOST_GAPS>,
    /// Whether a place was found that no sound text has. It stays.
    broken: bool,
}

impl<'a> Pairing<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            first: None,
            end: 0,
            behind_string: false,
            doubt: false,
            waiting: false,
            naming: false,
            gaps: ArrayVec::new(),
            broken: false,
        }
    }

    /// Takes a literal. `behind_word` is whether the token before is a word.
    pub(crate) fn literal(&mut self, literal: Span, behind_word: bool) {
        self.waiting = false;
        self.behind_string = self.ends_with_quote(literal);
        if !self.behind_string {
            return;
        }
        if self.first.is_none() {
            self.first = Some(literal.start);
        } else if self.doubt || (behind_word && !self.may_precede(literal)) {
            self.add_gap(literal);
        }
        self.end = literal.end;
    }

    /// Takes a word. `glued` is whether it stands right behind a literal.
    #[inline(always)]
    pub(crate) fn word(&mut self, word: Span, glued: bool, keyword: Keyword) {
        if self.waiting {
            self.settle_alias(ends_select_list(keyword));
        }
        if self.behind_string {
            self.behind(word, glued);
        }
        match keyword {
            Keyword::Select | Keyword::Returning => self.naming = !self.doubt,
            Keyword::From | Keyword::Union if self.naming => {
                (self.naming, self.doubt) = (false, false);
            }
            Keyword::Insert | Keyword::Set | Keyword::Values | Keyword::Where => {
                self.naming = false;
            }
            _ => {}
        }
    }

    /// Takes a punctuation mark: the next word is then behind no string, and an alias that waited
    /// is one if the mark ends an item.
    #[inline(always)]
    pub(crate) fn punct(&mut self, byte: u8) {
        self.behind_string = false;
        if self.waiting {
            self.settle_alias(matches!(byte, b',' | b')' | b';'));
        }
    }

    /// Takes any other token but a comment.
    pub(crate) fn other(&mut self) {
        self.behind_string = false;
        self.waiting = false;
    }

    /// Whether the next token decides on what was found before.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// `open` is whether the text ends within a string.
    ///
    /// Without any string the quotes are sound, whatever else was found.
    pub(crate) fn finish(self, open: bool) -> Quotes {
        match self.first {
            Some(first) if self.broken || open => Quotes::Broken { first },
            Some(first) if !self.gaps.is_empty() => Quotes::Doubtful { first, gaps: self.gaps },
            _ => Quotes::Sound,
        }
    }

    /// Takes what is between the last string and this one for a part of a value.
    #[cold]
    fn add_gap(&mut self, literal: Span) {
        let gap = Span { start: self.end, end: literal.start };
        // A quote that stands right behind a word is the end of a string rather than its start.
        let glued = self.text.as_bytes()[..literal.start].last().is_some_and(|&byte| is_word(byte));
        self.broken |= glued || self.gaps.try_push(gap).is_err();
        self.doubt = false;
    }

    /// Judges a word behind a string. One that makes no sense is a doubt only, as long as no other
    /// string follows.
    #[cold]
    fn behind(&mut self, word: Span, glued: bool) {
        self.behind_string = false;
        let text = self.text.get(word.start..word.end).unwrap_or_default();
        if glued {
            self.broken |= !is_one_of(&GLUED, text);
        } else if !is_one_of(&BEHIND, text) {
            self.doubt = true;
            self.waiting = self.naming && !self.ends_with_space();
        }
    }

    /// Whether the string before has a space before its closing quote, as none has that is named.
    fn ends_with_space(&self) -> bool {
        let inner = self.text.as_bytes().get(..self.end.saturating_sub(1)).unwrap_or_default();
        inner.last().is_some_and(u8::is_ascii_whitespace)
    }

    /// `alias` is whether the token after the word shows that it is one; then there is no doubt.
    #[cold]
    fn settle_alias(&mut self, alias: bool) {
        self.waiting = false;
        if alias {
            self.doubt = false;
        }
    }

    /// Whether the word before the literal may stand there. Reads the text backward, since the
    /// tokens before are not kept.
    #[cold]
    fn may_precede(&self, literal: Span) -> bool {
        let before = self.text.as_bytes().get(..literal.start).unwrap_or_default();
        let end = before.iter().rposition(|&byte| is_word(byte)).map_or(0, |last| last + 1);
        let start =
            before[..end].iter().rposition(|&byte| !is_word(byte)).map_or(0, |last| last + 1);
        visited(before.len() - start);
        let word = self.text.get(start..end).unwrap_or_default();
        // `{d '2024-01-01'}`, and a character set's name in MySQL.
        before[..start].last() == Some(&b'{') || word.starts_with('_') || is_one_of(&BEFORE, word)
    }

    /// Whether the literal is a string in quotes, not a number or a `$tag$` string.
    fn ends_with_quote(&self, literal: Span) -> bool {
        matches!(self.text.as_bytes().get(..literal.end).and_then(<[u8]>::last), Some(b'\'' | b'"'))
    }
}

/// Whether the word ends the last item of the list behind `SELECT`.
fn ends_select_list(keyword: Keyword) -> bool {
    use Keyword as K;
    matches!(
        keyword,
        K::From
            | K::Union
            | K::Except
            | K::Intersect
            | K::Into
            | K::Where
            | K::Group
            | K::Having
            | K::Order
            | K::Limit
            | K::For
            | K::Window
    )
}

/// Whether a sorted list of lower-case words has the word, in any case of letters.
fn is_one_of(sorted: &[&str], word: &str) -> bool {
    let lower = || word.bytes().map(|byte| byte.to_ascii_lowercase());
    sorted.binary_search_by(|known| known.bytes().cmp(lower())).is_ok()
}

/// Words that some write right behind a string, without a space, sorted. Few, since most quotes
/// that do not pair up are within a word.
#[rustfmt::skip] // One to a line otherwise.
static GLUED: [&str; 62] = [
    "and", "as", "asc", "between", "collate", "comment", "cross", "day", "default", "desc", "div",
    "else", "end", "escape", "except", "for", "from", "group", "having", "hour", "ilike", "in",
    "inner", "intersect", "into", "is", "join", "left", "like", "limit", "lock", "microsecond",
    "minute", "mod", "month", "natural", "not", "offset", "on", "or", "order", "quarter", "regexp",
    "replace", "returning", "right", "rlike", "second", "separator", "set", "similar", "sounds",
    "then", "union", "using", "values", "week", "when", "where", "with", "xor", "year",
];

/// Words that may stand behind a string, sorted.
#[rustfmt::skip] // One to a line otherwise.
static BEHIND: [&str; 284] = [
    "accessible", "account", "add", "after", "algorithm", "and", "as", "asc", "at", "attribute",
    "auto_increment", "autoextend_size", "avg_row_length", "before", "begin", "between", "by",
    "call", "cascade", "character", "charset", "check", "checksum", "cipher", "collate",
    "collation", "column_format", "columns", "comment", "compression", "connection", "constraint",
    "contains", "cross", "csv", "current", "cyclic", "data", "day", "day_hour", "day_microsecond",
    "day_minute", "day_second", "deallocate", "declare", "default", "default_auth",
    "delay_key_write", "delete", "delimiter", "desc", "deterministic", "directory", "disable",
    "discard", "distinct", "div", "do", "drop", "each", "else", "elseif", "empty", "enable",
    "enclosed", "encoding", "encrypted", "encryption", "end", "ends", "enforced", "engine",
    "engine_attribute", "error", "escape", "escaped", "event", "every", "except", "exists",
    "expire", "extent_size", "failed_login_attempts", "false", "fetch", "fields", "file_block_size",
    "first", "following", "for", "force", "format", "from", "full", "generated", "global", "grant",
    "group", "having", "header", "hour", "hour_microsecond", "hour_minute", "hour_second",
    "identified", "if", "ignore", "ilike", "immutable", "in", "index", "initial", "initial_size",
    "inner", "insert", "insert_method", "intersect", "interval", "into", "invisible", "invoker",
    "is", "isnull", "issuer", "iterate", "join", "json", "key", "key_block_size", "language",
    "last", "lateral", "leave", "left", "like", "limit", "lines", "local", "lock", "log", "logfile",
    "login", "loop", "master_password", "max_queries_per_hour", "max_rows", "max_size",
    "max_user_connections", "member", "microsecond", "min_rows", "minute", "minute_microsecond",
    "minute_second", "mod", "modifies", "modify", "month", "natural", "new", "no", "not",
    "notnull", "null", "nulls", "off", "offset", "on", "one", "online", "open", "optionally",
    "options", "or", "order", "outer", "over", "overlaps", "overriding", "owner", "pack_keys",
    "partial", "partition", "partitions", "password", "password_lock_time", "path", "plugin_dir",
    "preceding", "preserve", "primary", "procedure", "quarter", "read", "reads", "recursive",
    "references", "regexp", "rename", "repeat", "replace", "require", "respect", "restrict",
    "resume", "retain", "return", "returning", "returns", "revoke", "right", "rlike", "rollback",
    "row", "row_format", "rows", "second", "second_microsecond", "secondary_engine_attribute",
    "security", "select", "separator", "set", "share", "show", "signal", "similar", "sounds", "sql",
    "sql_after_gtids", "stable", "start", "starting", "starts", "stats_auto_recalc",
    "stats_persistent", "stats_sample_pages", "storage", "stored", "straight_join", "strict",
    "subject", "subpartition", "suspend", "table", "tables", "tablespace", "temporary",
    "terminated", "then", "time", "to", "trigger", "true", "truncate", "unbounded", "union",
    "unique", "unsigned", "until", "update", "use", "user", "using", "valid", "value", "values",
    "varying", "view", "virtual", "visible", "volatile", "wait", "week", "when", "where", "while",
    "window", "with", "without", "xor", "year", "year_month", "zone",
];

/// Words that may stand before a string, sorted.
#[rustfmt::skip] // One to a line otherwise.
static BEFORE: [&str; 223] = [
    "after", "against", "algorithm", "all", "analyze", "and", "any", "array", "as", "at",
    "attribute", "before", "begin", "beginning", "between", "binary", "binlog", "bit", "both", "by",
    "bytea", "call", "case", "channel", "char", "character", "charset", "cidr", "cipher", "circle",
    "cluster_name", "collate", "collation", "column", "columns", "comment", "commit", "component",
    "compression", "connection", "context", "current", "database", "datafile", "date", "datetime",
    "day", "default", "definer", "delimiter", "desc", "describe", "directory", "distinct",
    "distinctrow", "div", "do", "double", "dumpfile", "else", "elseif", "enclosed", "encoding",
    "encryption", "end", "ends", "engine", "engine_attribute", "error_log", "escape", "every",
    "except", "execute", "exists", "explain", "file", "for", "format", "from", "function",
    "geometry", "glob", "handler", "having", "help", "high_priority", "host", "hstore",
    "identified", "if", "ilike", "immediate", "in", "inet", "infile", "initial", "instance",
    "interval", "into", "is", "issuer", "join", "json", "jsonb", "key", "label", "language",
    "leading", "leave", "left", "like", "line", "location", "log", "logfile", "logs", "lseg",
    "macaddr", "match", "member", "mod", "names", "national", "nchar", "ndb", "negate", "no", "not",
    "notify", "null", "numeric", "of", "offset", "on", "option", "or", "order", "outfile", "over",
    "overlaps", "owner", "parser", "password", "path", "plugin", "point", "polygon", "prepare",
    "quote", "raise", "real", "regexp", "relay_log", "rename", "repeatable", "replace", "resume",
    "return", "returning", "returns", "rlike", "role", "rollback", "schema", "sconst",
    "secondary_engine_attribute", "select", "separator", "server", "set", "similar", "socket",
    "some", "soname", "sounds", "sql_big_result", "sql_buffer_result", "sql_cache",
    "sql_calc_found_rows", "sql_no_cache", "sql_small_result", "sqlstate", "start", "starting",
    "starts", "storage", "straight_join", "subject", "table", "tables", "tablespace", "template",
    "terminated", "text", "then", "time", "timestamp", "timestamptz", "timetz", "to", "trailing",
    "tsquery", "tsvector", "union", "unique", "until", "update", "user", "using", "uuid", "value",
    "values", "varbit", "version", "warning", "when", "where", "while", "with", "wrapper", "xml",
    "xor", "zone",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_searched_without_regard_to_case() {
        for list in [&GLUED[..], &BEHIND, &BEFORE] {
            assert!(list.is_sorted_by(|a, b| a < b));
            assert!(list.iter().all(|word| is_one_of(list, &word.to_uppercase())));
        }
        assert!(!is_one_of(&BEHIND, "secret") && !is_one_of(&BEHIND, ""));
    }
}
