//! Nothing that is planted comes out anywhere.

use otelier::mysql::{Conn, Pool, TxOpts, params, prelude::*};

use super::support::{Database, on_both_runtimes, receiver};

on_both_runtimes!(nothing_that_is_planted_is_exported);

/// Occurs in every secret, and in nothing else.
const PLANTED: &str = "hunter2";

async fn nothing_that_is_planted_is_exported(db: &Database) {
    let user = format!("u{}", &db.name["otelier_test_".len()..]);
    db.prepare("CREATE TABLE t (name VARCHAR(200), number BIGINT)").await;
    let pool = Pool::new(db.opts());
    let mut conn = pool.get_conn().await.unwrap();

    // Each must reach the server; what the server makes of it does not matter.
    let texts = [
        "SELECT 'hunter2-a' FROM t".to_owned(),
        "SELECT \"hunter2-b\" FROM t".to_owned(),
        "SELECT 'it''s hunter2-c', 'a\\'hunter2-d' FROM t".to_owned(),
        "SELECT _utf8mb4'hunter2-e', N'hunter2-f', X'68756e74657232' FROM t".to_owned(),
        "SELECT 1 /* hunter2-g */ FROM t -- hunter2-h".to_owned(),
        "SELECT 1 FROM t # hunter2-i".to_owned(),
        "INSERT INTO t (name, number) VALUES ('hunter2-j', 4111111111111111), ('hunter2-k', 2)".to_owned(),
        "SELECT name FROM t WHERE name IN ('hunter2-l', 'hunter2-m') OR number = 4111111111111111".to_owned(),
        "SELECT 'hunter2-n".to_owned(),
        "SELECT hunter2_o FROM t WHERE".to_owned().replace("hunter2_o", "'hunter2-o'"),
        format!("CREATE USER '{user}'@'localhost' IDENTIFIED BY 'hunter2-p'"),
        format!("ALTER USER '{user}'@'localhost' IDENTIFIED BY 'hunter2-q'"),
        format!("SET PASSWORD FOR '{user}'@'localhost' = PASSWORD('hunter2-r')"),
        format!("GRANT SELECT ON {}.* TO '{user}'@'localhost' IDENTIFIED BY 'hunter2-s'", db.name),
        format!("DROP USER '{user}'@'localhost'"),
        "SET @secret = 'hunter2-t'".to_owned(),
        "CALL nothing('hunter2-u')".to_owned(),
        "LOAD DATA LOCAL INFILE 'hunter2-v' INTO TABLE t".to_owned(),
        "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (PASSWORD 'hunter2-w')".to_owned(),
    ];
    for text in &texts {
        // One that the server or the driver closes is no use to the next text.
        let mut conn = pool.get_conn().await.unwrap();
        let _ = conn.query_drop(text.as_str()).await;
        let _ = conn.exec_drop(text.as_str(), ()).await;
        let _ = text.as_str().ignore(&pool).await;
        if let Ok(statement) = conn.prep(text.as_str()).await {
            let _ = conn.exec_drop(&statement, ()).await;
        }
    }
    let secret = "hunter2-parameter";
    conn.exec_drop("INSERT INTO t (name) VALUES (?)", (secret,)).await.unwrap();
    conn.exec_drop("INSERT INTO t (name) VALUES (:n)", params! { "n" => secret }).await.unwrap();
    conn.exec_batch("INSERT INTO t (name) VALUES (?)", [(secret,), (secret,)]).await.unwrap();
    let mut transaction = pool.start_transaction(TxOpts::default()).await.unwrap();
    transaction.query_drop("INSERT INTO t (name) VALUES ('hunter2-x')").await.unwrap();
    transaction.rollback().await.unwrap();
    // Credentials of connection strings, where they work and where they do not.
    let wrong = db.opts().pass(Some("hunter2-y"));
    Conn::new(wrong).await.unwrap_err();
    Pool::from_url("mysql://hunter2-user:hunter2-z@127.0.0.1:1/hunter")
        .unwrap()
        .get_conn()
        .await
        .unwrap_err();
    drop(conn);
    pool.disconnect().await.unwrap();

    let ours =
        |span: &otelier_testing::Span| span.attribute("db.namespace") == Some(&db.name.as_str().into());
    let spans = receiver().spans().into_iter().filter(ours).count();
    assert!(spans > 3 * texts.len(), "only {spans} spans: nothing was tried");
    let export = receiver().export_text();
    for secret in [PLANTED, "4111111111111111", "68756e74657232", db.password()] {
        if let Some(at) = export.find(secret).filter(|_| !secret.is_empty()) {
            let from = export[..at].char_indices().rev().nth(200).map_or(0, |(index, _)| index);
            panic!("{secret:?} was exported: …{}", &export[from..at + secret.len()]);
        }
    }
}
