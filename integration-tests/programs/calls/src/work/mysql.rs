//! Statements of a MySQL client, in a database of their own.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::net::TcpListener;

use super::{Result, calls, tell, variable};
use crate::libraries::mysql::prelude::*;
use crate::libraries::mysql::{
    Conn, IsolationLevel, Opts, OptsBuilder, Pool, PoolConstraints, PoolOpts, TxOpts, params,
};

calls! { Songs:
    query query_unread query_streamed query_several stream_dropped query_used_database
    executed executed_by_name prepared prepared_badly
    batch batch_of_one batch_of_none batch_failed
    committed rolled_back transaction_dropped transaction_options
    error error_of_statement error_of_parameters error_of_named_parameters
    error_of_missing_parameters error_of_a_later_statement error_of_conversion
    cancelled rows_cancelled procedure ping
    on_pool on_connection two_connections unreachable pool_exhausted
}

/// A pool of connections to a database with songs.
struct Songs {
    pool: Pool,
    opts: OptsBuilder,
}

pub(super) async fn run(name: &str) -> Result {
    let server = Opts::from_url(&variable("MYSQL_URL")?)?;
    let database = format!("otelier_calls_{}", std::process::id());
    tell("DATABASE", &database);
    let mut conn = Conn::new(server.clone()).await?;
    conn.query_drop(format!("CREATE DATABASE {database}")).await?;
    let opts = OptsBuilder::from_opts(server).db_name(Some(&database));
    let one = PoolOpts::new().with_constraints(PoolConstraints::new(1, 2).ok_or("1 and 2")?);
    let pool = Pool::new(opts.clone().pool_opts(one));
    let songs = Songs { pool, opts };
    let done = async {
        let table = "CREATE TABLE songs (id INT PRIMARY KEY, title TEXT) ENGINE = InnoDB";
        table.ignore(&songs.pool).await?;
        "INSERT INTO songs VALUES (1, 'one'), (2, 'two')".ignore(&songs.pool).await?;
        call(name, &songs).await
    };
    let done = done.await;
    let disconnected = songs.pool.disconnect().await;
    conn.query_drop(format!("DROP DATABASE {database}")).await?;
    conn.disconnect().await?;
    done?;
    Ok(disconnected?)
}

async fn query(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let rows: Vec<(u8, String)> = conn.query("SELECT id, title FROM songs WHERE id < 9").await?;
    assert_eq!(rows.len(), 2);
    Ok(())
}

async fn query_unread(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let first: Option<u8> = conn.query_first("SELECT id FROM songs ORDER BY id").await?;
    assert_eq!(first, Some(1));
    drop(conn.query_iter("SELECT title FROM songs").await?);
    conn.query_drop("SELECT 1").await?;
    Ok(())
}

async fn query_streamed(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let mut rows = conn.query_stream::<u8, _>("SELECT id FROM songs").await?;
    while let Some(row) = rows.next().await {
        row?;
    }
    Ok(())
}

async fn query_several(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let mut result = conn.query_iter("SELECT id FROM songs; DO 1; SELECT 'a', 2").await?;
    while !result.is_empty() {
        result.for_each(drop).await?;
    }
    Ok(())
}

async fn stream_dropped(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let mut rows = conn.query_stream::<u8, _>("SELECT id FROM songs").await?;
    rows.next().await.ok_or("a row")??;
    drop(rows);
    conn.query_drop("SELECT 1").await?;
    Ok(())
}

async fn query_used_database(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    conn.query_drop("USE information_schema").await?;
    conn.query_drop("SELECT COUNT(*) FROM tables WHERE 1 = 0").await?;
    Ok(())
}

async fn executed(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let select = "SELECT title FROM songs WHERE id = ?";
    let title: Option<String> = conn.exec_first(select, (2,)).await?;
    assert_eq!(title.as_deref(), Some("two"));
    let titles: Vec<String> = conn.exec(select, (1,)).await?;
    assert_eq!(titles, ["one"]);
    Ok(())
}

