//! Statements whose first word is not the one that matters.

use otelier_sql::UsedDatabase;

use super::{check, check_summary, check_text, mysql};

#[test]
fn set_statement_is_about_the_statement_behind_it() {
    check(
        "SET STATEMENT max_statement_time=10 FOR DELETE FROM t WHERE a = 'b'",
        "SET STATEMENT max_statement_time=? FOR DELETE FROM t WHERE a = ?",
        "SET STATEMENT DELETE t",
    );
    check_summary(
        "SET STATEMENT a=1, b=(SELECT 2 FROM u) FOR SELECT c FROM t",
        "SET STATEMENT SELECT u SELECT t",
    );
    check_summary("SET STATEMENT a=1 FOR TRUNCATE TABLE t", "SET STATEMENT TRUNCATE TABLE t");
    check_text("SET STATEMENT a=1 FOR SET PASSWORD = pw", "SET STATEMENT a=? FOR SET PASSWORD = ?");
}

#[test]
fn explained_and_described_tables() {
    for lead in ["EXPLAIN", "DESCRIBE", "DESC"] {
        let check = |rest: &str, summary: &str| {
            check_summary(&format!("{lead} {rest}"), format!("{lead} {summary}").trim_end());
        };
        check("t", "t");
        check("shop.`t`", "shop.`t`");
        check("t 'a%'", "t");
        check("t a", "t");
        check("TABLE b", "TABLE b");
        check("SELECT a FROM t", "SELECT t");
        check("FORMAT=JSON SELECT a FROM t", "SELECT t");
        check("FORMAT = TREE UPDATE t SET a = 1", "UPDATE t");
        check("ANALYZE FORMAT=TREE SELECT a FROM t", "SELECT t");
        check("ANALYZE DELETE FROM t", "DELETE t");
        check("EXTENDED SELECT a FROM t", "SELECT t");
        check("PARTITIONS SELECT a FROM t", "SELECT t");
        check("FORMAT=JSON INTO @plan SELECT a FROM t", "SELECT t");
        check("FOR CONNECTION 5", "");
        check("FORMAT=JSON FOR CONNECTION 5", "");
        check("(FORMAT JSON) SELECT a FROM t", "SELECT t");
    }
    check_summary("EXPLAIN t; SELECT a FROM u", "EXPLAIN t SELECT u");
    check_summary("ANALYZE SELECT a FROM t", "ANALYZE SELECT t");
    check_summary("ANALYZE FORMAT=JSON UPDATE t SET a = 1", "ANALYZE UPDATE t");
    check_summary("ANALYZE TABLE t UPDATE HISTOGRAM ON a", "ANALYZE TABLE t");
    check_summary("ANALYZE LOCAL TABLE t, u", "ANALYZE TABLE t u");
}

#[test]
fn table_is_a_query() {
    check_summary("TABLE b", "TABLE b");
    check_summary("TABLE b ORDER BY c LIMIT 1", "TABLE b");
    check_summary("(TABLE b)", "TABLE b");
    check_summary("SELECT a FROM t UNION ALL TABLE b", "SELECT t TABLE b");
    check_summary("TABLE a EXCEPT TABLE b INTERSECT TABLE c", "TABLE a TABLE b TABLE c");
    check_summary("SELECT a FROM (TABLE b) x JOIN c", "SELECT TABLE b c");
    check_summary("SELECT a FROM t WHERE c IN (TABLE b)", "SELECT t TABLE b");
    check_summary("INSERT INTO t TABLE b", "INSERT t TABLE b");
    check_summary("INSERT INTO t (a, b) TABLE b", "INSERT t TABLE b");
    check_summary("CREATE TABLE t AS TABLE b", "CREATE TABLE t TABLE b");
    check_summary("REPLACE INTO TABLE t VALUES (1)", "REPLACE t");
    check_summary("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u", "ALTER TABLE t");
}

