//! Callers that go away, change their minds or panic, and what the connection is like afterwards.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use super::mysql::{Conn, OptsBuilder, Pool, PoolConstraints, PoolOpts, TxOpts, prelude::*};
use super::{Notes, note, text};
use futures_util::{FutureExt as _, StreamExt as _};

const SHORT: Duration = Duration::from_millis(50);
/// Big rows, so that the server sends the first before it sleeps for the second.
const SLOW: &str = "SELECT REPEAT('x', 100000) FROM (SELECT 1 AS i UNION ALL SELECT 2) AS two \
    WHERE i = 1 OR NOT SLEEP(0.2)";

pub(super) async fn run(opts: &OptsBuilder, notes: &mut Notes) {
    given_up(opts, notes).await;
    panics(opts, notes).await;
    in_a_pool(opts, notes).await;
}

async fn given_up(opts: &OptsBuilder, notes: &mut Notes) {
    let mut conn = Conn::new(opts.clone()).await.unwrap();
    let given_up = tokio::time::timeout(SHORT, conn.query_drop("SELECT SLEEP(0.2)")).await.is_err();
    note(notes, "given up", &given_up);
    // The driver reads what is left of the answer first.
    note(notes, "afterwards", &conn.query_first::<u8, _>("SELECT 3").await.map_err(text));

    let mut conn = Conn::new(opts.clone()).await.unwrap();
    let mut stream = conn.query_stream::<Vec<u8>, _>(SLOW).await.unwrap();
    note(notes, "first", &stream.next().await.unwrap().unwrap().len());
    note(notes, "second given up", &tokio::time::timeout(SHORT, stream.next()).await.is_err());
    note(notes, "second", &stream.next().await.unwrap().unwrap().len());
    note(notes, "end", &stream.next().await.is_none());
    drop(stream);
    let mut stream = conn.query_stream::<Vec<u8>, _>(SLOW).await.unwrap();
    note(notes, "first", &stream.next().await.unwrap().unwrap().len());
    note(notes, "given up", &tokio::time::timeout(SHORT, stream.next()).await.is_err());
    drop(stream);
    note(notes, "afterwards", &conn.query_first::<u8, _>("SELECT 4").await.map_err(text));

    let mut conn = Conn::new(opts.clone()).await.unwrap();
    let sleep = conn.exec_drop("DO SLEEP(?)", (0.2,));
    let given_up = tokio::select! {
        _ = sleep => false,
        () = tokio::time::sleep(SHORT) => true,
    };
    note(notes, "select", &given_up);
    note(notes, "afterwards", &conn.query_first::<u8, _>("SELECT 5").await.map_err(text));
    // A future that is not polled does nothing.
    drop(conn.query_drop("NONSENSE"));
    note(notes, "unpolled", &conn.query_first::<u8, _>("SELECT 6").await.map_err(text));
}

async fn panics(opts: &OptsBuilder, notes: &mut Notes) {
    async fn caught<T>(work: impl Future<Output = T>) -> bool {
        AssertUnwindSafe(work).catch_unwind().await.is_err()
    }
    fn on_purpose<T>() -> T {
        panic!("on purpose")
    }
    const TWO: &str = "SELECT 1 UNION ALL SELECT 2";
    let mut conn = Conn::new(opts.clone()).await.unwrap();
    note(notes, "map", &caught(conn.query_map(TWO, |_: u8| on_purpose::<u8>())).await);
    note(notes, "afterwards", &conn.query_first::<u8, _>("SELECT 7").await.map_err(text));
    note(notes, "fold", &caught(conn.exec_fold(TWO, (), 0, |_, _: u8| on_purpose())).await);
    note(notes, "afterwards", &conn.query_first::<u8, _>("SELECT 8").await.map_err(text));
    let result = conn.query_iter(TWO).await.unwrap();
    note(notes, "for each", &caught(result.for_each_and_drop(|_| on_purpose())).await);
    note(notes, "afterwards", &conn.query_first::<u8, _>("SELECT 9").await.map_err(text));
    note(
        notes,
        "first",
        &caught(conn.query_first::<u8, _>("SELECT 'x' UNION ALL SELECT 'y'")).await,
    );
    note(notes, "afterwards", &conn.query_first::<u8, _>("SELECT 10").await.map_err(text));
    note(notes, "statement's first", &caught(conn.exec_first::<u8, _, _>("SELECT 'x'", ())).await);
    note(notes, "afterwards", &conn.query_first::<u8, _>("SELECT 11").await.map_err(text));
    let params = (0..3).map(|i| if i < 2 { (i,) } else { on_purpose() });
    conn.query_drop("CREATE TEMPORARY TABLE p (i INT)").await.unwrap();
    note(notes, "batch", &caught("INSERT INTO p VALUES (?)".with(params).batch(&mut conn)).await);
    note(notes, "afterwards", &conn.query::<u8, _>("SELECT i FROM p").await.map_err(text));
    let stream = caught(conn.query_stream::<u8, _>("DO 1")).await;
    note(notes, "stream of nothing", &stream);
    note(notes, "afterwards", &conn.query_first::<u8, _>("SELECT 12").await.map_err(text));
    // Of several sets the later is an error, and the row of the first does not convert: the panic
    // comes first.
    note(notes, "both", &caught(conn.query_first::<u8, _>("SELECT 'x'; NONSENSE")).await);
}

async fn in_a_pool(opts: &OptsBuilder, notes: &mut Notes) {
    let one = PoolOpts::new().with_constraints(PoolConstraints::new(1, 1).unwrap());
    let pool = Pool::new(opts.clone().pool_opts(one));
    let given_up = tokio::time::timeout(SHORT, "SELECT SLEEP(0.2)".ignore(&pool)).await.is_err();
    note(notes, "given up", &given_up);
    note(notes, "afterwards", &"SELECT 1".first::<u8, _>(&pool).await);
    let panicked = AssertUnwindSafe("SELECT 1".map(&pool, |_: u8| -> u8 { panic!("on purpose") }));
    note(notes, "panicked", &panicked.catch_unwind().await.is_err());
    note(notes, "afterwards", &"SELECT 2".first::<u8, _>(&pool).await);

    "CREATE TABLE IF NOT EXISTS interrupted (i INT) ENGINE = InnoDB".ignore(&pool).await.unwrap();
    let work = async {
        let mut transaction = pool.start_transaction(TxOpts::default()).await.unwrap();
        "INSERT INTO interrupted VALUES (1)".ignore(&mut transaction).await.unwrap();
        transaction.query_drop("DO SLEEP(0.2)").await.unwrap();
        transaction.commit().await.unwrap();
    };
    note(notes, "given up", &tokio::time::timeout(SHORT, work).await.is_err());
    note(notes, "rolled back", &"SELECT COUNT(*) FROM interrupted".first::<u8, _>(&pool).await);
    let work = AssertUnwindSafe(async {
        let mut transaction = pool.start_transaction(TxOpts::default()).await.unwrap();
        "INSERT INTO interrupted VALUES (1)".ignore(&mut transaction).await.unwrap();
        panic!("on purpose")
    });
    note(notes, "panicked", &work.catch_unwind().await.is_err());
    note(notes, "rolled back", &"SELECT COUNT(*) FROM interrupted".first::<u8, _>(&pool).await);
    note(notes, "disconnect", &pool.disconnect().await);
}