async fn executed_by_name(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    conn.exec_drop("UPDATE songs SET title = :t WHERE id = :i", params! { "t" => "x", "i" => 1 })
        .await?;
    Ok(())
}

async fn prepared(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let statement = conn.prep("DELETE FROM songs WHERE id = ?").await?;
    conn.exec_drop(&statement, (1,)).await?;
    conn.exec_drop(&statement, (2,)).await?;
    conn.close(statement).await?;
    Ok(())
}

async fn prepared_badly(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    conn.prep("SELECT title FROM nowhere").await.expect_err("no such table");
    Ok(())
}

async fn batch(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let songs = [(3, "three"), (4, "four"), (5, "five")];
    conn.exec_batch("INSERT INTO songs VALUES (?, ?)", songs).await?;
    Ok(())
}

async fn batch_of_one(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    conn.exec_batch("INSERT INTO songs VALUES (?, ?)", [(3, "three")]).await?;
    Ok(())
}

async fn batch_of_none(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let none: [(u8, &str); 0] = [];
    let _ = conn.exec_batch("INSERT INTO songs VALUES (?, ?)", none).await;
    Ok(())
}

async fn batch_failed(it: &Songs) -> Result {
    let mut conn = Conn::new(it.opts.clone()).await?;
    let songs = [(3, "three"), (1, "one again"), (4, "four")];
    let done = conn.exec_batch("INSERT INTO songs VALUES (?, ?)", songs).await;
    done.expect_err("a duplicate");
    drop(conn);
    Ok(())
}

async fn committed(it: &Songs) -> Result {
    let mut transaction = it.pool.start_transaction(TxOpts::default()).await?;
    transaction.query_drop("DELETE FROM songs WHERE id = 1").await?;
    transaction.commit().await?;
    Ok(())
}

async fn rolled_back(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let mut transaction = conn.start_transaction(TxOpts::default()).await?;
    transaction.exec_drop("DELETE FROM songs WHERE id = ?", (1,)).await?;
    transaction.rollback().await?;
    Ok(())
}

async fn transaction_dropped(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let mut transaction = conn.start_transaction(TxOpts::default()).await?;
    transaction.query_drop("DELETE FROM songs").await?;
    drop(transaction);
    conn.query_drop("SELECT 1").await?;
    Ok(())
}

async fn transaction_options(it: &Songs) -> Result {
    let mut options = TxOpts::new();
    options
        .with_isolation_level(IsolationLevel::Serializable)
        .with_readonly(true)
        .with_consistent_snapshot(true);
    it.pool.start_transaction(options).await?.commit().await?;
    Ok(())
}

async fn error(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    conn.query_drop("NONSENSE 'planted'").await.expect_err("no SQL");
    conn.query_drop("INSERT INTO songs VALUES (1, 'planted')").await.expect_err("a duplicate");
    Ok(())
}

async fn error_of_statement(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let insert = "INSERT INTO songs VALUES (?, ?)";
    conn.exec_drop(insert, (1, "planted")).await.expect_err("a duplicate");
    conn.exec_drop("SELECT ? FROM nowhere", (1,)).await.expect_err("no such table");
    Ok(())
}

async fn error_of_parameters(it: &Songs) -> Result {
    let mut conn = Conn::new(it.opts.clone()).await?;
    let select = "SELECT title FROM songs WHERE id = ?";
    conn.exec_drop(select, (1, 2)).await.expect_err("too many");
    Ok(())
}

async fn error_of_named_parameters(it: &Songs) -> Result {
    let mut conn = Conn::new(it.opts.clone()).await?;
    let select = "SELECT title FROM songs WHERE id = ?";
    conn.exec_drop(select, params! { "id" => 1 }).await.expect_err("named ones");
    Ok(())
}

async fn error_of_missing_parameters(it: &Songs) -> Result {
    let mut conn = Conn::new(it.opts.clone()).await?;
    let select = "SELECT title FROM songs WHERE id = :id";
    conn.exec_drop(select, params! { "other" => 1 }).await.expect_err("another one");
    Ok(())
}

