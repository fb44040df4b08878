//! Statements as people write them, with strings in every place where strings may be: each string
//! is hidden and nothing else is.

use otelier_sql::{Options, analyze};

/// What is left if each string, and nothing else, becomes a `?`. The statements hold no other
/// literal, no quote in a string and no string in a list after `IN`.
fn without_strings(sql: &str) -> String {
    let mut text = String::new();
    let mut rest = sql;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = &rest[start..=start];
        let end =
            start + 2 + rest[start + 1..].find(quote).unwrap_or_else(|| panic!("no end in {sql}"));
        assert!(!rest[start..end].contains('\\'), "{sql}");
        text.push_str(&rest[..start]);
        text.push('?');
        rest = &rest[end..];
    }
    text + rest
}

#[track_caller]
fn check(options: Options, statements: &[&str]) {
    for sql in statements {
        assert_eq!(**analyze(sql, options).text(), without_strings(sql), "{sql}");
        // The words next to a string count only where there is another string.
        let among = format!("DO 'x'; {sql}; DO 'y'");
        assert_eq!(**analyze(&among, options).text(), without_strings(&among), "{among}");
        if sql.contains("IDENTIFIED") || sql.contains("PASSWORD") {
            // What stands right behind a password is a part of it.
            continue;
        }
        let glued = glued(sql);
        assert_eq!(**analyze(&glued, options).text(), without_strings(&glued), "{glued}");
    }
}

/// The statement without the spaces around its strings, where these stand next to words.
fn glued(sql: &str) -> String {
    let mut text = String::new();
    let mut rest = sql;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = &rest[start..=start];
        let end = start + 2 + rest[start + 1..].find(quote).unwrap_or_else(|| panic!("{sql}"));
        // `_utf8 'a'` and `x 'a'` would be one token.
        let word = rest[..start].trim_end().rsplit(|c: char| !is_word(c)).next();
        let is_introducer = word.is_some_and(|word| word.starts_with('_') || word.len() == 1);
        let is_second = rest[..start].trim().is_empty();
        text.push_str(if is_introducer || is_second {
            &rest[..start]
        } else {
            rest[..start].trim_end()
        });
        text.push_str(&rest[start..end]);
        rest = &rest[end..];
        let spaceless = rest.trim_start();
        // Only what SQL means to stand behind a string; other words may be names.
        let word = spaceless.split(|c: char| !is_word(c)).next().unwrap_or_default();
        let is_string = spaceless.starts_with(['\'', '"']);
        if (word.is_empty() && !is_string) || GLUED.contains(&word) {
            rest = spaceless;
        }
    }
    text + rest
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Operators and clauses.
const GLUED: [&str; 47] = [
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "COLLATE",
    "COMMENT",
    "CROSS",
    "DAY",
    "DEFAULT",
    "DESC",
    "DIV",
    "ELSE",
    "END",
    "ESCAPE",
    "EXCEPT",
    "FOR",
    "FROM",
    "GROUP",
    "HAVING",
    "ILIKE",
    "IN",
    "INNER",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LOCK",
    "MOD",
    "MONTH",
    "NOT",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "REGEXP",
    "RETURNING",
    "RLIKE",
    "SEPARATOR",
    "THEN",
    "UNION",
    "WHEN",
    "WHERE",
    "WITH",
    "XOR",
];

