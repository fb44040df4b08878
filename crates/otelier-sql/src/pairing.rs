//! Finds out that quotes do not pair up the way they are written, by the words next to strings.
//!
//! Whoever pastes `Rock ' and ' Roll` between quotes gets two strings and has between them what should be in one.
//! Often every quote ends all the same, and only that what is outside of them makes no sense tells that something
//! is wrong. A word counts only where another string follows, without which there is no value cut in two.

use crate::keyword::Keyword;
use crate::lexer::{Span, is_word, visited};

#[derive(Debug)]
pub(crate) struct Pairing<'a> {
    text: &'a str,
    /// Where the first string starts.
    first: Option<usize>,
    /// Whether the token before is a string, comments aside.
    behind_string: bool,
    /// Whether a word stood behind a string that has no business there.
    doubt: bool,
    /// Whether between `SELECT` and `FROM`, where a word behind a string may be its name.
    naming: bool,
    broken: bool,
}

impl<'a> Pairing<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, first: None, behind_string: false, doubt: false, naming: false, broken: false }
    }

    /// Takes a literal. `behind_word` is whether the token before is a word.
    pub(crate) fn literal(&mut self, literal: Span, behind_word: bool) {
        self.behind_string = self.ends_with_quote(literal);
        if !self.behind_string {
            return;
        }
        if self.first.is_none() {
            self.first = Some(literal.start);
        } else if self.doubt || (behind_word && !self.may_precede(literal)) {
            self.broken = true;
        }
    }

    /// Takes a word. `glued` is whether it stands right behind a literal.
    #[inline(always)]
    pub(crate) fn word(&mut self, word: Span, glued: bool, keyword: Keyword) {
        if self.behind_string {
            self.behind(word, glued);
        }
        match keyword {
            Keyword::Select => self.naming = !self.doubt,
            Keyword::From | Keyword::Union if self.naming => {
                (self.naming, self.doubt) = (false, false);
            }
            Keyword::Insert | Keyword::Set | Keyword::Values | Keyword::Where => {
                self.naming = false;
            }
            _ => {}
        }
    }

    /// Takes any other token but a comment.
    pub(crate) fn other(&mut self) {
        self.behind_string = false;
    }

    /// Whether nobody knows what is between quotes and what is not.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    pub(crate) fn first_string(&self) -> Option<usize> {
        self.first
    }

    #[cold]
    fn behind(&mut self, word: Span, glued: bool) {
        self.behind_string = false;
        let text = self.text.get(word.start..word.end).unwrap_or_default();
        if glued {
            self.broken |= !is_one_of(&GLUED, text);
        } else {
            self.doubt |= !is_one_of(&BEHIND, text);
        }
    }

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

    fn ends_with_quote(&self, literal: Span) -> bool {
        matches!(self.text.as_bytes().get(..literal.end).and_then(<[u8]>::last), Some(b'\'' | b'"'))
    }
}

fn is_one_of(sorted: &[&str], word: &str) -> bool {
    let lower = || word.bytes().map(|byte| byte.to_ascii_lowercase());
    sorted.binary_search_by(|known| known.bytes().cmp(lower())).is_ok()
}

/// Words that some write right behind a string, without a space, sorted. Few, since most quotes that do not pair up
/// are within a word.
static GLUED: [&str; 19] = [
    "and", "as", "collate", "end", "from", "group", "having", "in", "is", "limit", "on", "or",
    "order", "replace", "then", "union", "using", "where", "with",
];

