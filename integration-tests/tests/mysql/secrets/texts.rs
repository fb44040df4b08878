//! SQL with something planted in every place that SQL has for it.

/// Literals and comments, wherever they may stand.
pub(super) const STATEMENTS: &[&str] = &[
    "SELECT 'hunter2', \"hunter2\", 'it''s hunter2', 'a\\'hunter2', \"say \"\"hunter2\"\"\" FROM t",
    "SELECT _utf8mb4'hunter2', N'hunter2', X'68756e74657232', x'68756E74657232', 0x68756e74657232 \
     FROM t",
    "SELECT 'hunter2' AS 'hunter2', name 'hunter2' FROM t AS \"hunter2\"",
    "SELECT 1 /* hunter2 */ FROM t -- hunter2",
    "SELECT /*+ SET_VAR(tmp = 'hunter2') */ 1 FROM t # hunter2",
    "SELECT /*! 'hunter2', */ /*!50000 'hunter2', */ /*M! 'hunter2', */ 1 FROM t",
    "SELECT name FROM t WHERE name IN ('hunter2', 'hunter2') OR number = 4111111111111111",
    "SELECT name FROM t WHERE name LIKE '%hunter2%' ESCAPE '!' OR name REGEXP 'hunter2' OR name = \
     BINARY 'hunter2'",
    "SELECT COUNT(*) FROM t GROUP BY name, 'hunter2' HAVING name <> 'hunter2' ORDER BY name = \
     'hunter2', 'hunter2'",
    "SELECT name FROM t LIMIT 4111111111111111 OFFSET 4111111111111111",
    "SELECT CASE name WHEN 'hunter2' THEN 'hunter2' ELSE 'hunter2' END FROM t",
    "SELECT CONCAT_WS('hunter2', name), CAST('hunter2' AS CHAR), 'hunter2' COLLATE utf8mb4_bin \
     FROM t",
    "SELECT JSON_EXTRACT('{\"hunter2\": 1}', '$.hunter2'), name->'$.hunter2', name->>\"$.hunter2\" \
     FROM t",
    "SELECT DATE 'hunter2', TIMESTAMP 'hunter2', NOW() + INTERVAL 'hunter2' DAY, INTERVAL \
     '4111111111111111' DAY FROM t",
    "SELECT -4111111111111111, +4111111111111111.5, 4111111111111111e0, .4111111111111111 FROM t",
    "SELECT 'hunter2' 'hunter2'\n'hunter2' FROM t",
    "SELECT 'hunter2\0hunter2' FROM t",
    "SELECT LOAD_FILE('/nowhere/hunter2')",
    "SELECT 1 FROM t INTO OUTFILE '/nowhere/hunter2' FIELDS TERMINATED BY 'hunter2'",
    "SELECT 1 UNION SELECT 'hunter2' UNION ALL (SELECT 'hunter2' FROM (SELECT 'hunter2' AS a) AS \
     b)",
    "WITH c AS (SELECT 'hunter2' AS a) SELECT a FROM c WHERE a = 'hunter2'",
    "VALUES ROW('hunter2', 4111111111111111)",
    "TABLE t LIMIT 4111111111111111",
    "INSERT INTO t (name, number) VALUES ('hunter2', 4111111111111111), ('hunter2', 2) \
     ON DUPLICATE KEY UPDATE name = 'hunter2'",
    "INSERT INTO t SET name = 'hunter2', number = 1",
    "INSERT INTO t (name) SELECT 'hunter2' FROM t WHERE name = 'hunter2'",
    "REPLACE INTO t (name) VALUES ('hunter2')",
    "UPDATE t SET name = 'hunter2', number = number + 4111111111111111 WHERE name = 'hunter2'",
    "DELETE FROM t WHERE name = 'hunter2' LIMIT 4111111111111111",
    "SET @secret = 'hunter2', @other := 'hunter2'",
    "SET SESSION init_connect = 'hunter2'",
    "SET NAMES 'hunter2'",
    "DO 'hunter2', SLEEP('hunter2')",
    "CALL nothing('hunter2', 4111111111111111)",
    "PREPARE p FROM 'SELECT ''hunter2'''",
    "EXECUTE IMMEDIATE 'SELECT ''hunter2'''",
    "HANDLER t READ FIRST WHERE name = 'hunter2'",
    "KILL QUERY 'hunter2'",
    "EXPLAIN SELECT 'hunter2' FROM t WHERE name = 'hunter2'",
    "SHOW TABLES LIKE 'hunter2'",
    "SHOW GRANTS FOR 'hunter2'@'hunter2'",
    "LOAD DATA LOCAL INFILE 'hunter2' INTO TABLE t FIELDS TERMINATED BY 'hunter2' SET name = \
     'hunter2'",
    "LOAD DATA INFILE '/nowhere/hunter2' INTO TABLE t",
    "CREATE TABLE u (a ENUM('hunter2', 'b') DEFAULT 'hunter2' COMMENT 'hunter2', CHECK (a <> \
     'hunter2')) \
     COMMENT = 'hunter2' DATA DIRECTORY = '/hunter2'",
    "ALTER TABLE t COMMENT 'hunter2', ALTER COLUMN name SET DEFAULT 'hunter2'",
    "CREATE VIEW v AS SELECT 'hunter2' AS a FROM t WHERE name = 'hunter2'",
    "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.name = 'hunter2'",
    "CREATE EVENT e ON SCHEDULE AT '2100-01-01' COMMENT 'hunter2' DO DELETE FROM t WHERE name = \
     'hunter2'",
    "CREATE PROCEDURE leak() COMMENT 'hunter2' BEGIN DECLARE a TEXT DEFAULT 'hunter2'; SELECT \
     'hunter2'; END",
    "XA START 'hunter2', 'hunter2'; XA END 'hunter2', 'hunter2'; XA ROLLBACK 'hunter2', 'hunter2'",
    "SELECT GET_LOCK('hunter2', 0), RELEASE_LOCK('hunter2')",
    "SELECT 1; INSERT INTO t (name) VALUES ('hunter2'); SELECT 'hunter2'",
    // What no server takes, but a client may send.
    "SELECT 'hunter2",
    "SELECT \"hunter2",
    "SELECT `hunter2' FROM t WHERE name = 'hunter2",
    "SELECT 1 /* hunter2",
    "SELECT name FROM t WHERE name = 'O'Brien hunter2' AND number = '4111111111111111",
    "SELECT 'hunter2' FROM t WHERE",
    "NONSENSE 'hunter2' 4111111111111111",
    "'hunter2'",
];

