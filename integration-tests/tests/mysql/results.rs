//! The span of a result ends with its last row, or with the result.

use std::time::SystemTime;

use futures_util::{StreamExt as _, TryStreamExt as _};
use otelier::mysql::{Conn, Pool, Row, from_row, prelude::*};

use super::support::{Database, on_both_runtimes};

on_both_runtimes!(
    a_span_lasts_until_the_last_row,
    a_stream_that_is_dropped_midway_has_succeeded,
    a_stream_that_owns_its_connection,
    streams_of_statements_and_of_pools,
    several_result_sets_are_one_span,
    a_statement_that_executes_another_may_have_several_result_sets,
    several_streams_of_one_result,
    each_way_to_read_a_result,
    a_stream_of_a_single_statement_is_its_end,
    a_result_without_rows_is_over_at_once,
    a_row_that_does_not_convert_is_the_callers_panic,
);

const THREE: &str = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3";
const THREE_TEXT: &str = "SELECT ? UNION ALL SELECT ? UNION ALL SELECT ?";
const THREE_SUMMARY: &str = "SELECT SELECT SELECT";

async fn a_span_lasts_until_the_last_row(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let (_, spans) = db
        .traced(async {
            let stream = conn.query_stream::<u8, _>(THREE).await.unwrap();
            stream
                .try_for_each(|_| async {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    Ok(())
                })
                .await
                .unwrap();
        })
        .await;
    let span = spans.iter().find(|span| span.name == THREE_SUMMARY).expect("the query's span");
    assert!(span.duration() >= std::time::Duration::from_millis(60), "{:?}", span.duration());
    db.expect_durations([db
        .point()
        .attr("db.query.summary", THREE_SUMMARY)
        .sum_between(0.06, 10.0)
        .count(1)]);
}

async fn a_stream_that_is_dropped_midway_has_succeeded(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    db.expect([db.statement(THREE_SUMMARY, THREE_TEXT)], async {
        let mut stream = conn.query_stream::<u8, _>(THREE).await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), 1);
    })
    .await;
    // The connection is as good as with the bare driver.
    let one: Option<u8> = conn.query_first("SELECT 1").await.unwrap();
    assert_eq!(one, Some(1));
}

async fn a_stream_that_owns_its_connection(db: &Database) {
    let pool = Pool::new(db.opts());
    let rows = db
        .expect([db.statement(THREE_SUMMARY, THREE_TEXT)], async {
            let conn = pool.get_conn().await.unwrap();
            let stream = THREE.stream::<u8, _>(conn).await.unwrap();
            tokio::spawn(async move { stream.try_collect::<Vec<_>>().await }).await.unwrap()
        })
        .await
        .unwrap();
    assert_eq!(rows, [1, 2, 3]);
    pool.disconnect().await.unwrap();
}

async fn streams_of_statements_and_of_pools(db: &Database) {
    let pool = Pool::new(db.opts());
    let mut conn = pool.get_conn().await.unwrap();
    let span = || db.statement("SELECT SELECT", "SELECT ? UNION ALL SELECT ?");
    let text = "SELECT ? UNION ALL SELECT ?";
    let rows: Vec<u8> = db
        .expect([span()], async {
            conn.exec_stream::<u8, _, _>(text, (1, 2)).await?.try_collect().await
        })
        .await
        .unwrap();
    assert_eq!(rows, [1, 2]);
    let rows: Vec<u8> = db
        .expect([span()], async {
            text.with((1, 2)).stream::<u8, _>(&pool).await?.try_collect().await
        })
        .await
        .unwrap();
    assert_eq!(rows, [1, 2]);
    drop(conn);
    pool.disconnect().await.unwrap();
}

async fn several_result_sets_are_one_span(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let span = db.statement("SELECT SELECT SELECT", "SELECT ?; SELECT ?, ?; SELECT ?");
    db.expect([span], async {
        let mut result = conn.query_iter("SELECT 1; SELECT 2, 'a'; SELECT 3").await.unwrap();
        assert_eq!(result.collect::<u8>().await.unwrap(), [1]);
        assert_eq!(result.collect::<(u8, String)>().await.unwrap(), [(2, "a".to_owned())]);
        assert!(!result.is_empty());
        assert_eq!(result.collect::<u8>().await.unwrap(), [3]);
        assert!(result.is_empty());
    })
    .await;
    // Only the first is collected, and the rest is dropped, as by the driver.
    let first: Vec<u8> = conn.query("SELECT 1; SELECT 2").await.unwrap();
    assert_eq!(first, [1]);
}

async fn a_statement_that_executes_another_may_have_several_result_sets(db: &Database) {
    db.prepare("CREATE PROCEDURE fails() BEGIN SELECT 1; SELECT 2; SIGNAL SQLSTATE '45000'; END")
        .await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    conn.query_drop("PREPARE p FROM 'CALL fails()'").await.unwrap();
    let execute =
        db.statement("EXECUTE", "EXECUTE p").attr("db.response.status_code", "1644").error("1644");
    db.expect([execute], async {
        let mut result = conn.query_iter("EXECUTE p").await.unwrap();
        assert_eq!(result.collect::<u8>().await.unwrap(), [1]);
        assert_eq!(result.collect::<u8>().await.unwrap(), [2]);
        result.collect::<u8>().await.unwrap_err();
    })
    .await;
}