#[test]
fn queries() {
    check(
        Options::mysql(),
        &[
            "SELECT 'a' AS x, \"b\" AS y, 'c' z FROM t",
            "SELECT 'a', 'b' 'c', 'd' FROM t WHERE e = 'f' AND g <> 'h' OR NOT i = 'j' XOR k = 'l'",
            "SELECT DISTINCT 'a' COLLATE utf8mb4_bin, _utf8mb4 'b' COLLATE utf8mb4_general_ci, \
             _latin1 'c' AS d FROM t",
            "SELECT a FROM t WHERE b LIKE 'c%' AND d NOT LIKE 'e%' ESCAPE '|' AND f RLIKE 'g' AND \
             h REGEXP BINARY 'i'",
            "SELECT a FROM t WHERE b BETWEEN 'c' AND 'd' AND 'e' BETWEEN f AND g AND 'h' IN (i, j)",
            "SELECT a FROM t WHERE 'b' IS NOT NULL AND 'c' LIKE 'd' AND 'e' NOT IN (SELECT f FROM \
             g WHERE h = 'i')",
            "SELECT a FROM t WHERE 'b' SOUNDS LIKE 'c' AND 'd' MEMBER OF (e) AND f->'$.g' = 'h' \
             AND i->>'$.j' > 'k'",
            "SELECT CASE a WHEN 'b' THEN 'c' WHEN 'd' THEN 'e' ELSE 'f' END AS g, CASE WHEN a = \
             'b' THEN 'c' END FROM t",
            "SELECT IF(a = 'b', 'c', 'd'), COALESCE(e, 'f'), CONCAT('g', h, 'i'), NULLIF(j, 'k') \
             AS l FROM t",
            "SELECT DATE '2024-01-01', TIME '10:00', TIMESTAMP '2024-01-01 00:00:00', {d \
             '2024-01-01'}, {ts '2024'}",
            "SELECT a + INTERVAL '1' DAY, b - INTERVAL '1:1' MINUTE_SECOND, DATE_ADD('c', INTERVAL \
             '2' MONTH) FROM t",
            "SELECT EXTRACT(YEAR FROM '2024-01-01'), TRIM(BOTH 'x' FROM 'xax'), TRIM(LEADING 'y' \
             FROM a) FROM t",
            "SELECT SUBSTRING('abc' FROM b FOR c), POSITION('a' IN 'b'), CAST('a' AS CHAR), \
             CONVERT('b' USING utf8mb4) FROM t",
            "SELECT GROUP_CONCAT(DISTINCT a ORDER BY b SEPARATOR '; ') AS c, 'd' AS e FROM t GROUP \
             BY f WITH ROLLUP",
            "SELECT MATCH (a) AGAINST ('b' IN BOOLEAN MODE), 'c' AS d FROM t WHERE MATCH (a) \
             AGAINST ('b' WITH QUERY EXPANSION)",
            "SELECT a FROM t WHERE b = 'c' GROUP BY d HAVING e > 'f' ORDER BY FIELD(g, 'h', 'i') \
             DESC, 'j' ASC LIMIT ? FOR UPDATE",
            "SELECT a FROM t WHERE b = 'c' FOR SHARE SKIP LOCKED",
            "SELECT a FROM t WHERE b = 'c' LOCK IN SHARE MODE",
            "SELECT a FROM t WHERE b = 'c' UNION ALL SELECT 'd' FROM u WHERE e = 'f' EXCEPT SELECT \
             'g' INTERSECT SELECT 'h'",
            "SELECT a FROM t LEFT JOIN u ON t.b = 'c' INNER JOIN v ON u.d = 'e' WHERE f = 'g'",
            "SELECT a FROM t JOIN u ON t.b = 'c' LEFT JOIN v ON u.d = 'e' CROSS JOIN w NATURAL \
             JOIN x STRAIGHT_JOIN y",
            "SELECT a FROM JSON_TABLE(b, '$[*]' COLUMNS (c INT PATH '$.c' DEFAULT 'd' ON EMPTY \
             ERROR ON ERROR)) AS e",
            "SELECT a, ROW_NUMBER() OVER (PARTITION BY b ORDER BY c RANGE INTERVAL '1' DAY \
             PRECEDING) FROM t WHERE d = 'e' WINDOW w AS (ORDER BY f)",
            "SELECT a INTO OUTFILE '/tmp/x' CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' \
             OPTIONALLY ENCLOSED BY '|' ESCAPED BY '/' LINES TERMINATED BY ';' FROM t",
            "SELECT a FROM t INTO DUMPFILE '/tmp/x'",
            "SELECT 'a' DIV b, 'c' MOD d, - 'e', BINARY 'f' FROM t WHERE h = 'i' AND j = 'k'",
            "SELECT AES_ENCRYPT(a, 'key'), AES_DECRYPT(b, UNHEX('41')), PASSWORD('x'), SHA2('y', \
             ?) FROM t",
            "WITH a AS (SELECT 'b' AS c UNION SELECT 'd'), e AS (SELECT 'f' g FROM h) SELECT * \
             FROM a, e WHERE i = 'j'",
            "EXPLAIN FORMAT = 'json' SELECT a FROM t WHERE b = 'c'",
            "DO GET_LOCK('a', ?), RELEASE_LOCK('b')",
            "HELP 'contents'",
        ],
    );
}

