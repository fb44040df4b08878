//! A program that does what programs do to a database, and writes down all that it can see of it.

mod interruptions;
mod sessions;
mod values;

// Compiled twice, as two modules that differ in what `mysql` is.
use super::mysql;

use self::mysql::{
    Conn, Error, IsolationLevel, OptsBuilder, Params, Pool, Result, Row, TxOpts, Value, from_row,
    params, prelude::*,
};
use futures_util::{StreamExt as _, TryStreamExt as _};

type Notes = Vec<String>;

/// Runs it, and returns its notes.
pub(crate) async fn run(opts: OptsBuilder) -> Notes {
    let mut notes = Notes::new();
    let pool = Pool::new(opts.clone());
    let mut conn = pool.get_conn().await.unwrap();
    conn.query_drop("DROP TABLE IF EXISTS w; DROP PROCEDURE IF EXISTS sets").await.unwrap();
    conn.query_drop(
        "CREATE TABLE w (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) UNIQUE, n DOUBLE) \
         ENGINE = InnoDB",
    )
    .await
    .unwrap();

    reads_and_writes(&mut conn, &mut notes).await;
    statements(&mut conn, &mut notes).await;
    drop(conn);
    // These leave connections behind that are no use to a pool.
    batches_that_fail(&opts, &mut notes).await;
    let mut conn = pool.get_conn().await.unwrap();
    generic(&mut conn, &mut notes).await;
    results(&mut conn, &mut notes).await;
    errors(&mut conn, &mut notes).await;
    drop(conn);
    on_the_pool(&pool, &mut notes).await;
    transactions(&pool, &mut notes).await;
    values::run(&opts, &mut notes).await;
    sessions::run(&opts, &mut notes).await;
    interruptions::run(&opts, &mut notes).await;
    concurrent(&pool, &mut notes).await;
    pool.clone().disconnect().await.unwrap();
    let conn = Conn::new(opts).await.unwrap();
    note(&mut notes, "disconnect", &conn.disconnect().await);
    let closed = pool_is_closed(&pool).await;
    note(&mut notes, "closed pool", &closed);
    notes
}

fn note<T: std::fmt::Debug>(notes: &mut Notes, what: &str, seen: &T) {
    notes.push(format!("{what}: {seen:?}"));
}

/// What a connection says of the last statement.
fn note_last(notes: &mut Notes, conn: &Conn) {
    let last = (
        conn.affected_rows(),
        conn.last_insert_id(),
        conn.info().into_owned(),
        conn.get_warnings(),
    );
    note(notes, "last", &last);
}

async fn pool_is_closed(pool: &Pool) -> std::result::Result<(), String> {
    pool.get_conn().await.map(drop).map_err(|error| error.to_string())
}

async fn reads_and_writes(conn: &mut Conn, notes: &mut Notes) {
    note(
        notes,
        "insert",
        &conn.query_drop("INSERT INTO w (name, n) VALUES ('a', 1), ('b', 2.5)").await,
    );
    note_last(notes, conn);
    note(notes, "update", &conn.query_drop("UPDATE w SET n = n + 1").await);
    note_last(notes, conn);
    note(notes, "query", &conn.query::<(i32, String, f64), _>("SELECT * FROM w ORDER BY id").await);
    note(notes, "first", &conn.query_first::<String, _>("SELECT name FROM w ORDER BY id").await);
    note(notes, "none", &conn.query_first::<String, _>("SELECT name FROM w WHERE id = -1").await);
    note(notes, "no rows", &conn.query_first::<Row, _>("DO 1").await);
    note(notes, "map", &conn.query_map("SELECT id FROM w ORDER BY id", |id: i32| id * 10).await);
    note(notes, "fold", &conn.query_fold("SELECT id FROM w", 5, |sum, id: i32| sum + id).await);
    note(notes, "bytes", &conn.query::<(Value, Value), _>(b"SELECT X'FF00', NULL".to_vec()).await);
    note(notes, "empty", &conn.query::<Row, _>("SELECT * FROM w WHERE 1 = 0").await);
    note(notes, "ping", &conn.ping().await);
    note(notes, "warning", &conn.query_drop("SELECT 1/0, CAST('x' AS SIGNED)").await);
    note_last(notes, conn);
}

