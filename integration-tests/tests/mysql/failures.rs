//! What goes wrong: the server's errors, the driver's, cancellation and panics.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use otelier::mysql::{Conn, Error, OptsBuilder, Pool, PoolConstraints, PoolOpts, TxOpts, prelude::*};

use super::support::{Database, on_both_runtimes};

on_both_runtimes!(
    the_code_of_a_server_error,
    an_error_in_a_later_result_set,
    errors_of_the_driver,
    a_query_that_is_given_up,
    a_row_that_is_given_up,
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
    let error = db.expect([span], conn.exec_drop("INSERT INTO t VALUES (?)", (1,))).await.unwrap_err();
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

    let failed =
        |code: &str| db.point().attr("db.response.status_code", code).attr("error.type", code).count(1);
    db.expect_durations([
        failed("1062").attr("db.query.summary", "INSERT t"),
        failed("1146").attr("db.query.summary", "SELECT nowhere"),
        failed("1064").attr("db.operation.name", "PREPARE"),
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
}

async fn a_query_that_is_given_up(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let span = db.statement("SELECT", "SELECT SLEEP(?)").attr("error.type", "cancelled");
    let (outcome, spans) =
        db.traced(tokio::time::timeout(Duration::from_millis(100), conn.query_drop("SELECT SLEEP(5)"))).await;
    outcome.unwrap_err();
    otelier_testing::assert_tree(&spans, otelier_testing::span("test").child(span));
    let span = spans.iter().find(|span| span.name == "SELECT").expect("the query's span");
    assert!((80..1_000).contains(&span.duration().as_millis()), "{:?}", span.duration());
    db.expect_durations([db
        .point()
        .attr("db.query.summary", "SELECT")
        .attr("error.type", "cancelled")
        .count(1)]);
}

async fn a_row_that_is_given_up(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    // Big rows, so that the server sends the first before it sleeps for the second.
    let text =
        "SELECT REPEAT('x', 100000) FROM (SELECT 1 AS i UNION ALL SELECT 2) AS two WHERE i = 1 OR SLEEP(5)";
    let (_, spans) = db
        .traced(async {
            let mut stream = conn.query_stream::<Vec<u8>, _>(text).await.unwrap();
            stream.next().await.unwrap().unwrap();
            tokio::time::timeout(Duration::from_millis(100), stream.next()).await.unwrap_err();
        })
        .await;
    let [span] = spans.iter().filter(|span| span.name != "test").collect::<Vec<_>>()[..] else {
        panic!("one span, not {spans:?}")
    };
    assert_eq!(span.attribute("error.type"), Some(&"cancelled".into()));
    assert_eq!(span.status, opentelemetry::trace::Status::Unset);
}

async fn a_connection_that_is_killed(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    db.prepare(&format!("KILL {}", conn.id())).await;
    let (outcome, spans) = db.traced(conn.query_drop("SELECT 1")).await;
    let error = outcome.unwrap_err();
    let span = spans.iter().find(|span| span.name == "SELECT").expect("the query's span");
    let expected = match &error {
        Error::Server(error) => error.code.to_string(),
        Error::Io(otelier::mysql::IoError::Io(error)) => format!("{:?}", error.kind()),
        Error::Driver(_) => "ConnectionClosed".to_owned(),
        other => panic!("{other}"),
    };
    assert_eq!(span.attribute("error.type"), Some(&expected.as_str().into()));
}

async fn a_server_that_is_not_there(db: &Database) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = OptsBuilder::default().ip_or_hostname("127.0.0.1").tcp_port(port).db_name(Some(&db.name));
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
    let pool = Pool::new(nobody.clone());
    db.expect([connect()], pool.get_conn()).await.unwrap_err();
    db.expect([connect()], "SELECT 1".ignore(&pool)).await.unwrap_err();
    db.expect([connect()], Conn::new(nobody)).await.unwrap_err();
    let begin = refused("START TRANSACTION")
        .attr("db.query.summary", "START TRANSACTION")
        .attr("db.query.text", "START TRANSACTION");
    db.expect([begin], pool.start_transaction(TxOpts::default())).await.unwrap_err();
    pool.disconnect().await.unwrap();
}

async fn a_login_that_is_refused(db: &Database) {
    let refused = db.opts().user(Some("nobody_at_all")).pass(Some("planted-wrong-password"));
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
        .attr("error.type", "cancelled");
    db.expect([connect], tokio::time::timeout(Duration::from_millis(50), pool.get_conn())).await.unwrap_err();
    drop(held);
    pool.disconnect().await.unwrap();
}

async fn a_panic_of_the_caller(db: &Database) {
    let mut conn = Conn::new(db.opts()).await.unwrap();
    let span = db.statement("SELECT", "SELECT ?").error("panic");
    let query = conn.query_map("SELECT 1", |_: u8| -> u8 { panic!("on purpose") });
    let outcome = db.expect([span], AssertUnwindSafe(query).catch_unwind()).await;
    outcome.expect_err("the panic goes on to the caller");
}
