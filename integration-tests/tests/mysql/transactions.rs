//! Transactions: begin, commit and rollback are spans too.

use otelier::mysql::{Conn, IsolationLevel, Pool, TxOpts, prelude::*};
use otelier_testing::ExpectedSpan;

use super::support::{Database, on_both_runtimes};

on_both_runtimes!(
    a_commit_on_a_connection,
    a_rollback_on_a_pool,
    options_of_a_transaction,
    a_dropped_transaction_is_rolled_back,
    a_transaction_is_not_nested,
);

const TABLE: &str = "CREATE TABLE songs (title VARCHAR(40)) ENGINE = InnoDB";
const INSERT: &str = "INSERT INTO songs VALUES (?)";

fn own(db: &Database, text: &str) -> ExpectedSpan {
    db.statement(text, text)
}

async fn songs(db: &Database) -> u32 {
    db.driver().await.query_first("SELECT COUNT(*) FROM songs").await.unwrap().unwrap()
}

async fn a_commit_on_a_connection(db: &Database) {
    db.prepare(TABLE).await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let insert = || db.statement("INSERT songs", INSERT);
    db.expect([own(db, "START TRANSACTION"), insert(), insert(), own(db, "COMMIT")], async {
        let mut transaction = conn.start_transaction(TxOpts::default()).await.unwrap();
        transaction.exec_drop(INSERT, ("One",)).await.unwrap();
        INSERT.with(("Two",)).ignore(&mut transaction).await.unwrap();
        transaction.commit().await.unwrap();
    })
    .await;
    assert_eq!(songs(db).await, 2);
    db.expect_durations([
        db.point().attr("db.query.summary", "START TRANSACTION").count(1),
        db.point().attr("db.query.summary", "INSERT songs").count(2),
        db.point().attr("db.query.summary", "COMMIT").count(1),
    ]);
}

async fn a_rollback_on_a_pool(db: &Database) {
    db.prepare(TABLE).await;
    let pool = Pool::new(db.opts());
    let insert = db.statement("INSERT songs", INSERT);
    db.expect([own(db, "START TRANSACTION"), insert, own(db, "ROLLBACK")], async {
        let mut transaction = pool.start_transaction(TxOpts::default()).await.unwrap();
        transaction.query_drop("INSERT INTO songs VALUES ('One')").await.unwrap();
        assert_eq!(transaction.affected_rows(), 1);
        transaction.rollback().await.unwrap();
    })
    .await;
    assert_eq!(songs(db).await, 0);
    pool.disconnect().await.unwrap();
}

async fn options_of_a_transaction(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let mut options = TxOpts::new();
    options
        .with_isolation_level(IsolationLevel::RepeatableRead)
        .with_readonly(true)
        .with_consistent_snapshot(true);
    let begin = db.statement("START TRANSACTION", "START TRANSACTION WITH CONSISTENT SNAPSHOT");
    db.expect([begin, own(db, "COMMIT")], async {
        conn.start_transaction(options).await.unwrap().commit().await.unwrap();
    })
    .await;
}

async fn a_dropped_transaction_is_rolled_back(db: &Database) {
    db.prepare(TABLE).await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let mut transaction = conn.start_transaction(TxOpts::default()).await.unwrap();
    transaction.query_drop("INSERT INTO songs VALUES ('One')").await.unwrap();
    drop(transaction);
    let count: Option<u32> = conn.query_first("SELECT COUNT(*) FROM songs").await.unwrap();
    assert_eq!(count, Some(0));
}

async fn a_transaction_is_not_nested(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    conn.query_drop("SELECT 1").await.unwrap();
    let begin = own(db, "START TRANSACTION");
    db.expect([begin, own(db, "ROLLBACK")], async {
        let transaction = conn.start_transaction(TxOpts::default()).await.unwrap();
        transaction.rollback().await.unwrap();
    })
    .await;
    // A deadlock's or constraint's error leaves the transaction to its user.
    db.prepare("CREATE TABLE keys_only (k INT PRIMARY KEY) ENGINE = InnoDB").await;
    let failed = db.statement("INSERT keys_only", "INSERT INTO keys_only VALUES (?), (?)");
    let failed = failed.attr("db.response.status_code", "1062").error("1062");
    db.expect([own(db, "START TRANSACTION"), failed, own(db, "COMMIT")], async {
        let mut transaction = conn.start_transaction(TxOpts::default()).await.unwrap();
        transaction.query_drop("INSERT INTO keys_only VALUES (1), (1)").await.unwrap_err();
        transaction.commit().await.unwrap();
    })
    .await;
}
