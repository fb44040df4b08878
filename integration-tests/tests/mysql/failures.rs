//! What goes wrong: the server's errors, the driver's, cancellation and panics.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use otelier::mysql::{
    Conn, Error, OptsBuilder, Pool, PoolConstraints, PoolOpts, TxOpts, params, prelude::*,
};
use otelier_testing::{ExpectedSpan, assert_tree};

use super::support::{Database, failed, on_both_runtimes};

on_both_runtimes!(
    the_code_of_a_server_error,
    an_error_in_a_later_result_set,
    errors_of_the_driver,
    a_query_that_is_given_up,
    a_row_that_is_given_up,
    a_row_that_is_given_up_for_a_while,
    a_transaction_and_a_batch_that_are_given_up,
    a_connection_that_is_killed,
    a_server_that_is_not_there,
    a_login_that_is_refused,
    a_pool_that_has_no_connection_left,
    a_panic_of_the_caller,
);

async fn the_code_of_a_server_error(db: &Database) {
    db.prepare("CREATE TABLE t (i INT PRIMARY KEY); INSERT INTO t VALUES (1)").await;
    let mut conn = Conn::new(db.opts()).await.unwrap();

    let span = db
        .statement("INSERT t", "INSERT INTO t VALUES (?)")
        .attr("db.response.status_code", "1062")
        .error("1062");
    let error =
        db.expect([span], conn.exec_drop("INSERT INTO t VALUES (?)", (1,))).await.unwrap_err();
    assert!(matches!(error, Error::Server(error) if error.code == 1062));

    let span = db
        .statement("SELECT nowhere", "SELECT * FROM nowhere")
        .attr("db.response.status_code", "1146")
        .error("1146");
    db.expect([span], conn.query_drop("SELECT * FROM nowhere")).await.unwrap_err();

    let span = db
        .span(&format!("PREPARE {}", db.name))
        .attr("db.operation.name", "PREPARE")
        .attr("db.query.text", "SELECT FROM")
        .attr("db.response.status_code", "1064")
        .error("1064");
    db.expect([span], conn.prep("SELECT FROM")).await.unwrap_err();

    let point = |code: &str| {
        db.point().attr("db.response.status_code", code).attr("error.type", code).count(1)
    };
    db.expect_durations([
        point("1062").attr("db.query.summary", "INSERT t"),
        point("1146").attr("db.query.summary", "SELECT nowhere"),
        point("1064").attr("db.operation.name", "PREPARE"),
    ]);
}

async fn an_error_in_a_later_result_set(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let span = || {
        db.statement("SELECT SELECT nowhere", "SELECT ?; SELECT * FROM nowhere")
            .attr("db.response.status_code", "1146")
            .error("1146")
    };
    let text = "SELECT 1; SELECT * FROM nowhere";
    let error = db.expect([span()], conn.query::<u8, _>(text)).await.unwrap_err();
    assert!(matches!(error, Error::Server(error) if error.code == 1146));

    let error = db
        .expect([span()], async {
            let mut result = conn.query_iter(text).await.unwrap();
            // The first set is all right, and so is the result until it is asked for more.
            assert_eq!(result.collect::<u8>().await.unwrap(), [1]);
            result.collect::<u8>().await.unwrap_err()
        })
        .await;
    assert!(matches!(error, Error::Server(error) if error.code == 1146));
}

async fn errors_of_the_driver(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let span = db.statement("DO", "DO ?").error("StmtParamsMismatch");
    db.expect([span], conn.exec_drop("DO ?", (1, 2))).await.unwrap_err();
    let span = db.statement("DO", "DO ?, :named").error("MixedParams");
    db.expect([span], conn.exec_drop("DO ?, :named", (1, 2))).await.unwrap_err();
    let span = db.statement("DO", "DO :named").error("Params");
    db.expect([span], conn.exec_drop("DO :named", params! { "other" => 1 })).await.unwrap_err();

    // A file that is not given. The connection is another, for the driver closes one on which it
    // had an error.
    db.prepare("CREATE TABLE t (i INT)").await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let load =
        db.statement("LOAD DATA t", "LOAD DATA LOCAL INFILE ? INTO TABLE t").error("LocalInfile");
    let text = "LOAD DATA LOCAL INFILE 'planted.csv' INTO TABLE t";
    db.expect([load], conn.query_drop(text)).await.unwrap_err();

    // Too large a packet is an error like others to the driver.
    let small = db.opts().max_allowed_packet(Some(1024));
    let mut conn = Conn::new(small).await.unwrap();
    let span = db.statement("DO", "DO ?").error("_OTHER");
    db.expect([span], conn.query_drop(format!("DO '{}'", "x".repeat(2048)))).await.unwrap_err();

    let pool = Pool::new(db.opts());
    pool.clone().disconnect().await.unwrap();
    let connect = || {
        let name = format!("connect {}", db.name);
        let span = db.span(&name).attr("db.operation.name", "connect").error("PoolDisconnected");
        // It is not known yet what the server is.
        span.attr("db.system.name", "mysql")
    };
    db.expect([connect()], pool.get_conn()).await.unwrap_err();
    db.expect([connect()], "SELECT 1".ignore(&pool)).await.unwrap_err();
}