async fn statements(conn: &mut Conn, notes: &mut Notes) {
    let statement = conn.prep("SELECT name FROM w WHERE id = :id OR name = :name").await.unwrap();
    note(
        notes,
        "prepared",
        &(statement.num_params(), statement.num_columns(), statement.params().len()),
    );
    let named = || params! { "id" => 1, "name" => "b" };
    note(notes, "exec", &conn.exec::<String, _, _>(&statement, named()).await);
    note(notes, "exec first", &conn.exec_first::<String, _, _>(statement.clone(), named()).await);
    note(notes, "exec map", &conn.exec_map(&statement, named(), |name: String| name.len()).await);
    note(notes, "exec fold", &conn.exec_fold(&statement, named(), 0, |n, _: String| n + 1).await);
    note(notes, "exec drop", &conn.exec_drop(&statement, named()).await);
    note(notes, "missing", &conn.exec_drop(&statement, params! { "id" => 1 }).await.map_err(text));
    note(notes, "close", &conn.close(statement).await);

    let insert = "INSERT INTO w (name, n) VALUES (?, ?)";
    note(notes, "batch", &conn.exec_batch(insert, (0..5).map(|i| (format!("batch {i}"), i))).await);
    note(notes, "with", &insert.with(("with", 1)).ignore(&mut *conn).await);
    note_last(notes, conn);
    note(notes, "with batch", &insert.with([("x", 1), ("y", 2)]).batch(&mut *conn).await);
    let owned = insert.to_owned();
    note(notes, "owned", &conn.exec_drop(&owned, ("owned", Value::NULL)).await);
    note(notes, "boxed", &conn.exec_drop(owned.into_boxed_str(), ("boxed", 1)).await);
    note(notes, "count", &conn.query_first::<u32, _>("SELECT COUNT(*) FROM w").await);
}

async fn batches_that_fail(opts: &OptsBuilder, notes: &mut Notes) {
    let insert = "INSERT INTO w (name, n) VALUES (?, ?)";
    let mut conn = Conn::new(opts.clone()).await.unwrap();
    note(notes, "empty", &conn.exec_batch(insert, Vec::<Params>::new()).await.map_err(text));
    note(notes, "after", &conn.query_first::<u8, _>("SELECT 1").await.map_err(text));
    let mut conn = Conn::new(opts.clone()).await.unwrap();
    note(notes, "duplicate", &conn.exec_batch(insert, [("new", 1), ("a", 1)]).await.map_err(text));
    note(notes, "after", &conn.query_first::<u8, _>("SELECT 1").await.map_err(text));
    let mut conn = Conn::new(opts.clone()).await.unwrap();
    note(notes, "too few", &conn.exec_batch(insert, [("a",)]).await.map_err(text));
    note(notes, "after", &conn.query_first::<u8, _>("SELECT 1").await.map_err(text));
}

/// As a library that knows only the traits would.
async fn generic(conn: &mut Conn, notes: &mut Notes) {
    async fn count<C: Queryable>(conn: &mut C) -> Result<Option<u32>> {
        conn.query_first("SELECT COUNT(*) FROM w").await
    }
    async fn names<'a, 't: 'a>(conn: impl ToConnection<'a, 't> + 'a) -> Result<Vec<String>> {
        "SELECT name FROM w ORDER BY id LIMIT 2".fetch(conn).await
    }
    async fn run<S: StatementLike>(conn: &mut Conn, statement: S) -> Result<Vec<u8>> {
        conn.exec(statement, (7,)).await
    }
    note(notes, "generic count", &count(conn).await);
    note(notes, "generic names", &names(&mut *conn).await);
    note(notes, "generic statement", &run(conn, "SELECT ?").await);
}

