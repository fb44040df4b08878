//! What connections and pools keep between statements, and what the server was sent.

use std::sync::atomic::Ordering;

use super::mysql::{
    ChangeUserOpts, Conn, LocalInfileError, OptsBuilder, Pool, PoolConstraints, PoolOpts, Value,
    prelude::*,
};
use super::{Notes, note, text};
use futures_util::{FutureExt as _, StreamExt as _};

pub(super) async fn run(opts: &OptsBuilder, notes: &mut Notes) {
    options(opts, notes).await;
    resets(opts, notes).await;
    infiles(opts, notes).await;
    what_is_sent(opts, notes).await;
    a_pool_of_one(opts, notes).await;
    nothing_leaks(opts, notes).await;
}

/// What `@a`, `@b` and `@c` are.
async fn variables(conn: &mut Conn) -> Vec<(Value, Value, Value)> {
    conn.query("SELECT @a, @b, @c").await.unwrap()
}

async fn options(opts: &OptsBuilder, notes: &mut Notes) {
    let opts = opts
        .clone()
        .prefer_socket(false)
        .init(vec!["SET @a = 1"])
        .setup(vec!["SET @b = 2"])
        .after_connect(|conn| conn.query_drop("SET @c = 3").boxed());
    let mut conn = Conn::new(opts.clone()).await.unwrap();
    note(notes, "set up", &variables(&mut conn).await);
    note(notes, "reset", &conn.reset().await);
    note(notes, "after a reset", &variables(&mut conn).await);
    note(notes, "change user", &conn.change_user(ChangeUserOpts::default()).await);
    note(notes, "after a change", &variables(&mut conn).await);
    note(notes, "disconnect", &conn.disconnect().await);
    let broken = Conn::new(opts.clone().init(vec!["NONSENSE"])).await;
    note(notes, "broken init", &broken.map(drop).map_err(text));
    let broken = Conn::new(opts.clone().setup(vec!["NONSENSE"])).await;
    note(notes, "broken setup", &broken.map(drop).map_err(text));
    let found = Conn::new(opts.clone().client_found_rows(true)).await;
    let mut found = found.unwrap();
    found
        .query_drop("CREATE TEMPORARY TABLE found (i INT); INSERT INTO found VALUES (1)")
        .await
        .unwrap();
    note(notes, "unchanged", &found.query_drop("UPDATE found SET i = 1").await);
    note(notes, "found", &(found.affected_rows(), found.info().into_owned()));
}

async fn resets(opts: &OptsBuilder, notes: &mut Notes) {
    let one = PoolOpts::new().with_constraints(PoolConstraints::new(1, 1).unwrap());
    let pool = Pool::new(opts.clone().pool_opts(one));
    let mut conn = pool.get_conn().await.unwrap();
    let statement = conn.prep("SELECT @a").await.unwrap();
    conn.query_drop("SET @a = 1").await.unwrap();
    note(notes, "set", &conn.exec_first::<Value, _, _>(&statement, ()).await);
    note(notes, "reset", &conn.reset().await);
    // Statements are gone with the session.
    note(
        notes,
        "gone",
        &conn.exec_first::<Value, _, _>(&statement, ()).await.map_err(text_without_numbers),
    );
    conn.query_drop("SET @a = 2").await.unwrap();
    drop(conn);
    let mut conn = pool.get_conn().await.unwrap();
    note(notes, "reset by the pool", &variables(&mut conn).await);
    conn.query_drop("SET @a = 3").await.unwrap();
    conn.reset_connection(false);
    drop(conn);
    let mut conn = pool.get_conn().await.unwrap();
    note(notes, "not reset by the pool", &variables(&mut conn).await);
    let refused = ChangeUserOpts::new().with_user(Some("nobody_at_all".to_owned()));
    note(notes, "refused", &conn.change_user(refused).await.is_err());
    drop(conn);
    note(notes, "another", &variables(&mut pool.get_conn().await.unwrap()).await);
    pool.disconnect().await.unwrap();
}

async fn infiles(opts: &OptsBuilder, notes: &mut Notes) {
    let mut conn = Conn::new(opts.clone()).await.unwrap();
    conn.query_drop("CREATE TEMPORARY TABLE lines_of (line TEXT)").await.unwrap();
    let load = "LOAD DATA LOCAL INFILE 'some.csv' INTO TABLE lines_of";
    conn.set_infile_handler(async {
        let parts = ["one\ntwo\nth", "ree\n"].map(|part| Ok(part.into()));
        Ok(futures_util::stream::iter(parts).boxed())
    });
    note(notes, "load", &conn.query_drop(load).await.map_err(text));
    note(notes, "loaded", &(conn.affected_rows(), conn.info().into_owned()));
    note(notes, "lines", &conn.query::<String, _>("SELECT line FROM lines_of").await);
    conn.set_infile_handler(async {
        Err(LocalInfileError::PathIsNotInTheWhiteList("some.csv".to_owned()).into())
    });
    note(notes, "refused", &conn.query_drop(load).await.map_err(text));
    note(notes, "after", &conn.query_first::<u8, _>("SELECT 1").await.map_err(|_| "closed"));
    let mut conn = Conn::new(opts.clone()).await.unwrap();
    conn.query_drop("CREATE TEMPORARY TABLE lines_of (line TEXT)").await.unwrap();
    note(notes, "unhandled", &conn.query_drop(load).await.map_err(text));
}

