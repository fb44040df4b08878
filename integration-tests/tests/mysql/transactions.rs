//! Transactions: begin, commit and rollback are spans too.

use otelier::mysql::{Conn, DriverError, Error, IsolationLevel, Pool, TxOpts, prelude::*};
use otelier_testing::{ExpectedSpan, assert_tree};

use super::support::{Database, failed, on_both_runtimes};

on_both_runtimes!(
    a_commit_on_a_connection,
    a_rollback_on_a_pool,
    options_of_a_transaction,
    a_dropped_transaction_is_rolled_back,
    a_transaction_is_not_nested,
    an_error_leaves_the_transaction_to_its_user,
    a_read_only_transaction_refuses_to_write,
    a_commit_and_a_rollback_on_a_connection_that_is_gone,
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
    // What goes before the start is part of it.
    use IsolationLevel::{ReadCommitted, ReadUncommitted, RepeatableRead, Serializable};
    for level in [ReadUncommitted, ReadCommitted, RepeatableRead, Serializable] {
        let mut options = TxOpts::new();
        options.with_isolation_level(level).with_readonly(false);
        db.expect([own(db, "START TRANSACTION"), own(db, "ROLLBACK")], async {
            conn.start_transaction(options).await.unwrap().rollback().await.unwrap();
        })
        .await;
    }
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
    // The only way to have two: the first is neither ended nor dropped.
    std::mem::forget(conn.start_transaction(TxOpts::default()).await.unwrap());
    let nested = own(db, "START TRANSACTION").error("NestedTransaction");
    let error = db.expect([nested], conn.start_transaction(TxOpts::default())).await.unwrap_err();
    assert!(matches!(error, Error::Driver(DriverError::NestedTransaction)));
}

async fn an_error_leaves_the_transaction_to_its_user(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
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

async fn a_read_only_transaction_refuses_to_write(db: &Database) {
    db.prepare(TABLE).await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let mut options = TxOpts::new();
    options.with_readonly(true);
    let refused =
        db.statement("INSERT songs", INSERT).attr("db.response.status_code", "1792").error("1792");
    db.expect([own(db, "START TRANSACTION"), refused, own(db, "ROLLBACK")], async {
        let mut transaction = conn.start_transaction(options).await.unwrap();
        transaction.query_drop("INSERT INTO songs VALUES ('One')").await.unwrap_err();
        transaction.rollback().await.unwrap();
    })
    .await;
}

async fn a_commit_and_a_rollback_on_a_connection_that_is_gone(db: &Database) {
    for (statement, commits) in [("COMMIT", true), ("ROLLBACK", false)] {
        let mut conn = Conn::new(db.opts()).await.unwrap();
        let transaction = conn.start_transaction(TxOpts::default()).await.unwrap();
        db.prepare(&format!("KILL {}", transaction.id())).await;
        let end = async {
            if commits { transaction.commit().await } else { transaction.rollback().await }
        };
        let (outcome, spans) = db.traced(end).await;
        let ended = failed(own(db, statement), &outcome);
        assert_tree(&spans, otelier_testing::span("test").child(ended));
    }
}