async fn a_query_that_is_given_up(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let span = db.statement("SELECT", "SELECT SLEEP(?)").attr("otelier.cancelled", true);
    let (outcome, spans) = db
        .traced(tokio::time::timeout(
            Duration::from_millis(100),
            conn.query_drop("SELECT SLEEP(5)"),
        ))
        .await;
    outcome.unwrap_err();
    assert_tree(&spans, otelier_testing::span("test").child(span));
    let span = spans.iter().find(|span| span.name == "SELECT").expect("the query's span");
    assert!((80..1_000).contains(&span.duration().as_millis()), "{:?}", span.duration());
    db.expect_durations([db.point().attr("db.query.summary", "SELECT").count(1)]);
}

/// Big rows, so that the server sends the first before it sleeps for the second.
fn slow_rows(seconds: f32) -> String {
    let two = "SELECT 1 AS i UNION ALL SELECT 2";
    format!("SELECT REPEAT('x', 100000) FROM ({two}) AS two WHERE i = 1 OR NOT SLEEP({seconds})")
}

fn slow_span(db: &Database) -> ExpectedSpan {
    let two = "SELECT ? AS i UNION ALL SELECT ?";
    let text = format!("SELECT REPEAT(?) FROM ({two}) AS two WHERE i = ? OR NOT SLEEP(?)");
    db.statement("SELECT SELECT SELECT", &text.replace("REPEAT(?)", "REPEAT(?, ?)"))
}

async fn a_row_that_is_given_up(db: &Database) {
    let short = Duration::from_millis(100);
    let mut conn = Conn::new(db.opts()).await.unwrap();
    db.expect([slow_span(db).attr("otelier.cancelled", true)], async {
        let mut stream = conn.query_stream::<Vec<u8>, _>(slow_rows(5.0)).await.unwrap();
        stream.next().await.unwrap().unwrap();
        tokio::time::timeout(short, stream.next()).await.unwrap_err();
    })
    .await;
}

async fn a_row_that_is_given_up_for_a_while(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let lengths = db
        .expect([slow_span(db)], async {
            let mut stream = conn.query_stream::<Vec<u8>, _>(slow_rows(0.2)).await.unwrap();
            let mut lengths = Vec::new();
            loop {
                // Who waits for something else meanwhile gives up the wait, and not the stream.
                tokio::select! {
                    row = stream.next() => match row {
                        Some(row) => lengths.push(row.unwrap().len()),
                        None => break lengths,
                    },
                    () = tokio::time::sleep(Duration::from_millis(20)) => {}
                }
            }
        })
        .await;
    assert_eq!(lengths, [100_000, 100_000]);
}

async fn a_transaction_and_a_batch_that_are_given_up(db: &Database) {
    db.prepare("CREATE TABLE t (i INT) ENGINE = InnoDB").await;
    let insert = "INSERT INTO t VALUES (?)";
    let mut holder = db.driver().await;
    holder.query_drop("LOCK TABLES t WRITE").await.unwrap();
    let short = Duration::from_millis(100);

    let mut conn = Conn::new(db.opts()).await.unwrap();
    let begin = db.statement("START TRANSACTION", "START TRANSACTION");
    let batch = db
        .statement("BATCH INSERT t", insert)
        .attr("db.operation.batch.size", 2)
        .attr("otelier.cancelled", true);
    // What is dropped without a word is rolled back without a span.
    db.expect([begin, batch], async {
        let mut transaction = conn.start_transaction(TxOpts::default()).await.unwrap();
        tokio::time::timeout(short, transaction.exec_batch(insert, [(1,), (2,)]))
            .await
            .unwrap_err();
    })
    .await;
    holder.disconnect().await.unwrap();
}