async fn error_of_a_later_statement(it: &Songs) -> Result {
    let mut conn = Conn::new(it.opts.clone()).await?;
    conn.query_drop("SELECT 1; NONSENSE").await.expect_err("no SQL");
    drop(conn);
    Ok(())
}

async fn error_of_conversion(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    let result = conn.query_iter("SELECT title FROM songs").await?;
    let mut rows = result.map_and_drop(mysql_value).await?;
    assert_eq!(rows.pop(), Some(false));
    Ok(())
}

fn mysql_value(row: crate::libraries::mysql::Row) -> bool {
    crate::libraries::mysql::from_row_opt::<u8>(row).is_ok()
}

async fn cancelled(it: &Songs) -> Result {
    let mut conn = Conn::new(it.opts.clone()).await?;
    let slow = tokio::time::timeout(Duration::from_millis(50), conn.query_drop("DO SLEEP(0.3)"));
    slow.await.expect_err("a timeout");
    conn.query_drop("SELECT 1").await?;
    conn.disconnect().await?;
    Ok(())
}

async fn rows_cancelled(it: &Songs) -> Result {
    // Big rows, so that the server sends the first before it sleeps for the second.
    let slow = "SELECT REPEAT('x', 100000) FROM (SELECT 1 AS i UNION ALL SELECT 2) AS two \
                WHERE i = 1 OR NOT SLEEP(0.3)";
    let mut conn = Conn::new(it.opts.clone()).await?;
    let mut rows = conn.query_stream::<String, _>(slow).await?;
    rows.next().await.ok_or("a row")??;
    let second = tokio::time::timeout(Duration::from_millis(50), rows.next());
    second.await.expect_err("a timeout");
    drop(rows);
    conn.disconnect().await?;
    Ok(())
}

async fn procedure(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    conn.query_drop("CREATE PROCEDURE both_of() BEGIN SELECT 1; SELECT 'a', 'b'; END").await?;
    conn.query_drop("CALL both_of()").await?;
    Ok(())
}

async fn ping(it: &Songs) -> Result {
    let mut conn = it.pool.get_conn().await?;
    conn.ping().await?;
    conn.reset().await?;
    Ok(())
}

async fn on_pool(it: &Songs) -> Result {
    let _: Vec<u8> = "SELECT id FROM songs".fetch(&it.pool).await?;
    let select = "SELECT id FROM songs WHERE id = ?";
    let _: Option<u8> = select.with((1,)).first(&it.pool).await?;
    "INSERT INTO songs VALUES (?, ?)".with([(3, "a"), (4, "b")]).batch(&it.pool).await?;
    Ok(())
}

async fn on_connection(it: &Songs) -> Result {
    let mut conn = Conn::new(it.opts.clone()).await?;
    "DELETE FROM songs".ignore(&mut conn).await?;
    conn.disconnect().await?;
    Ok(())
}

async fn two_connections(it: &Songs) -> Result {
    let (mut one, mut two) = (it.pool.get_conn().await?, it.pool.get_conn().await?);
    one.query_drop("SELECT 1").await?;
    two.query_drop("SELECT 2").await?;
    Ok(())
}

async fn unreachable(_: &Songs) -> Result {
    let closed = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    tell("CLOSED", closed.port());
    let pool = Pool::new(format!("mysql://user:planted@{closed}/songs").as_str());
    pool.get_conn().await.expect_err("nobody listens");
    "SELECT 1".ignore(&pool).await.expect_err("nobody listens");
    pool.disconnect().await?;
    Ok(())
}

async fn pool_exhausted(it: &Songs) -> Result {
    let kept = (it.pool.get_conn().await?, it.pool.get_conn().await?);
    let third = tokio::time::timeout(Duration::from_millis(50), it.pool.get_conn());
    third.await.expect_err("a timeout");
    drop(kept);
    Ok(())
}