#[test]
fn writes() {
    check(
        Options::mysql(),
        &[
            "INSERT INTO t (a, b) VALUES ('c', 'd'), ('e', \"f\") AS new ON DUPLICATE KEY UPDATE a \
             = 'g', b = new.b",
            "INSERT IGNORE INTO t SET a = 'b', c = DEFAULT, d = 'e' ON DUPLICATE KEY UPDATE c = \
             'f'",
            "INSERT INTO t SELECT 'a', b, 'c' FROM u WHERE NOT EXISTS (SELECT 'd' FROM v WHERE e = \
             'f')",
            "REPLACE INTO t VALUES ('a', NOW() - INTERVAL '1' DAY, 'b') RETURNING c",
            "UPDATE t SET a = 'b', c = REPLACE(d, 'e', 'f') WHERE g = 'h' ORDER BY i LIMIT ?",
            "UPDATE t JOIN u ON t.a = 'b' SET t.c = 'd', u.e = CASE WHEN f = 'g' THEN 'h' ELSE 'i' \
             END WHERE j <=> 'k'",
            "DELETE FROM t WHERE a = 'b' AND c < DATE '2024-01-01' OR d = 'e' RETURNING f",
            "LOAD DATA LOCAL INFILE 'x.csv' REPLACE INTO TABLE t CHARACTER SET utf8mb4 FIELDS \
             TERMINATED BY ',' ENCLOSED BY '|' LINES STARTING BY '>' TERMINATED BY ';' (a, @b) SET \
             c = 'd'",
            "LOAD XML INFILE 'x.xml' INTO TABLE t ROWS IDENTIFIED BY '<x>' SET a = 'b'",
            "CALL p('a', @b, 'c')",
            "SET NAMES 'utf8mb4' COLLATE 'utf8mb4_bin'",
            "SET SESSION sql_mode = 'ANSI', time_zone = 'UTC', @a = 'b', @c := 'd'",
            "PREPARE s FROM 'SELECT a'",
            "EXECUTE IMMEDIATE 'SELECT ?' USING 'a'",
            "XA START 'a', 'b' JOIN",
            "XA END 'a' SUSPEND",
            "XA COMMIT 'a', 'b' ONE PHASE",
            "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a', MYSQL_ERRNO = b",
            "SIGNAL SQLSTATE VALUE '45000' SET MESSAGE_TEXT = 'a'",
            "SHOW TABLES FROM a LIKE 'b%'",
            "SHOW FULL COLUMNS FROM t WHERE Field = 'a' AND Type LIKE 'b'",
            "SHOW BINLOG EVENTS IN 'a' FROM b LIMIT c",
            "PURGE BINARY LOGS TO 'a'",
            "PURGE BINARY LOGS BEFORE '2024-01-01'",
            "CHANGE MASTER TO MASTER_HOST = 'a', MASTER_USER = 'b', MASTER_PASSWORD = 'c', \
             MASTER_LOG_FILE = 'd' FOR CHANNEL 'e'",
            "START REPLICA USER = 'a' PASSWORD = 'b' DEFAULT_AUTH = 'c' PLUGIN_DIR = 'd' FOR \
             CHANNEL 'e'",
        ],
    );
}

#[test]
fn definitions() {
    check(
        Options::mysql(),
        &[
            "CREATE TABLE t (a VARCHAR(b) NOT NULL DEFAULT 'c' COMMENT 'd', e ENUM('f', 'g') \
             DEFAULT 'f' NOT NULL COMMENT 'h' AFTER i, j TEXT COLLATE 'utf8mb4_bin' COMMENT 'k' \
             UNIQUE, l CHAR DEFAULT 'm' PRIMARY KEY, n SET('o') CHARACTER SET 'utf8mb4' DEFAULT \
             'o' INVISIBLE) ENGINE = 'InnoDB' COMMENT 'p' CONNECTION 'q' DATA DIRECTORY 'r' INDEX \
             DIRECTORY 's' ROW_FORMAT = DYNAMIC ENCRYPTION 'Y' COMPRESSION 'zlib' STATS_PERSISTENT \
             = u",
            "CREATE TABLE t (a TIMESTAMP DEFAULT '2024-01-01' ON UPDATE CURRENT_TIMESTAMP COMMENT \
             'b', c INT GENERATED ALWAYS AS (JSON_EXTRACT(d, '$.e')) STORED COMMENT 'f' CHECK (c > \
             'g'), KEY h (a) COMMENT 'i' USING BTREE)",
            "CREATE TABLE t (a INT) ENGINE = FEDERATED CONNECTION = \
             'mysql://user:secret@host/db/t' COMMENT = 'b' CHARSET = 'utf8mb4'",
            "CREATE TABLE t (a INT) COMMENT 'b' PARTITION BY LIST COLUMNS (a) (PARTITION p VALUES \
             IN ('c') COMMENT 'd' ENGINE = x, PARTITION q VALUES LESS THAN ('e') COMMENT = 'f')",
            "CREATE TABLE t COMMENT 'a' AS SELECT 'b' AS c",
            "ALTER TABLE t ADD COLUMN a INT DEFAULT 'b' COMMENT 'c' FIRST, MODIFY d CHAR DEFAULT \
             'e' AFTER f, COMMENT = 'g', ALGORITHM = 'INPLACE', LOCK = 'NONE'",
            "ALTER TABLE t ALTER a SET DEFAULT 'b', CHANGE c d CHAR COMMENT 'e', ENCRYPTION = 'N'",
            "ALTER DATABASE d CHARACTER SET 'utf8mb4' COLLATE 'utf8mb4_bin' ENCRYPTION 'Y'",
            "CREATE TABLESPACE t ADD DATAFILE 'a' USE LOGFILE GROUP b ENGINE = 'c'",
            "CREATE FUNCTION f RETURNS STRING SONAME 'a'",
            "INSTALL PLUGIN p SONAME 'a'",
            "CREATE PROCEDURE p() COMMENT 'a' LANGUAGE SQL BEGIN DECLARE b CHAR DEFAULT 'c'; \
             DECLARE EXIT HANDLER FOR SQLSTATE '23000' BEGIN SET d = 'e'; END; IF f = 'g' THEN SET \
             h = 'i'; ELSEIF j = 'k' THEN SELECT 'l'; END IF; WHILE m = 'n' DO SET o = 'p'; END \
             WHILE; END",
            "CREATE FUNCTION f() RETURNS CHAR DETERMINISTIC COMMENT 'a' RETURN 'b'",
            "CREATE FUNCTION f() RETURNS CHAR COMMENT 'a' READS SQL DATA RETURN CONCAT('b', 'c')",
            "CREATE EVENT e ON SCHEDULE EVERY '1:1' MINUTE_SECOND STARTS '2024-01-01' ENDS \
             '2024-02-01' ON COMPLETION PRESERVE ENABLE COMMENT 'a' DO DELETE FROM t WHERE b = 'c'",
            "CREATE EVENT e ON SCHEDULE AT '2024-01-01' + INTERVAL '1' DAY DISABLE DO UPDATE t SET \
             a = 'b'",
            "CREATE VIEW v AS SELECT 'a' AS b, 'c' AS d FROM t WHERE e = 'f' WITH CHECK OPTION",
        ],
    );
}