/// Words that may stand behind a string, sorted.
#[rustfmt::skip] // One to a line otherwise.
static BEHIND: [&str; 283] = [
    "accessible", "account", "add", "after", "algorithm", "and", "as", "asc", "at", "attribute",
    "auto_increment", "autoextend_size", "avg_row_length", "before", "begin", "between", "by", "call",
    "cascade", "character", "charset", "check", "checksum", "cipher", "collate", "collation", "column_format",
    "columns", "comment", "compression", "connection", "constraint", "contains", "cross", "csv", "current",
    "cyclic", "data", "day", "day_hour", "day_microsecond", "day_minute", "day_second", "deallocate",
    "declare", "default", "default_auth", "delay_key_write", "delete", "delimiter", "desc", "deterministic",
    "directory", "disable", "discard", "distinct", "div", "do", "drop", "each", "else", "elseif", "empty",
    "enable", "enclosed", "encoding", "encrypted", "encryption", "end", "ends", "enforced", "engine",
    "engine_attribute", "error", "escape", "escaped", "event", "every", "except", "exists", "expire",
    "extent_size", "failed_login_attempts", "false", "fetch", "fields", "file_block_size", "first",
    "following", "for", "force", "format", "from", "full", "generated", "global", "grant", "group", "having",
    "header", "hour", "hour_microsecond", "hour_minute", "hour_second", "identified", "if", "ignore", "ilike",
    "immutable", "in", "index", "initial", "initial_size", "inner", "insert", "insert_method", "intersect",
    "interval", "into", "invisible", "invoker", "is", "isnull", "issuer", "iterate", "join", "json", "key",
    "key_block_size", "language", "last", "lateral", "leave", "left", "like", "limit", "lines", "local",
    "lock", "log", "logfile", "login", "loop", "master_password", "max_queries_per_hour", "max_rows",
    "max_size", "max_user_connections", "member", "microsecond", "min_rows", "minute", "minute_microsecond",
    "minute_second", "mod", "modifies", "modify", "month", "natural", "new", "no", "not", "notnull", "null",
    "nulls", "off", "offset", "on", "one", "online", "open", "optionally", "options", "or", "order", "outer",
    "over", "overlaps", "overriding", "owner", "pack_keys", "partial", "partition", "partitions", "password",
    "password_lock_time", "path", "plugin_dir", "preceding", "preserve", "primary", "procedure", "quarter",
    "read", "reads", "recursive", "references", "regexp", "rename", "repeat", "replace", "require", "respect",
    "restrict", "resume", "retain", "return", "returning", "returns", "revoke", "right", "rlike", "rollback",
    "row", "row_format", "rows", "second", "second_microsecond", "secondary_engine_attribute", "security",
    "select", "separator", "set", "share", "show", "signal", "similar", "sounds", "sql", "sql_after_gtids",
    "stable", "start", "starting", "starts", "stats_auto_recalc", "stats_persistent", "stats_sample_pages",
    "storage", "stored", "straight_join", "strict", "subject", "subpartition", "suspend", "table", "tables",
    "tablespace", "temporary", "terminated", "then", "time", "to", "trigger", "true", "truncate", "unbounded",
    "union", "unique", "unsigned", "until", "update", "use", "user", "using", "valid", "values", "varying",
    "view", "virtual", "visible", "volatile", "wait", "week", "when", "where", "while", "window", "with",
    "without", "xor", "year", "year_month", "zone",
];

/// Words that may stand before a string, sorted.
#[rustfmt::skip] // One to a line otherwise.
static BEFORE: [&str; 207] = [
    "after", "against", "algorithm", "all", "analyze", "and", "any", "array", "as", "at", "attribute",
    "before", "begin", "beginning", "binary", "binlog", "bit", "both", "by", "bytea", "call", "case",
    "channel", "char", "character", "charset", "cidr", "cipher", "circle", "cluster_name", "collate",
    "collation", "column", "columns", "comment", "commit", "component", "compression", "connection",
    "context", "current", "database", "datafile", "date", "datetime", "day", "default", "definer",
    "delimiter", "desc", "describe", "directory", "distinct", "distinctrow", "div", "do", "double", "else",
    "elseif", "enclosed", "encoding", "encryption", "end", "ends", "engine", "engine_attribute", "error_log",
    "escape", "every", "except", "execute", "exists", "explain", "file", "for", "format", "from", "function",
    "geometry", "handler", "having", "host", "hstore", "identified", "if", "ilike", "immediate", "in", "inet",
    "infile", "initial", "instance", "interval", "into", "is", "issuer", "join", "json", "jsonb", "label",
    "language", "leading", "leave", "left", "like", "line", "location", "log", "logfile", "logs", "lseg",
    "macaddr", "member", "mod", "names", "national", "nchar", "ndb", "negate", "no", "not", "notify", "null",
    "numeric", "of", "offset", "on", "option", "or", "order", "outfile", "over", "overlaps", "owner",
    "parser", "password", "path", "plugin", "point", "polygon", "prepare", "quote", "raise", "real", "regexp",
    "relay_log", "rename", "repeatable", "replace", "resume", "return", "returning", "returns", "rlike",
    "role", "rollback", "schema", "sconst", "secondary_engine_attribute", "select", "separator", "server",
    "set", "similar", "socket", "soname", "sounds", "sqlstate", "start", "starting", "starts", "storage",
    "subject", "table", "tables", "tablespace", "template", "terminated", "text", "then", "time", "timestamp",
    "timestamptz", "timetz", "to", "trailing", "tsquery", "tsvector", "union", "until", "update", "user",
    "using", "uuid", "value", "values", "varbit", "version", "warning", "when", "where", "while", "with",
    "wrapper", "xml", "xor", "zone",
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