/// The server counts what it receives, which is the same to the byte.
async fn what_is_sent(opts: &OptsBuilder, notes: &mut Notes) {
    let mut conn = Conn::new(opts.clone().stmt_cache_size(2)).await.unwrap();
    conn.query_drop("CREATE TEMPORARY TABLE sent (i INT)").await.unwrap();
    for i in 0..3 {
        for text in ["SELECT ?", "SELECT ? + 1", "SELECT ? + 2", "SELECT ?"] {
            let _: Option<i64> = conn.exec_first(text, (i,)).await.unwrap();
        }
    }
    conn.exec_batch("INSERT INTO sent VALUES (?)", [(1,), (2,), (3,)]).await.unwrap();
    let statement = conn.prep("SELECT i FROM sent WHERE i > ?").await.unwrap();
    let _: Vec<i32> = conn.exec(&statement, (1,)).await.unwrap();
    conn.close(statement).await.unwrap();
    conn.query_drop("SELECT 1; SELECT 2").await.unwrap();
    "SELECT 1".ignore(&mut conn).await.unwrap();
    "SELECT ?".with((1,)).ignore(&mut conn).await.unwrap();
    "DO ?".with([(1,), (2,)]).batch(&mut conn).await.unwrap();
    conn.start_transaction(Default::default()).await.unwrap().commit().await.unwrap();
    conn.start_transaction(Default::default()).await.unwrap().rollback().await.unwrap();
    drop(conn.start_transaction(Default::default()).await.unwrap());
    conn.ping().await.unwrap();
    let mut stream = conn.query_stream::<i32, _>("SELECT i FROM sent").await.unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    let counts: Vec<(String, String)> = conn
        .query(
            "SHOW SESSION STATUS WHERE Variable_name LIKE 'Com\\_%' OR Variable_name IN \
             ('Questions', 'Bytes_received')",
        )
        .await
        .unwrap();
    let counts: Vec<_> = counts.into_iter().filter(|(_, count)| count != "0").collect();
    note(notes, "sent", &counts);
}

async fn a_pool_of_one(opts: &OptsBuilder, notes: &mut Notes) {
    let short = std::time::Duration::from_millis(50);
    let one = PoolOpts::new().with_constraints(PoolConstraints::new(1, 1).unwrap());
    let pool = Pool::new(opts.clone().pool_opts(one));
    let conn = pool.get_conn().await.unwrap();
    let id = conn.id();
    note(notes, "exhausted", &tokio::time::timeout(short, pool.get_conn()).await.is_err());
    note(notes, "exhausted", &tokio::time::timeout(short, "SELECT 1".ignore(&pool)).await.is_err());
    let begin = pool.start_transaction(Default::default());
    note(notes, "exhausted", &tokio::time::timeout(short, begin).await.is_err());
    let (waited, ()) = tokio::join!(pool.get_conn(), async { drop(conn) });
    let mut conn = waited.unwrap();
    note(notes, "the same", &(conn.id() == id));
    note(notes, "error", &conn.query_drop("NONSENSE").await.map_err(text));
    drop(conn);
    let mut conn = pool.get_conn().await.unwrap();
    note(notes, "the same after an error", &(conn.id() == id));
    let mut other = Conn::new(opts.clone()).await.unwrap();
    other.query_drop(format!("KILL {}", conn.id())).await.unwrap();
    note(notes, "killed", &conn.query_drop("SELECT 1").await.is_err());
    drop(conn);
    let conn = pool.get_conn().await.unwrap();
    note(notes, "another after a kill", &(conn.id() != id));
    note(notes, "disconnect", &conn.disconnect().await);
    note(notes, "another after a disconnect", &"SELECT 1".first::<u8, _>(&pool).await);
    note(notes, "disconnect", &pool.disconnect().await);
}

async fn nothing_leaks(opts: &OptsBuilder, notes: &mut Notes) {
    let two = PoolOpts::new().with_constraints(PoolConstraints::new(0, 2).unwrap());
    let pool = Pool::new(opts.clone().pool_opts(two));
    for _ in 0..10 {
        drop("SELECT 1 UNION ALL SELECT 2".run(&pool).await.unwrap());
        drop("SELECT 1 UNION ALL SELECT 2".stream::<u8, _>(&pool).await.unwrap());
        drop("SELECT ?".with((1,)).run(&pool).await.unwrap());
        drop(pool.start_transaction(Default::default()).await.unwrap());
        let _ = "NONSENSE".ignore(&pool).await;
        let _ = "SELECT 1; NONSENSE".run(&pool).await.map(drop);
        let _ = "NONSENSE ?".with([(1,)]).batch(&pool).await;
    }
    let metrics = pool.metrics();
    note(notes, "at most two", &(metrics.connection_count.load(Ordering::SeqCst) <= 2));
    note(notes, "none in use", &metrics.connections_in_use.load(Ordering::SeqCst));
    note(notes, "disconnect", &pool.disconnect().await);
    note(notes, "none left", &metrics.connection_count.load(Ordering::SeqCst));
}

/// The server numbers statements as it likes.
fn text_without_numbers(error: super::mysql::Error) -> String {
    text(error).chars().filter(|it| !it.is_ascii_digit()).collect()
}