async fn several_streams_of_one_result(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    db.expect([db.statement("SELECT SELECT", "SELECT ?; SELECT ?")], async {
        let mut result = conn.query_iter("SELECT 1; SELECT 2").await.unwrap();
        for expected in [1, 2] {
            let stream = result.stream::<u8>().await.unwrap().expect("a result set");
            assert_eq!(stream.try_collect::<Vec<_>>().await.unwrap(), [expected]);
        }
        assert!(result.stream::<Row>().await.unwrap().is_none());
    })
    .await;
}

async fn each_way_to_read_a_result(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let span = || db.statement(THREE_SUMMARY, THREE_TEXT);
    let sum = |sum: u8, one: u8| sum + one;
    macro_rules! read {
        (|$result:ident| $read:expr) => {{
            let read = async {
                let mut $result = conn.query_iter(THREE).await.unwrap();
                $read.await.unwrap()
            };
            let of_text = db.expect([span()], read).await;
            let read = async {
                let mut $result = conn.exec_iter(THREE, ()).await.unwrap();
                $read.await.unwrap()
            };
            let of_a_statement = db.expect([span()], read).await;
            assert_eq!(of_text, of_a_statement);
            of_text
        }};
    }
    let three = [1, 2, 3];
    assert_eq!(read!(|result| result.collect::<u8>()), three);
    assert_eq!(read!(|result| result.map(from_row::<u8>)), three);
    assert_eq!(read!(|result| result.reduce(0, sum)), 6);
    assert_eq!(read!(|result| result.try_collect::<u8>()).len(), 3);
    let mut rows = 0;
    read!(|result| result.for_each(|_| rows += 1));
    assert_eq!(rows, 6);

    macro_rules! read_and_drop {
        (|$result:ident| $read:expr) => {{
            let read = async {
                let $result = conn.query_iter(THREE).await.unwrap();
                $read.await.unwrap()
            };
            db.expect([span()], read).await
        }};
    }
    assert_eq!(read_and_drop!(|result| result.collect_and_drop::<u8>()), three);
    assert_eq!(read_and_drop!(|result| result.map_and_drop(from_row::<u8>)), three);
    assert_eq!(read_and_drop!(|result| result.reduce_and_drop(0, sum)), 6);
    assert_eq!(read_and_drop!(|result| result.try_collect_and_drop::<u8>()).len(), 3);
    read_and_drop!(|result| result.for_each_and_drop(|_| rows += 1));
    assert_eq!(rows, 9);
    read_and_drop!(|result| result.drop_result());
    let stream = read_and_drop!(|result| async {
        result.stream_and_drop::<u8>().await.unwrap().unwrap().try_collect::<Vec<_>>().await
    });
    assert_eq!(stream, three);
    // Row by row, as the driver's own methods read.
    db.expect([span()], async {
        let mut result = conn.query_iter(THREE).await.unwrap();
        for expected in three {
            assert_eq!(result.next().await.unwrap().map(from_row::<u8>), Some(expected));
        }
        assert!(result.next().await.unwrap().is_none());
    })
    .await;
}

async fn a_stream_of_a_single_statement_is_its_end(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let (before_drop, spans) = db
        .traced(async {
            let mut result = conn.query_iter(THREE).await.unwrap();
            let stream = result.stream::<u8>().await.unwrap().unwrap();
            assert_eq!(stream.try_collect::<Vec<_>>().await.unwrap(), [1, 2, 3]);
            let before_drop = SystemTime::now();
            drop(result);
            before_drop
        })
        .await;
    let span = spans.iter().find(|span| span.name == THREE_SUMMARY).expect("the query's span");
    assert!(span.end <= before_drop, "{span:?}");
}

async fn a_result_without_rows_is_over_at_once(db: &Database) {
    db.prepare("CREATE TABLE t (i INT)").await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let (before_drop, spans) = db
        .traced(async {
            let result = conn.query_iter("INSERT INTO t VALUES (1), (2)").await.unwrap();
            assert_eq!(result.affected_rows(), 2);
            let before_drop = SystemTime::now();
            drop(result);
            before_drop
        })
        .await;
    let span = spans.iter().find(|span| span.name == "INSERT t").expect("the query's span");
    assert!(span.end <= before_drop, "{span:?}");
}

async fn a_row_that_does_not_convert_is_the_callers_panic(db: &Database) {
    use futures_util::FutureExt as _;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let span = db.statement("SELECT", "SELECT ?").error("panic");
    let outcome = db
        .expect(
            [span],
            std::panic::AssertUnwindSafe(conn.query::<u8, _>("SELECT 'planted'")).catch_unwind(),
        )
        .await;
    outcome.expect_err("the driver's own conversion panics");
}