#[test]
fn accounts() {
    check(
        Options::mysql(),
        &[
            "CREATE USER 'a'@'b' IDENTIFIED WITH caching_sha2_password BY 'c' REQUIRE SUBJECT 'd' \
             AND ISSUER 'e' CIPHER 'f' WITH MAX_USER_CONNECTIONS x PASSWORD EXPIRE NEVER ACCOUNT \
             LOCK COMMENT 'g'",
            "CREATE USER IF NOT EXISTS 'a'@'b' IDENTIFIED WITH 'plugin' AS 'c' DEFAULT ROLE 'd' \
             ATTRIBUTE 'e'",
            "CREATE USER 'a' IDENTIFIED VIA ed25519 USING 'b' OR unix_socket",
            "ALTER USER 'a' IDENTIFIED BY 'b' REPLACE 'c' RETAIN CURRENT PASSWORD, 'd' DISCARD OLD \
             PASSWORD",
            "ALTER USER USER() IDENTIFIED BY 'a' REPLACE 'b'",
            "SET PASSWORD FOR 'a'@'b' = 'c' REPLACE 'd' RETAIN CURRENT PASSWORD",
            "GRANT SELECT ON a.* TO 'b'@'c', 'd'@'e' WITH GRANT OPTION",
            "GRANT ALL ON *.* TO 'a'@'b' IDENTIFIED BY PASSWORD 'c' REQUIRE SSL",
            "GRANT PROXY ON 'a'@'b' TO 'c'@'d'",
            "REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'a'@'b', 'c'",
            "SET DEFAULT ROLE 'a' TO 'b'",
            "SHOW GRANTS FOR 'a'@'b' USING 'c', 'd'",
            "DROP USER IF EXISTS 'a'@'b', 'c'@'d'",
            "RENAME USER 'a'@'b' TO 'c'@'d'",
            "CREATE SERVER s FOREIGN DATA WRAPPER 'mysql' OPTIONS (USER 'a', PASSWORD 'b', HOST \
             'c', DATABASE 'd', SOCKET 'e', OWNER 'f')",
            "CREATE DEFINER = 'a'@'b' TRIGGER c BEFORE INSERT ON d FOR EACH ROW SET NEW.e = 'f', \
             NEW.g = 'h'",
        ],
    );
}

#[test]
fn other_servers() {
    let standard = Options::standard().with_ansi_quotes(false);
    check(
        standard,
        &[
            "SELECT 'a'::text, 'b'::jsonb, json '{}', interval '1 day', timestamptz '2024-01-01' \
             AT TIME ZONE 'UTC' AS c FROM t",
            "SELECT a FROM t WHERE b ILIKE 'c' AND d SIMILAR TO 'e' AND f @> 'g' AND h IS DISTINCT \
             FROM 'i' OFFSET 'j' FETCH FIRST ROW ONLY",
            "COPY t FROM 'a' WITH (FORMAT csv, DELIMITER ';', NULL 'x', QUOTE '|')",
            "COMMENT ON TABLE t IS 'a'",
            "CREATE ROLE a LOGIN PASSWORD 'b' VALID UNTIL '2024-01-01'",
            "CREATE FUNCTION f() RETURNS text AS 'select 1' LANGUAGE 'sql' IMMUTABLE STRICT",
        ],
    );
}
