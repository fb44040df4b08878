//! MySQL's dialect: what the sanitized text and the summary of each kind of statement are.

use otelier_sql::{Backslash, Options, analyze};

use super::{check_summary, check_text, mysql};

#[test]
fn every_notation_of_a_string_is_a_literal() {
    check_text(r#"SELECT 'a', "b", 'it''s', "say ""x""", 'a' 'b'"#, "SELECT ?, ?, ?, ?, ? ?");
    check_text(r"SELECT 'it\'s', 'c:\\', 'a\nb', 1", "SELECT ?, ?, ?, ?");
    check_text(
        "SELECT N'a', n'b', _utf8'c', _utf8mb4 'd', _latin1\"e\", _binary 'f'",
        "SELECT ?, ?, ?, _utf8mb4 ?, ?, _binary ?",
    );
    check_text("SELECT x'4D79', X'4d', 0x4D79, b'0101', B'1', 0b01", "SELECT ?, ?, ?, ?, ?, ?");
    check_text(
        "SELECT DATE '2024-01-01', TIMESTAMP'2024-01-01 00:00:00', {d '2024-01-01'}",
        "SELECT DATE ?, TIMESTAMP?, {d ?}",
    );
    check_text(
        "SELECT INTERVAL 1 DAY, INTERVAL '1:1' MINUTE_SECOND",
        "SELECT INTERVAL ? DAY, INTERVAL ? MINUTE_SECOND",
    );
    check_text("AS $$ let a = 'x' $$, $tag$ it's $$ $tag$, 1", "AS ?, ?, ?");
    check_text(
        "SELECT @'a', @\"b\", @`c`, @a:='d', 'e\0f', g\0h",
        "SELECT @?, @?, @`c`, @a:=?, ?, g\0h",
    );
    check_text("DROP USER a@b, c@'d', 'e'@f, g@192.168.0.1", "DROP USER a@b, c@?, ?@f, g@?");
    check_text(
        "ENGINE=FEDERATED CONNECTION='mysql://u:pw@h:3306/d/t'",
        "ENGINE=FEDERATED CONNECTION=?",
    );
}

#[test]
fn numbers_take_their_sign_but_operators_stay() {
    check_text("SELECT 1, -1, +1, 1.5e-3, 1e+5, .5, -.5, 1.", "SELECT ?, ?, ?, ?, ?, ?, ?, ?");
    check_text("SELECT a-1, a - 1, f()-1, `a`-1, ?-1", "SELECT a-?, a - ?, f()-?, `a`-?, ?-?");
    check_text("SELECT 5--3, 5 -- 3\n, 6", "SELECT ?-?, ? \n, ?");
    check_text("SELECT t1.c2, c3 FROM t4 LIMIT 5,6", "SELECT t1.c2, c3 FROM t4 LIMIT ?,?");
    check_text("SELECT 0xdeadbeef, 1.2.3.4, 9f8e7d", "SELECT ?, ?, ?");
}

#[test]
fn null_stays_and_truth_goes() {
    check_text(
        "SELECT NULL, TRUE, false, t.true, @true, :true",
        "SELECT NULL, ?, ?, t.true, @true, :true",
    );
    check_text(
        "WHERE a IS NULL AND b IS TRUE AND c IS NOT FALSE AND d = TRUE",
        "WHERE a IS NULL AND b IS TRUE AND c IS NOT FALSE AND d = ?",
    );
}

#[test]
fn comments_go_and_keep_words_apart() {
    check_text("SELECT a -- x 'y\nFROM t # z \"\n", "SELECT a \nFROM t \n");
    check_text("SELECT/* x */a/**/FROM/* y */ t /* it's */", "SELECT a FROM t ");
    check_text("/* app:shop */ SELECT 1", " SELECT ?");
    check_text("SELECT a /*+ SET_VAR(x='secret') */ FROM t", "SELECT a  FROM t");
    check_text("SELECT 1 --\n, 2 --", "SELECT ? \n, ? ");
}

#[test]
fn version_comments_are_code() {
    check_text("/*!40101 SET NAMES 'utf8' */", "/*!40101 SET NAMES ? */");
    check_text(
        "SELECT /*!80012 a, 'x' */ b /*M!100100 , 5 */",
        "SELECT /*!80012 a, ? */ b /*M!100100 , ? */",
    );
    check_text("SELECT /*! 1*/-1 /*!1234567 */", "SELECT /*! ?*/? /*!? */");
    check_summary("SELECT a FROM t /*!50000 FORCE INDEX (i) */ JOIN u", "SELECT t u");
    // A server older than that reads on behind the first `*/`.
    check_text("/*!99999 'a*/, 'b', c", "/*!99999 ?");
    check_text("/*!99999 -- */ 'a\nsecret'", "/*!99999 ?");
}

#[test]
fn lists_of_values_are_one() {
    check_text(
        "WHERE a IN (1, 'b', -3) AND b IN(?,?, ?) AND c in ( 1 )",
        "WHERE a IN (?) AND b IN(?) AND c in (?)",
    );
    check_text(
        "WHERE a IN (1, b, 2) AND c IN (SELECT 1) AND d IN ()",
        "WHERE a IN (?, b, ?) AND c IN (SELECT ?) AND d IN ()",
    );
    check_text(
        "WHERE a IN (1, NULL) AND (b, c) IN ((1, 2), (3, 4))",
        "WHERE a IN (?, NULL) AND (b, c) IN ((?, ?), (?, ?))",
    );
    check_text("VALUES (1, 'a'), (2, 'b')", "VALUES (?, ?), (?, ?)");
    check_text("WHERE a IN (1 /* x */, 2)", "WHERE a IN (?)");
}

#[test]
fn what_does_not_end_is_a_literal() {
    check_text("SELECT a, 'secret FROM t", "SELECT a, ?");
    check_text("SELECT a, \"secret FROM t", "SELECT a, ?");
    check_text("SELECT a, `secret FROM t", "SELECT a, ?");
    check_text("SELECT a /* secret FROM t", "SELECT a ?");
    check_text(r"SELECT 'secret\", "SELECT ?");
    check_summary("SELECT a FROM t WHERE b = 'secret JOIN u", "SELECT t");
    check_summary("SELECT a FROM `secret", "SELECT");
}

#[test]
fn quotes_are_read_as_the_mode_says() {
    let ansi = Options::mysql().with_ansi_quotes(true);
    let found = analyze(r#"SELECT "a" FROM "song list" WHERE b = 'x'"#, ansi);
    assert_eq!(&**found.text(), r#"SELECT "a" FROM "song list" WHERE b = ?"#);
    assert_eq!(&**found.summary().unwrap(), r#"SELECT "song list""#);
    let check = |backslash, sql, text| {
        assert_eq!(
            &**analyze(sql, Options::mysql().with_backslash(backslash)).text(),
            text,
            "{sql:?} {backslash:?}"
        );
    };
    check(Backslash::Escapes, r"SELECT 'a\', b, 'c' d", "SELECT ?");
    check(Backslash::Plain, r"SELECT 'a\', b, 'c'", "SELECT ?, b, ?");
    // Only one of the readings makes sense.
    check(Backslash::Unknown, r"SELECT 'a\', b, 'c'", "SELECT ?, b, ?");
    check(Backslash::Unknown, r"SELECT 'it\'s', b, 'c'", "SELECT ?, b, ?");
    check(
        Backslash::Unknown,
        r"INSERT INTO t VALUES ('it\'s', 'he\'s', 5)",
        "INSERT INTO t VALUES (?, ?, ?)",
    );
    check(
        Backslash::Unknown,
        r"INSERT INTO t VALUES ('c:\', 'secret', 'd:\')",
        "INSERT INTO t VALUES (?, ?, ?)",
    );
    // Both do, or none.
    check(Backslash::Unknown, r"SELECT 'a\' %', ' \' %', b", "SELECT ?");
    check(Backslash::Unknown, r"SELECT 'a\', b, 'c", "SELECT ?");
}

#[test]
fn passwords_need_no_quotes_to_be_hidden() {
    check_text("CREATE USER bob IDENTIFIED BY 'pw'", "CREATE USER bob IDENTIFIED BY ?");
    check_text("CREATE USER bob IDENTIFIED BY hunter2", "CREATE USER bob IDENTIFIED BY ?");
    check_text(
        "ALTER USER 'a'@'%' IDENTIFIED WITH sha256_password BY pw REPLACE 'old'",
        "ALTER USER ?@? IDENTIFIED WITH sha256_password BY ? REPLACE ?",
    );
    check_text(
        "CREATE USER a IDENTIFIED VIA ed25519 USING PASSWORD(pw)",
        "CREATE USER a IDENTIFIED VIA ed25519 USING PASSWORD(?)",
    );
    check_text(
        "CREATE USER a IDENTIFIED BY RANDOM PASSWORD REQUIRE SSL",
        "CREATE USER a IDENTIFIED BY RANDOM PASSWORD REQUIRE SSL",
    );
    check_text(
        "GRANT ALL ON shop.* TO a IDENTIFIED BY PASSWORD '*94BD', b IDENTIFIED BY pw",
        "GRANT ALL ON shop.* TO a IDENTIFIED BY PASSWORD ?, b IDENTIFIED BY ?",
    );
    check_text(
        "CREATE USER a IDENTIFIED VIA ed25519 USING hash OR mysql_native_password AS hash2, b",
        "CREATE USER a IDENTIFIED VIA ed25519 USING ? OR mysql_native_password AS ?, b",
    );
    check_text(
        "ALTER USER USER() IDENTIFIED BY pw RETAIN CURRENT PASSWORD DISCARD OLD PASSWORD",
        "ALTER USER USER() IDENTIFIED BY ? RETAIN CURRENT PASSWORD DISCARD OLD PASSWORD",
    );
    check_text(
        "CREATE USER a /*!50701 IDENTIFIED */ BY pw",
        "CREATE USER a /*!50701 IDENTIFIED */ BY ?",
    );
    check_text("CREATE USER a IDENTIFIED /* x */ BY /* y */ pw", "CREATE USER a IDENTIFIED  BY  ?");
    check_text("SET PASSWORD FOR a@b = PASSWORD('pw')", "SET PASSWORD FOR a@b = PASSWORD(?)");
    check_text("SET PASSWORD = pw", "SET PASSWORD = ?");
    check_text("SET PASSWORD TO RANDOM", "SET PASSWORD TO RANDOM");
    check_text(
        "CHANGE MASTER TO MASTER_USER='u', MASTER_PASSWORD=pw, MASTER_PORT=3306",
        "CHANGE MASTER TO MASTER_USER=?, MASTER_PASSWORD=?, MASTER_PORT=?",
    );
    check_text("START REPLICA USER='u' PASSWORD=`pw`", "START REPLICA USER=? PASSWORD=?");
    check_text(
        "START SLAVE USER=u PASSWORD=pw, PLUGIN_DIR=d",
        "START SLAVE USER=? PASSWORD=?, PLUGIN_DIR=d",
    );
    check_text(
        "CHANGE MASTER TO MASTER_PASSWORD=pw, MASTER_USER=u-1, MASTER_HOST=h; CREATE TABLE user \
         (user INT)",
        "CHANGE MASTER TO MASTER_PASSWORD=?, MASTER_USER=???, MASTER_HOST=h; CREATE TABLE user \
         (user INT)",
    );
    check_text(
        "CHANGE REPLICATION SOURCE TO SOURCE_USER = u, SOURCE_PASSWORD = pw",
        "CHANGE REPLICATION SOURCE TO SOURCE_USER = ?, SOURCE_PASSWORD = ?",
    );
    check_text(
        "ALTER SERVER s OPTIONS (PASSWORD pw, USER bob)",
        "ALTER SERVER s OPTIONS (PASSWORD ?, USER ?)",
    );
    check_text(
        "ALTER USER bob IDENTIFIED BY new REPLACE old",
        "ALTER USER bob IDENTIFIED BY ? REPLACE ?",
    );
    check_text(
        "SET PASSWORD = new REPLACE old RETAIN CURRENT PASSWORD",
        "SET PASSWORD = ? REPLACE ? RETAIN CURRENT PASSWORD",
    );
    check_text(
        "CREATE OR REPLACE USER bob IDENTIFIED BY pw REQUIRE SSL",
        "CREATE OR REPLACE USER bob IDENTIFIED BY ? REQUIRE SSL",
    );
    check_text(
        "CREATE SERVER s OPTIONS (USER bob, PASSWORD pw, HOST h)",
        "CREATE SERVER s OPTIONS (USER ?, PASSWORD ?, HOST h)",
    );
    check_text(
        "CLONE INSTANCE FROM a@b:3306 IDENTIFIED BY pw",
        "CLONE INSTANCE FROM a@b:? IDENTIFIED BY ?",
    );
    check_text("EXPLAIN CREATE USER a IDENTIFIED BY pw", "EXPLAIN CREATE USER a IDENTIFIED BY ?");
    let ansi =
        analyze(r#"CREATE USER "bob" IDENTIFIED BY "pw""#, Options::mysql().with_ansi_quotes(true));
    assert_eq!(&**ansi.text(), r#"CREATE USER "bob" IDENTIFIED BY ?"#);
    // In other statements these are columns.
    check_text(
        "SELECT identified AS x FROM t WHERE password = hash ORDER BY name",
        "SELECT identified AS x FROM t WHERE password = hash ORDER BY name",
    );
}

#[test]
fn unquoted_password_ends_at_a_space() {
    check_text(
        "CREATE USER a IDENTIFIED BY p-w.x@y!z%<>, b",
        "CREATE USER a IDENTIFIED BY ????????????, b",
    );
    check_text(
        "CREATE USER a IDENTIFIED BY !pw REQUIRE SSL",
        "CREATE USER a IDENTIFIED BY ?? REQUIRE SSL",
    );
    check_text("CREATE USER a IDENTIFIED BY @pw", "CREATE USER a IDENTIFIED BY ??");
    check_text("SET PASSWORD = PASSWORD(p!w)", "SET PASSWORD = PASSWORD(???)");
    check_text("SET PASSWORD = 'p'w", "SET PASSWORD = ?");
    check_text("/*!50000 SET PASSWORD = pw*/", "/*!50000 SET PASSWORD = ?*/");
    check_text("SET PASSWORD = :new", "SET PASSWORD = :new");
}

/// A program that pastes a value between quotes gets this as soon as the value has a quote in it.
#[test]
fn unpaired_quotes_hide_the_text_between() {
    check_text("SELECT a FROM t WHERE b = 'O'Brien' AND c = 1", "SELECT a FROM t WHERE b = ?");
    check_text("SELECT a FROM t WHERE b = 'O' Brien' AND c = 1", "SELECT a FROM t WHERE b = ?");
    check_text(
        "SELECT a FROM t WHERE b = 'O'Brien' AND c = 'D'Arcy'",
        "SELECT a FROM t WHERE b = ?",
    );
    check_text(
        "INSERT INTO t VALUES (1, 'the \"best\"', 'the 'best' song')",
        "INSERT INTO t VALUES (?, ?",
    );
    check_text("INSERT INTO t VALUES (\"the \"best\" song\")", "INSERT INTO t VALUES (?");
    check_summary("SELECT a FROM t WHERE b = 'O'Brien JOIN secret'", "SELECT t");
    // What follows a string without a space, as it may.
    check_text(
        "SELECT 'a'AS b,'c'FROM t WHERE d='e'AND f='g'or h",
        "SELECT ?AS b,?FROM t WHERE d=?AND f=?or h",
    );
    check_text("SELECT 'a'COLLATE utf8_bin IN('b')", "SELECT ?COLLATE utf8_bin IN(?)");
}

/// The same with a space in between: what is outside the quotes makes no sense there.
#[test]
fn mispaired_quotes_hide_the_text_between() {
    check_text(
        "SELECT a FROM t WHERE b = 'a' secret ' b' AND c = 1",
        "SELECT a FROM t WHERE b = ?",
    );
    check_text("INSERT INTO t VALUES (1, 'a ' secret, ' b')", "INSERT INTO t VALUES (?, ?");
    check_text("INSERT INTO t VALUES (1, 'a ' and secret ' b', 2)", "INSERT INTO t VALUES (?, ?");
    check_text("INSERT INTO t VALUES ('a ' /* x */ secret ' b')", "INSERT INTO t VALUES (?");
    check_text("UPDATE t SET a = 'Rock ' secret ' Roll', b = 'x'", "UPDATE t SET a = ?");
    check_text("UPDATE t SET a = \"the \" secret \" day\"", "UPDATE t SET a = ?");
    check_text("INSERT INTO t SELECT 'x ' secret, ' y' FROM dual", "INSERT INTO t SELECT ?");
    check_text("SELECT 'x ' secret words from me ' y'", "SELECT ?");
    check_text("SELECT a FROM t WHERE b = 'x' AND c = secret ' y'", "SELECT a FROM t WHERE b = ?");
    check_summary("SELECT a FROM t WHERE b = 'a' secret ' JOIN hidden'", "SELECT t");
    // One string is never two halves of a value.
    check_text("SELECT 'a' label FROM t", "SELECT ? label FROM t");
    check_text(
        "SELECT 'a' kind, b FROM t WHERE c = 'x' UNION ALL SELECT 'b' kind, c FROM u WHERE d = 'y'",
        "SELECT ? kind, b FROM t WHERE c = ? UNION ALL SELECT ? kind, c FROM u WHERE d = ?",
    );
}

#[test]
fn reads_and_writes() {
    check_summary("SELECT 1", "SELECT");
    check_summary(
        "SELECT * FROM songs, artists a, `albums` AS b WHERE a.id = 1",
        "SELECT songs artists `albums`",
    );
    check_summary(
        "SELECT * FROM shop.orders o LEFT JOIN `my db` . `x y` ON o.a = 1, z",
        "SELECT shop.orders `my db`.`x y` z",
    );
    check_summary(
        "SELECT a FROM t USE INDEX FOR JOIN (i), u STRAIGHT_JOIN v PARTITION (p, q)",
        "SELECT t u v",
    );
    check_summary("SELECT EXTRACT(YEAR FROM born), TRIM(BOTH 'x' FROM a) FROM t", "SELECT t");
    check_summary("SELECT a IS DISTINCT FROM b, t.from, @from, :from FROM u", "SELECT u");
    check_summary("SELECT a FROM t GROUP BY b, c ORDER BY d, e LIMIT 1, 2 FOR UPDATE", "SELECT t");
    check_summary(
        "SELECT a FROM (b, c JOIN d) JOIN JSON_TABLE(x, '$' COLUMNS (y INT PATH '$')) AS j, \
         LATERAL (SELECT 1 FROM e) f",
        "SELECT b c d SELECT e",
    );
    check_summary("(SELECT a FROM b) UNION ALL (SELECT c FROM d)", "SELECT b SELECT d");
    check_summary(
        "SELECT a INTO @x FROM b WHERE c IN (SELECT d FROM e) AND EXISTS (SELECT 1 FROM f)",
        "SELECT b SELECT e SELECT f",
    );
    check_summary(
        "INSERT LOW_PRIORITY IGNORE INTO t (a, b) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = \
         VALUES(a)",
        "INSERT t",
    );
    check_summary("INSERT t SET a = (SELECT b FROM u)", "INSERT t SELECT u");
    check_summary(
        "REPLACE INTO t SELECT REPLACE(REPLACE(a, 'x', 'y'), 'z', INSERT(b, 1, 2, 'c')) FROM u",
        "REPLACE t SELECT u",
    );
    check_summary(
        "UPDATE LOW_PRIORITY t1, t2 JOIN t3 SET a = 1, b = 2 WHERE c = 3",
        "UPDATE t1 t2 t3",
    );
    check_summary("DELETE QUICK FROM t WHERE a IN (SELECT b FROM u)", "DELETE t SELECT u");
    check_summary("DELETE t1.*, t2 FROM t1 JOIN t2", "DELETE t1.* t2 t1 t2");
    check_summary("DELETE FROM t1 USING t1 JOIN t2 USING (id)", "DELETE t1 t1 t2");
    check_summary(
        "WITH RECURSIVE a (n) AS (SELECT 1 FROM x), b AS (SELECT 2 FROM y) UPDATE t JOIN a SET c = \
         1",
        "SELECT x SELECT y UPDATE t",
    );
    check_summary("EXPLAIN FORMAT=JSON SELECT a FROM t", "EXPLAIN SELECT t");
    check_summary("TABLE t", "TABLE t");
    check_summary(
        "LOAD DATA LOCAL INFILE 'secret' REPLACE INTO TABLE t FIELDS TERMINATED BY ','",
        "LOAD DATA t",
    );
    check_summary("SELECT a FROM 2024_orders, db.2024_orders", "SELECT db.?");
}

#[test]
fn definitions() {
    check_summary(
        "CREATE TEMPORARY TABLE IF NOT EXISTS t (a INT DEFAULT 5, CHECK (a > 1)) ENGINE=x, \
         COMMENT='y'",
        "CREATE TABLE t",
    );
    check_summary("CREATE TABLE t AS SELECT a FROM u", "CREATE TABLE t SELECT u");
    check_summary(
        "CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`u`@`h` SQL SECURITY INVOKER VIEW v AS SELECT a \
         FROM t",
        "CREATE VIEW v SELECT t",
    );
    check_summary("ALTER TABLE t ADD a INT, DROP b, RENAME TO u", "ALTER TABLE t");
    check_summary("DROP TABLE IF EXISTS a, b.c, `d`", "DROP TABLE a b.c `d`");
    check_summary("CREATE UNIQUE INDEX i ON t (a, b)", "CREATE INDEX i t");
    check_summary("DROP INDEX i ON t", "DROP INDEX i t");
    check_summary("TRUNCATE t", "TRUNCATE t");
    check_summary("TRUNCATE TABLE t", "TRUNCATE TABLE t");
    check_summary("RENAME TABLE a TO b, c TO d", "RENAME TABLE a c");
    check_summary("OPTIMIZE LOCAL TABLE a, b", "OPTIMIZE TABLE a b");
    check_summary("CREATE DATABASE shop CHARACTER SET utf8mb4", "CREATE DATABASE shop");
    check_summary(
        "CREATE PROCEDURE p(IN a INT) BEGIN SELECT 1 FROM t; DELETE FROM u; END",
        "CREATE PROCEDURE p",
    );
    check_summary(
        "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN DELETE FROM u; UPDATE v SET a = 1; \
         END",
        "CREATE TRIGGER x t",
    );
    check_summary("DROP PROCEDURE IF EXISTS p", "DROP PROCEDURE p");
    check_summary("CREATE USER bob@localhost IDENTIFIED BY 'x'", "CREATE USER");
    check_summary("GRANT SELECT, INSERT ON shop.* TO bob", "GRANT shop.*");
    check_summary("GRANT ALL ON *.* TO bob", "GRANT");
    check_summary("REVOKE EXECUTE ON PROCEDURE shop.p FROM bob", "REVOKE shop.p");
}

#[test]
fn everything_else() {
    check_summary("SET PASSWORD FOR bob = 'x'", "SET PASSWORD");
    check_summary("SET NAMES utf8mb4", "SET NAMES");
    check_summary("SET @a = (SELECT 1), autocommit = 0", "SET");
    check_summary("SHOW FULL COLUMNS FROM t FROM shop LIKE 'x'", "SHOW COLUMNS t shop");
    check_summary("SHOW CREATE TABLE t", "SHOW CREATE TABLE t");
    check_summary("DESCRIBE t", "DESCRIBE t");
    check_summary("LOCK TABLES a READ, b AS c WRITE", "LOCK TABLES a b");
    check_summary("USE shop", "USE shop");
    check_summary("START TRANSACTION READ ONLY", "START TRANSACTION");
    check_summary("ROLLBACK TO SAVEPOINT s1", "ROLLBACK");
    check_summary("PREPARE s FROM 'SELECT 1 FROM t'", "PREPARE");
    check_summary("CHANGE MASTER TO MASTER_HOST='h'", "CHANGE MASTER");
    check_summary(
        "BEGIN; INSERT INTO a VALUES (1); SELECT b FROM c; COMMIT;",
        "BEGIN INSERT a SELECT c COMMIT",
    );
    check_summary("", "");
    check_summary("hunter2", "");
}

#[test]
fn a_call_names_its_procedure() {
    let found = mysql("CALL shop . `add order`(1, @total)");
    assert_eq!(&**found.summary().unwrap(), "CALL shop.`add order`");
    assert_eq!(&**found.stored_procedure().unwrap(), "shop.`add order`");
    assert_eq!(&**mysql("{? = call p(?)}").stored_procedure().unwrap(), "p");
    assert_eq!(mysql("SELECT p(1)").stored_procedure(), None);
    assert_eq!(mysql("EXECUTE s USING @a").stored_procedure(), None);
    let executed = analyze("EXEC dbo.p 1", Options::standard());
    assert_eq!(&**executed.stored_procedure().unwrap(), "dbo.p");
}

#[test]
fn literals_and_placeholders_are_found() {
    let flags = |sql| (mysql(sql).has_literals(), mysql(sql).has_placeholders());
    assert_eq!(flags("SELECT a FROM t WHERE b = ? AND c = :name"), (false, true));
    assert_eq!(flags("SELECT a FROM t WHERE b = ? AND c = 1"), (true, true));
    assert_eq!(flags("SELECT a FROM t"), (false, false));
    assert_eq!(flags("SELECT a::int, @b FROM t WHERE c = 'x'"), (true, false));
    let standard = analyze("SELECT $1, $2::int, $123456, $1.50", Options::standard());
    assert_eq!(&**standard.text(), "SELECT $1, $2::int, ?, ?");
    assert!(standard.has_placeholders());
}

#[test]
fn long_summary_is_cut_between_names() {
    let tables: Vec<String> = (0..100).map(|i| format!("table_{i:02}")).collect();
    let found = mysql(&format!("SELECT * FROM {}", tables.join(", ")));
    // "SELECT" and 27 names of 9 characters with the space.
    assert_eq!(&**found.summary().unwrap(), format!("SELECT {}", tables[..27].join(" ")));
    let long = "é".repeat(248);
    assert_eq!(
        mysql(&format!("SELECT a FROM {long} JOIN b")).summary().unwrap().chars().count(),
        255
    );
    check_summary(&format!("SELECT a FROM {long}x JOIN b"), "SELECT");
    check_summary(&format!("SELECT a FROM b.{} JOIN c", "x".repeat(100_000)), "SELECT");
}

#[test]
fn bytes_that_are_no_text_are_literals() {
    let found = analyze(
        b"INSERT INTO t\xff VALUES (_binary'\xff\\\xfe''\x00', 'a\xc3', 5)",
        Options::mysql(),
    );
    assert_eq!(&**found.text(), "INSERT INTO t? VALUES (?, ?, ?)");
    assert_eq!(&**found.summary().unwrap(), "INSERT t");
    let cut = analyze(b"SELECT a FROM `t\xe2\x82` WHERE b = 1", Options::mysql());
    assert_eq!(&**cut.text(), "SELECT a FROM `t?` WHERE b = ?");
}

#[test]
fn the_standard_dialect_has_its_own_quotes_and_comments() {
    let check = |sql: &str, text: &str| {
        assert_eq!(&**analyze(sql, Options::standard()).text(), text, "{sql:?}");
    };
    check("SELECT \"a\" # 'b' -- c", "SELECT \"a\" # ? ");
    check("SELECT /* a /* b */ 'c' */ 1--2", "SELECT  ?");
    check(r"SELECT E'it\'s', 'c:\', U&'d', B'01'", "SELECT ?, ?, U&?, ?");
    check("SELECT $f$ it's $$ $f$, $$x$$, 5", "SELECT ?, ?, ?");
    check("SELECT q'[it's]', secret", "SELECT ?");
    check("SELECT a[1:2], b::text", "SELECT a[?:?], b::text");
    let found = analyze("SELECT a INTO b FROM c", Options::standard());
    assert_eq!(&**found.summary().unwrap(), "SELECT b c");
}
