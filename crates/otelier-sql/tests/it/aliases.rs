//! Strings beside words that are no keywords: what is hidden, and that the targets are found.

use super::{check, check_summary, check_text};

#[test]
fn second_string_after_between_is_read() {
    check(
        "SELECT id FROM shows WHERE state = 'open' AND starts BETWEEN '2025-01-01' AND \
         '2025-02-01'",
        "SELECT id FROM shows WHERE state = ? AND starts BETWEEN ? AND ?",
        "SELECT shows",
    );
    check_text(
        "DELETE FROM t WHERE a = 'b' AND c NOT BETWEEN 'd' AND 'e' OR f='g'",
        "DELETE FROM t WHERE a = ? AND c NOT BETWEEN ? AND ? OR f=?",
    );
}

#[test]
fn aliases_without_as_end_at_a_comma() {
    check(
        "SELECT 'net' label, 'eur' unit, SUM(v) FROM sales",
        "SELECT ? label, ? unit, SUM(v) FROM sales",
        "SELECT sales",
    );
    check(
        "SELECT DISTINCT 'a' x, b, 'c' `y`, 'd' z FROM t JOIN u ON t.a = 'e' WHERE f = 'g'",
        "SELECT DISTINCT ? x, b, ? `y`, ? z FROM t JOIN u ON t.a = ? WHERE f = ?",
        "SELECT t u",
    );
    check(
        "INSERT INTO t SELECT 'a' x, 'b' y FROM u",
        "INSERT INTO t SELECT ? x, ? y FROM u",
        "INSERT t SELECT u",
    );
    check(
        "SELECT a FROM (SELECT 'x' k UNION ALL SELECT 'y' k) z WHERE a = 'b'",
        "SELECT a FROM (SELECT ? k UNION ALL SELECT ? k) z WHERE a = ?",
        "SELECT SELECT SELECT",
    );
    check(
        "SELECT (SELECT 'a' x), 'b' FROM t; SELECT 'c' y; SELECT 'd' FROM u",
        "SELECT (SELECT ? x), ? FROM t; SELECT ? y; SELECT ? FROM u",
        "SELECT SELECT t SELECT SELECT u",
    );
    check_text(
        "INSERT INTO t VALUES ('a') RETURNING 'b' x, 'c' y, d",
        "INSERT INTO t VALUES (?) RETURNING ? x, ? y, d",
    );
    for end in ["WHERE", "GROUP BY", "ORDER BY", "HAVING", "LIMIT", "EXCEPT SELECT"] {
        check_text(
            &format!("SELECT 'a' x, 'b' y {end} c = 'd'"),
            &format!("SELECT ? x, ? y {end} c = ?"),
        );
    }
}

#[test]
fn words_glued_to_strings_are_read() {
    check(
        "SELECT a FROM t WHERE b LIKE 'x|%'ESCAPE'|'AND c='d'",
        "SELECT a FROM t WHERE b LIKE ?ESCAPE?AND c=?",
        "SELECT t",
    );
    check_text(
        "SELECT CASE a WHEN'b'THEN'c'ELSE'd'END FROM t WHERE e BETWEEN'f'AND'g'XOR'h'LIKE'i'",
        "SELECT CASE a WHEN?THEN?ELSE?END FROM t WHERE e BETWEEN?AND?XOR?LIKE?",
    );
}

#[test]
fn values_cut_in_two_stay_hidden_beside_aliases() {
    check_text("SELECT 'x ' secret, ' y', z FROM t", "SELECT ?");
    check_text("SELECT 'x' secret words, 'y' FROM t", "SELECT ?");
    check_text("SELECT 'x' secret 'y', z FROM t", "SELECT ?");
    check_text("SELECT a FROM t WHERE b IN ('x' secret, 'y')", "SELECT a FROM t WHERE b IN (?");
    check_text("INSERT INTO t VALUES ('x' secret, 'y')", "INSERT INTO t VALUES (?");
    check_text("UPDATE t SET a = 'x' secret, b = 'y'", "UPDATE t SET a = ?");
    check_text("CALL p('x' secret, 'y')", "CALL p(?");
}

/// Where the text is hidden, targets are still found outside of what may be cut out of a value.
#[test]
fn hidden_texts_keep_their_targets() {
    check(
        "SELECT 'Name: ' label, name, 'Total: ' label, total FROM sales JOIN shops",
        "SELECT ?",
        "SELECT sales shops",
    );
    check(
        "SELECT name 'Name', total 'Total' FROM sales WHERE shop = 'x'",
        "SELECT name ?",
        "SELECT sales",
    );
    check(
        "SELECT a FROM t WHERE b = 'c' GLOBS 'd' AND e IN (SELECT f FROM u)",
        "SELECT a FROM t WHERE b = ?",
        "SELECT t SELECT u",
    );
    check(
        "INSERT INTO t VALUES ('Rock ' from secret ' Roll', 1); DELETE FROM u",
        "INSERT INTO t VALUES (?",
        "INSERT t DELETE u",
    );
    // What is between such strings is never shown, not even as a target.
    check_summary("SELECT 'x ' secret words from me ' y'", "SELECT");
    check_summary("UPDATE t SET a = 'x ' join secret ' y' WHERE b = 'c'", "UPDATE t");
    // A quote within a word leaves nothing that is known.
    check_summary("SELECT a FROM t WHERE b = 'O'Brien' JOIN secret ON c = 'D'Arcy'", "SELECT t");
    check_summary("SELECT a FROM t WHERE b = 'the boys' choir', ' JOIN secret'", "SELECT t");
    let many =
        format!("SELECT a FROM t WHERE {} b IN (SELECT c FROM u)", "'x' y 'z' OR ".repeat(9));
    check_summary(&many, "SELECT t");
}

#[test]
fn ambiguous_backslashes_keep_targets_of_both_readings() {
    check(
        r"SELECT 'a\' %', ' \' %', b FROM t WHERE c IN (SELECT d FROM u)",
        "SELECT ?",
        "SELECT t SELECT u",
    );
    check(r"SELECT 'a\', b FROM secret, 'c", "SELECT ?", "SELECT");
}