/// What logs in, or lets others log in. `{user}` is an account of the test's own; whatever is about
/// the account that the test itself logs in with, or about the whole server, is cut off by
/// something that no server understands.
pub(super) const CREDENTIALS: &[&str] = &[
    "CREATE USER {user} IDENTIFIED BY 'hunter2'",
    "CREATE USER IF NOT EXISTS {user} IDENTIFIED BY \"hunter2\" COMMENT 'hunter2' ATTRIBUTE \
     '{\"hunter2\": 1}'",
    "CREATE USER {user} IDENTIFIED BY PASSWORD '*hunter2'",
    "CREATE USER {user} IDENTIFIED WITH mysql_native_password AS '*hunter2'",
    "CREATE USER {user} IDENTIFIED WITH caching_sha2_password BY 'hunter2' REPLACE 'hunter2' \
     RETAIN CURRENT PASSWORD",
    "CREATE USER {user} IDENTIFIED VIA ed25519 USING PASSWORD('hunter2') OR unix_socket AS \
     'hunter2'",
    "CREATE USER {user} IDENTIFIED BY hunter2",
    "CREATE USER 'a'@'b' IDENTIFIED BY 'hunter2', 'c'@'d' IDENTIFIED BY 'hunter2' NONSENSE",
    "ALTER USER {user} IDENTIFIED BY 'hunter2'",
    "ALTER USER {user} IDENTIFIED BY 'hunter2' REPLACE 'hunter2'",
    "ALTER USER USER() IDENTIFIED BY 'hunter2' NONSENSE",
    "SET PASSWORD FOR {user} = PASSWORD('hunter2')",
    "SET PASSWORD FOR {user} = 'hunter2'",
    "SET PASSWORD = 'hunter2' NONSENSE",
    "SET PASSWORD FOR {user} = OLD_PASSWORD('hunter2')",
    "GRANT SELECT ON {database}.* TO {user} IDENTIFIED BY 'hunter2'",
    "GRANT USAGE ON *.* TO {user} IDENTIFIED BY PASSWORD '*hunter2' REQUIRE SUBJECT 'hunter2'",
    "CHANGE MASTER TO MASTER_HOST = 'hunter2', MASTER_USER = 'hunter2', MASTER_PASSWORD = \
     'hunter2' NONSENSE",
    "CHANGE MASTER 'hunter2' TO MASTER_PASSWORD = \"hunter2\" NONSENSE",
    "CHANGE REPLICATION SOURCE TO SOURCE_USER = 'hunter2', SOURCE_PASSWORD = 'hunter2' NONSENSE",
    "START SLAVE USER = 'hunter2' PASSWORD = 'hunter2' NONSENSE",
    "START REPLICA USER = 'hunter2' PASSWORD = 'hunter2' NONSENSE",
    "START GROUP_REPLICATION USER = 'hunter2', PASSWORD = 'hunter2' NONSENSE",
    "CLONE INSTANCE FROM 'hunter2'@'hunter2':3306 IDENTIFIED BY 'hunter2' NONSENSE",
    "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'hunter2', PASSWORD 'hunter2') \
     NONSENSE",
    "CREATE TABLE f (i INT) ENGINE = FEDERATED CONNECTION = \
     'mysql://hunter2:hunter2@hunter2:3306/hunter2/t'",
    "SET @hash = PASSWORD('hunter2'), @other = SHA2('hunter2', 256), @third = \
     AES_ENCRYPT('hunter2', 'hunter2')",
    "DROP USER {user}",
];

/// Those whose errors repeat what was sent, so that a message would show it.
pub(super) const QUOTED_IN_ERRORS: &[&str] = &[
    "INSERT INTO once VALUES ('hunter2')",
    "SELECT 1 FROM WHERE name = 'hunter2'",
    "INSERT INTO t (number) VALUES ('hunter2')",
    "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'hunter2'",
    "SELECT EXTRACTVALUE('<a/>', CONCAT('~', 'hunter2'))",
];
