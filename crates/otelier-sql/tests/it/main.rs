//! The tests of this crate from outside, in one binary.

mod aliases;
mod ctes;
mod limits;
mod mysql;
mod statements;
mod strings;
mod vectors;

use otelier_sql::{Analysis, Options, analyze};

fn mysql(sql: &str) -> Analysis {
    analyze(sql, Options::mysql())
}

#[track_caller]
fn check_text(sql: &str, text: &str) {
    assert_eq!(&**mysql(sql).text(), text, "sanitized from {sql:?}");
}

#[track_caller]
fn check_summary(sql: &str, summary: &str) {
    assert_eq!(mysql(sql).summary().map_or("", |s| s), summary, "summary of {sql:?}");
}

/// Both, of a text that has strings.
#[track_caller]
fn check(sql: &str, text: &str, summary: &str) {
    check_text(sql, text);
    check_summary(sql, summary);
}
