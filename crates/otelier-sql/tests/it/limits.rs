//! The bound on the text's length.

use otelier_sql::{Options, analyze};

fn cut(sql: &str, chars: usize) -> String {
    let found = analyze(sql, Options::mysql().with_max_chars(chars));
    let whole = analyze(sql, Options::mysql());
    // Nothing but the text differs.
    assert_eq!(found.summary(), whole.summary());
    assert_eq!(found.has_literals(), whole.has_literals());
    assert_eq!(found.text().chars().count().min(chars), found.text().chars().count());
    assert!(whole.text().starts_with(&**found.text()), "{found:?}");
    found.text().to_string()
}

#[test]
fn texts_are_cut_at_characters() {
    assert_eq!(cut("SELECT a FROM t", 15), "SELECT a FROM t");
    assert_eq!(cut("SELECT a FROM t", 14), "SELECT a FROM ");
    assert_eq!(cut("SELECT 'xyz' FROM t", 9), "SELECT ? ");
    assert_eq!(cut("SELECT é, 'x', é FROM t", 14), "SELECT é, ?, é");
    assert_eq!(cut("SELECT 1", 0), "");
    assert_eq!(cut("", 0), "");
}

#[test]
fn lists_that_become_short_are_shown_whole() {
    let list = vec!["'value'"; 1_000].join(", ");
    let sql = format!("SELECT a FROM t WHERE b IN ({list}) AND c IN (1, 2) AND d = 'e'");
    assert_eq!(cut(&sql, 100), "SELECT a FROM t WHERE b IN (?) AND c IN (?) AND d = ?");
}

#[test]
fn every_length_is_a_prefix() {
    let texts = [
        "SELECT é, `日本語` FROM t /* c */ WHERE a IN ('x', 2, ?) AND b IN (1, c) -- d\nOR e = 'f'",
        "INSERT INTO t VALUES ('a', -1, X'00'), ('it''s', NULL, TRUE) -- 'é",
        "SELECT 1--/* x */ 2",
    ];
    for text in texts {
        for chars in 0..=text.chars().count() {
            cut(text, chars);
        }
    }
}

#[test]
fn bulk_inserts_are_read_to_their_end() {
    let row = "(8812, 'paid', 129.90, 'leave at the door', '2024-05-04 11:12:13', NULL)";
    let sql = format!("INSERT INTO orders VALUES {}; DELETE FROM u", vec![row; 60_000].join(", "));
    let text = cut(&sql, 2048);
    assert_eq!(text.chars().count(), 2048);
    assert!(text.starts_with("INSERT INTO orders VALUES (?, ?, ?, ?, ?, NULL), (?,"), "{text}");
    let found = analyze(&sql, Options::mysql().with_max_chars(2048));
    assert_eq!(found.summary().map(|s| &**s), Some("INSERT orders DELETE u"));
}