async fn a_connection_that_is_killed(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    db.prepare(&format!("KILL {}", conn.id())).await;
    let (outcome, spans) = db.traced(conn.query_drop("SELECT 1")).await;
    assert_tree(
        &spans,
        otelier_testing::span("test").child(failed(db.statement("SELECT", "SELECT ?"), &outcome)),
    );
}

async fn a_server_that_is_not_there(db: &Database) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere =
        OptsBuilder::default().ip_or_hostname("127.0.0.1").tcp_port(port).db_name(Some(&db.name));
    let refused = |name: &str| {
        otelier_testing::span(name)
            .client()
            .attr("db.system.name", "mysql")
            .attr("db.namespace", db.name.as_str())
            .attr("server.address", "127.0.0.1")
            .attr("server.port", port)
            .error("ConnectionRefused")
    };
    let connect = || refused(&format!("connect {}", db.name)).attr("db.operation.name", "connect");
    let pool = Pool::new(nowhere.clone());
    db.expect([connect()], pool.get_conn()).await.unwrap_err();
    db.expect([connect()], "SELECT 1".ignore(&pool)).await.unwrap_err();
    db.expect([connect()], Conn::new(nowhere)).await.unwrap_err();
    let begin = refused("START TRANSACTION")
        .attr("db.query.summary", "START TRANSACTION")
        .attr("db.query.text", "START TRANSACTION");
    db.expect([begin], pool.start_transaction(TxOpts::default())).await.unwrap_err();
    pool.disconnect().await.unwrap();
}

async fn a_login_that_is_refused(db: &Database) {
    // A user that there is: for others a server may ask for a login that the driver does not know.
    let refused = db.opts().pass(Some("planted-wrong-password"));
    let connect = db
        .span(&format!("connect {}", db.name))
        .attr("db.system.name", "mysql")
        .attr("db.operation.name", "connect")
        .attr("db.response.status_code", "1045")
        .error("1045");
    let error = db.expect([connect], Conn::new(refused)).await.unwrap_err();
    assert!(matches!(error, Error::Server(error) if error.code == 1045));
}

async fn a_pool_that_has_no_connection_left(db: &Database) {
    let one = PoolOpts::new().with_constraints(PoolConstraints::new(1, 1).unwrap());
    let pool = Pool::new(db.opts().pool_opts(one));
    let held = pool.get_conn().await.unwrap();
    let connect = db
        .span(&format!("connect {}", db.name))
        .attr("db.operation.name", "connect")
        .attr("otelier.cancelled", true);
    db.expect([connect], tokio::time::timeout(Duration::from_millis(50), pool.get_conn()))
        .await
        .unwrap_err();
    drop(held);
    pool.disconnect().await.unwrap();
}

async fn a_panic_of_the_caller(db: &Database) {
    async fn caught<T: std::fmt::Debug>(work: impl Future<Output = T>) {
        AssertUnwindSafe(work).catch_unwind().await.expect_err("the panic goes on to the caller");
    }
    fn panic() -> u8 {
        panic!("on purpose")
    }
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let span = || db.statement("SELECT", "SELECT ?").error("panic");
    db.expect([span()], caught(conn.query_map("SELECT 1", |_: u8| panic()))).await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    db.expect([span()], caught(conn.exec_fold("SELECT ?", (1,), 0, |_, _: u8| panic()))).await;
    let mut conn = Conn::new(db.opts()).await.unwrap();
    db.expect([span()], async {
        let result = conn.query_iter("SELECT 1").await.unwrap();
        caught(result.for_each_and_drop(|_| {
            panic();
        }))
        .await;
    })
    .await;
    // Between two rows it is the caller's own code that panics, in the middle of what it asked for.
    let mut conn = Conn::new(db.opts()).await.unwrap();
    db.expect(
        [span()],
        caught(async {
            let mut stream = conn.query_stream::<u8, _>("SELECT 1").await.unwrap();
            stream.next().await.unwrap().unwrap();
            panic()
        }),
    )
    .await;
}