async fn results(conn: &mut Conn, notes: &mut Notes) {
    conn.query_drop("CREATE PROCEDURE sets() BEGIN SELECT 1; SELECT 'a', 'b'; END").await.unwrap();
    let mut result = conn.query_iter("CALL sets()").await.unwrap();
    note(notes, "columns", &result.columns_ref().len());
    note(notes, "set", &result.collect::<u8>().await);
    note(notes, "set", &result.map(from_row::<(String, String)>).await);
    note(notes, "set", &result.try_collect::<u8>().await.map(|rows| rows.len()));
    note(notes, "empty", &result.is_empty());
    drop(result);

    let mut result =
        conn.query_iter("SELECT 1 UNION ALL SELECT 2; SELECT 3; DO 1; SELECT 4").await.unwrap();
    let mut rows = Vec::new();
    while !result.is_empty() {
        result.for_each(|row| rows.push(from_row::<u8>(row))).await.unwrap();
    }
    note(notes, "sets", &rows);
    drop(result);

    let result = conn.query_iter("SELECT 'x'; SELECT 2").await.unwrap();
    note(notes, "try", &result.try_collect_and_drop::<u8>().await.map(|rows| rows[0].is_err()));
    let result = conn.exec_iter("SELECT ?", (5,)).await.unwrap();
    note(notes, "reduce", &result.reduce_and_drop(1, |n, i: i32| n + i).await);
    let mut result =
        conn.query_iter("SELECT 1 UNION ALL SELECT 2; SELECT 3 UNION ALL SELECT 4").await.unwrap();
    note(notes, "row", &result.next().await.map(|row| row.map(from_row::<u8>)));
    let stream = result.stream::<u8>().await.unwrap().unwrap();
    note(
        notes,
        "rest",
        &(stream.columns_ref().len(), stream.affected_rows(), stream.ok_packet().is_some()),
    );
    note(notes, "rest", &stream.try_collect::<Vec<_>>().await);
    let mut stream = result.stream::<u8>().await.unwrap().unwrap();
    note(notes, "one of the rest", &stream.next().await.unwrap());
    drop(stream);
    // Says so although there is a row left that was streamed away.
    note(notes, "empty", &result.is_empty());
    note(notes, "end", &result.collect::<u8>().await);
    note(notes, "no stream", &result.stream::<u8>().await.map(|stream| stream.is_none()));
    drop(result);
    let result = conn.exec_iter("SELECT ?, ?", (1, "x")).await.unwrap();
    let stream = result.stream_and_drop::<(u8, String)>().await.unwrap().unwrap();
    note(notes, "stream and drop", &stream.try_collect::<Vec<_>>().await);
    let result = conn.query_iter("SELECT 1; SELECT 2; NONSENSE").await.unwrap();
    note(notes, "drop", &result.drop_result().await.map_err(text));
    let result = conn.query_iter("SELECT 1 UNION ALL SELECT 2; DO 1").await.unwrap();
    let mut seen = 0;
    note(notes, "for each", &result.for_each_and_drop(|row| seen += from_row::<u8>(row)).await);
    note(notes, "seen", &seen);
    let result = conn.exec_iter("CALL sets()", ()).await.unwrap();
    note(notes, "collect and drop", &result.collect_and_drop::<u8>().await);
    let result = conn.query_iter("INSERT INTO w (name) VALUES ('iter')").await.unwrap();
    note(notes, "iter", &(result.affected_rows(), result.info().into_owned(), result.warnings()));
    drop(result);

    // Dropped midway, and the connection goes on.
    let mut stream = conn.query_stream::<u8, _>("SELECT 1 UNION ALL SELECT 2").await.unwrap();
    note(notes, "stream", &stream.next().await.unwrap());
    drop(stream);
    drop(conn.query_iter("SELECT 1; SELECT 2").await.unwrap());
    let stream = conn.exec_stream::<u8, _, _>("SELECT ? UNION ALL SELECT ?", (3, 4)).await.unwrap();
    note(notes, "stream", &stream.try_collect::<Vec<_>>().await);
    note(notes, "after", &conn.query_first::<u8, _>("SELECT 9").await);
}

async fn errors(conn: &mut Conn, notes: &mut Notes) {
    let cases = ["SELECT * FROM nowhere", "NONSENSE", "INSERT INTO w (name) VALUES ('a')", ""];
    for case in cases {
        note(notes, case, &conn.query_drop(case).await.map_err(text));
        note(notes, case, &conn.exec_drop(case, ()).await.map_err(text));
        note(notes, case, &conn.prep(case).await.map(drop).map_err(text));
    }
    // An error that was not read goes to the next caller.
    drop(conn.query_iter("DO 1; NONSENSE").await.unwrap());
    note(notes, "unread", &conn.query_drop("DO 1").await.map_err(text));
    note(notes, "read", &conn.query_drop("DO 1").await.map_err(text));
    note(notes, "midway", &conn.query::<u8, _>("SELECT 1; NONSENSE").await.map_err(text));
    note(notes, "params", &conn.exec_drop("DO ?", (1, 2)).await.map_err(text));
    note(notes, "fatal", &conn.query_drop("NONSENSE").await.map_err(|error| error.is_fatal()));
}

async fn on_the_pool(pool: &Pool, notes: &mut Notes) {
    note(notes, "pool", &"SELECT 1".first::<u8, _>(pool).await);
    note(notes, "pool", &"SELECT ?, ?".with((1, "x")).first::<(u8, String), _>(pool).await);
    note(notes, "pool", &"SELECT id FROM w ORDER BY id".fetch::<i32, _>(pool.clone()).await);
    note(notes, "pool", &"SELECT id FROM w".map(pool, |id: i32| id).await.map(|ids| ids.len()));
    note(notes, "pool", &"SELECT id FROM w".reduce(pool, 0, |n, id: i32| n + id).await);
    note(notes, "pool", &"NONSENSE".ignore(pool).await.map_err(text));
    note(notes, "pool", &"DO ?".with([(1,), (2,)]).batch(pool).await);
    let stream = "SELECT 1 UNION ALL SELECT 2".stream::<u8, _>(pool).await.unwrap();
    note(notes, "pool", &stream.try_collect::<Vec<_>>().await);
}