#[test]
fn outer_join_escapes_have_targets() {
    check_summary(
        "SELECT a FROM {OJ t LEFT OUTER JOIN u ON t.b = u.b} WHERE c = {d '2025-01-01'}",
        "SELECT t u",
    );
    check_summary("SELECT a FROM v, { oj `t` LEFT JOIN (u JOIN w) ON b }, x", "SELECT v `t` u w x");
}

fn used(sql: &str) -> Vec<(String, usize)> {
    let pair = |used: &UsedDatabase| (used.name().to_string(), used.statement());
    mysql(sql).used_databases().iter().map(pair).collect()
}

#[test]
fn used_databases_are_named_without_quotes() {
    let shop = |statement| vec![("shop".to_owned(), statement)];
    assert_eq!(used("USE shop"), shop(0));
    assert_eq!(used(" use /* x */ `shop` ; "), shop(0));
    assert_eq!(used("SELECT 1; USE shop; SELECT 2"), shop(1));
    assert_eq!(used("USE `a``b`"), [("a`b".to_owned(), 0)]);
    assert_eq!(used("USE a; SELECT ';' FROM t; USE b"), [("a".to_owned(), 0), ("b".to_owned(), 2)]);
    for none in ["USE", "USE 'a'", "USE ?", "SELECT a FROM t USE INDEX (i)", "USE a.b", "x"] {
        assert_eq!(used(none), [], "{none}");
    }
    let many: String = (0..100).map(|i| format!("USE d{i};")).collect();
    assert_eq!(used(&many).len(), 8);
    assert_eq!(used(&many).last(), Some(&("d99".to_owned(), 99)));
}

#[test]
fn texts_that_the_server_may_keep() {
    for kept in [
        "CREATE PROCEDURE p() SELECT 1",
        "CREATE OR REPLACE FUNCTION f() RETURNS INT RETURN 1",
        "CREATE DEFINER = u TRIGGER t BEFORE INSERT ON u FOR EACH ROW SET NEW.a = 1",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE t (a INT)",
        "ALTER VIEW v AS SELECT 1",
        "ALTER EVENT e DO SELECT 1",
        "PREPARE s FROM @text",
        "EXECUTE IMMEDIATE 'CREATE PROCEDURE p() SELECT 1'",
        "SELECT 1; CREATE VIEW v AS SELECT 1",
        "SET STATEMENT a=1 FOR CREATE VIEW v AS SELECT 1",
        "BEGIN NOT ATOMIC CREATE VIEW v AS SELECT 1; END",
        "SELECT 'O'Brien'; CREATE VIEW v AS SELECT 1",
        "SELECT 1; /* x",
        "BINLOG 'x'",
        "whatever",
        "",
    ] {
        assert!(mysql(kept).may_be_kept(), "{kept}");
    }
    for forgotten in [
        "SELECT 1",
        "(SELECT 1) UNION (SELECT 2)",
        "WITH a AS (SELECT 1) SELECT 2 FROM a",
        "INSERT INTO t VALUES (1); UPDATE t SET a = 1; DELETE FROM t; REPLACE INTO t VALUES (1);",
        "CALL p()",
        "SET STATEMENT a=1 FOR SELECT 1",
        "SHOW CREATE TABLE t",
        "EXPLAIN SELECT 1",
        "TABLE t",
        "START TRANSACTION",
        "COMMIT",
    ] {
        assert!(!mysql(forgotten).may_be_kept(), "{forgotten}");
    }
}

#[test]
fn texts_of_several_statements() {
    for several in
        ["SELECT 1; SELECT 2", "DO 1; DO 2;", "SELECT 1;;", "SELECT 'O'Brien'", "DO 1 /*"]
    {
        assert!(mysql(several).may_be_several(), "{several}");
    }
    for one in ["SELECT 1", "SELECT ';' ; ", "SELECT `;`", "DO 1; -- x", "", ";", "DO 1; /* x */"] {
        assert!(!mysql(one).may_be_several(), "{one}");
    }
    let long = format!("INSERT INTO t VALUES {}; SELECT 1", vec!["(1)"; 10_000].join(", "));
    let options = otelier_sql::Options::mysql().with_max_chars(100);
    assert!(otelier_sql::analyze(&long, options).may_be_several());
}
