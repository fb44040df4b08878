//! Common table expressions: their names are no targets.

use otelier_sql::{Options, analyze};

use super::check_summary;

#[test]
fn names_of_ctes_are_no_targets() {
    check_summary(
        "WITH recent AS (SELECT id FROM invoices) SELECT id FROM recent",
        "SELECT invoices SELECT",
    );
    check_summary(
        "WITH a AS (SELECT 1 FROM t), `b` (x, y) AS (SELECT 2 FROM A JOIN u) SELECT x FROM b, v, a",
        "SELECT t SELECT u SELECT v",
    );
    check_summary(
        "WITH a AS NOT MATERIALIZED (SELECT 1 FROM t) UPDATE u JOIN a SET b = 1",
        "SELECT t UPDATE u",
    );
    check_summary(
        "WITH a AS (SELECT 1 FROM t) DELETE FROM u USING u JOIN a WHERE b IN (SELECT c FROM a)",
        "SELECT t DELETE u u SELECT",
    );
    // Another database's table of that name is one.
    check_summary("WITH a AS (SELECT 1) SELECT 2 FROM db.a", "SELECT SELECT db.a");
    check_summary("WITH a AS (VALUES (1)) TABLE a", "TABLE");
    check_summary(
        "WITH a AS (DELETE FROM t RETURNING b) INSERT INTO u SELECT b FROM a",
        "DELETE t INSERT u SELECT",
    );
}

#[test]
fn recursive_is_no_target() {
    check_summary(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "SELECT SELECT SELECT",
    );
    check_summary(
        "SELECT a FROM (WITH RECURSIVE n AS (SELECT 1 FROM t UNION SELECT 2 FROM n) SELECT 3 FROM \
         n) x",
        "SELECT SELECT t SELECT SELECT",
    );
    check_summary(
        "SELECT a FROM (WITH n AS (SELECT 1 FROM t) SELECT 2 FROM n) x",
        "SELECT SELECT t SELECT",
    );
}

#[test]
fn ctes_are_known_only_where_they_are_defined() {
    // Its own body reads the table of that name, unless it is recursive.
    check_summary(
        "WITH orders AS (SELECT 1 FROM orders WHERE open) SELECT 2 FROM orders",
        "SELECT orders SELECT",
    );
    check_summary(
        "SELECT 1 FROM (WITH a AS (SELECT 2 FROM t) SELECT 3 FROM a) x JOIN a",
        "SELECT SELECT t SELECT a",
    );
    check_summary(
        "WITH a AS (SELECT 1) SELECT 2 FROM a; SELECT 3 FROM a",
        "SELECT SELECT SELECT a",
    );
    check_summary(
        "WITH a AS (WITH b AS (SELECT 1) SELECT 2 FROM b) SELECT 3 FROM a, b",
        "SELECT SELECT SELECT b",
    );
}

#[test]
fn ctes_within_other_statements() {
    check_summary(
        "INSERT INTO t WITH a AS (SELECT 1 FROM u) SELECT 2 FROM a",
        "INSERT t SELECT u SELECT",
    );
    check_summary(
        "CREATE VIEW v AS WITH a AS (SELECT 1 FROM u) SELECT 2 FROM a",
        "CREATE VIEW v SELECT u SELECT",
    );
    check_summary("EXPLAIN WITH a AS (SELECT 1 FROM t) SELECT 2 FROM a", "EXPLAIN SELECT t SELECT");
    check_summary(
        "SELECT a FROM t GROUP BY b WITH ROLLUP HAVING c IN (SELECT d FROM rollup)",
        "SELECT t SELECT rollup",
    );
    let standard = |sql| analyze(sql, Options::standard()).summary().map(ToString::to_string);
    assert_eq!(
        standard("SELECT a FROM t WITH (NOLOCK) JOIN u ON b = c").as_deref(),
        Some("SELECT t u")
    );
    assert_eq!(
        standard("SELECT a FROM unnest(b) WITH ORDINALITY AS x (y) JOIN ordinality").as_deref(),
        Some("SELECT ordinality")
    );
    assert_eq!(
        standard("SELECT a FROM ONLY t; UPDATE ONLY u SET b = c").as_deref(),
        Some("SELECT t UPDATE u")
    );
}

#[test]
fn very_many_ctes_are_bounded() {
    let names: Vec<String> = (0..100).map(|i| format!("c{i} AS (SELECT 1)")).collect();
    let sql = format!("WITH {} SELECT 2 FROM c0, c31, t", names.join(", "));
    let operations = ["SELECT"; 36].join(" ");
    let summary = analyze(sql, Options::mysql()).summary().map(ToString::to_string).unwrap();
    assert!(summary.starts_with(&operations), "{summary}");
    assert!(!summary.contains("c0") && !summary.contains("c31"), "{summary}");
}