async fn transactions(pool: &Pool, notes: &mut Notes) {
    async fn insert<C: Queryable>(conn: &mut C, name: &str) -> Result<()> {
        conn.exec_drop("INSERT INTO w (name) VALUES (?)", (name,)).await
    }
    async fn is_there(pool: &Pool, name: &str) -> bool {
        let found: Option<u8> =
            "SELECT 1 FROM w WHERE name = ?".with((name,)).first(pool).await.unwrap();
        found.is_some()
    }
    let mut options = TxOpts::new();
    options.with_isolation_level(IsolationLevel::ReadCommitted);

    let mut transaction = pool.start_transaction(options.clone()).await.unwrap();
    insert(&mut transaction, "committed").await.unwrap();
    note(notes, "not yet", &is_there(pool, "committed").await);
    note(notes, "commit", &transaction.commit().await);
    note(notes, "committed", &is_there(pool, "committed").await);

    let mut conn = pool.get_conn().await.unwrap();
    let mut transaction = conn.start_transaction(options).await.unwrap();
    insert(&mut transaction, "rolled back").await.unwrap();
    note(
        notes,
        "seen inside",
        &"SELECT COUNT(*) FROM w WHERE name = 'rolled back'".first::<u8, _>(&mut transaction).await,
    );
    note(notes, "rollback", &transaction.rollback().await);
    note(notes, "rolled back", &is_there(pool, "rolled back").await);

    let mut transaction = conn.start_transaction(TxOpts::default()).await.unwrap();
    insert(&mut transaction, "dropped").await.unwrap();
    drop(transaction);
    drop(conn);
    let mut conn = pool.get_conn().await.unwrap();
    let mut transaction = conn.start_transaction(TxOpts::default()).await.unwrap();
    insert(&mut transaction, "after an error").await.unwrap();
    note(notes, "duplicate", &insert(&mut transaction, "a").await.map_err(text));
    note(notes, "commit", &transaction.commit().await);
    note(notes, "after an error", &is_there(pool, "after an error").await);
    note(notes, "dropped", &is_there(pool, "dropped").await);
    let mut read_only = TxOpts::new();
    read_only.with_readonly(true);
    let mut transaction = conn.start_transaction(read_only).await.unwrap();
    note(notes, "read only", &insert(&mut transaction, "read only").await.map_err(text));
    note(notes, "rollback", &transaction.rollback().await);

    // Dropped on a connection that stays: the next statement finds it rolled back.
    let mut transaction = conn.start_transaction(TxOpts::default()).await.unwrap();
    insert(&mut transaction, "dropped and gone on").await.unwrap();
    drop(transaction);
    let found = "SELECT COUNT(*) FROM w WHERE name = 'dropped and gone on'";
    note(notes, "gone on", &conn.query_first::<u8, _>(found).await);

    // What a transaction sees of others is its isolation.
    for level in [IsolationLevel::ReadCommitted, IsolationLevel::RepeatableRead] {
        let mut options = TxOpts::new();
        options
            .with_isolation_level(level)
            .with_consistent_snapshot(level == IsolationLevel::RepeatableRead);
        let mut transaction = conn.start_transaction(options).await.unwrap();
        let count = "SELECT COUNT(*) FROM w";
        let before: Option<u32> = transaction.query_first(count).await.unwrap();
        "INSERT INTO w (name) VALUES (?)".with((format!("{level}"),)).ignore(pool).await.unwrap();
        let after: Option<u32> = transaction.query_first(count).await.unwrap();
        note(notes, &format!("{level} sees"), &(before, after));
        note(notes, "commit", &transaction.commit().await);
    }

    // The only way to start a second one is to forget the first.
    std::mem::forget(conn.start_transaction(TxOpts::default()).await.unwrap());
    note(notes, "nested", &conn.start_transaction(TxOpts::default()).await.map(drop).map_err(text));
    note(notes, "not nested", &conn.query_first::<u8, _>("SELECT 1").await.map_err(text));
    note(notes, "disconnect", &conn.disconnect().await);
}

async fn concurrent(pool: &Pool, notes: &mut Notes) {
    let tasks = (0..20).map(|i| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mut conn = pool.get_conn().await?;
            conn.exec_drop("INSERT INTO w (name, n) VALUES (?, ?)", (format!("task {i}"), i))
                .await?;
            conn.exec_first::<i32, _, _>(
                "SELECT CAST(n AS SIGNED) FROM w WHERE name = ?",
                (format!("task {i}"),),
            )
            .await
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        note(notes, "task", &task.await.unwrap().map_err(text));
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is for `map_err`")]
fn text(error: Error) -> String {
    error.to_string()
}
