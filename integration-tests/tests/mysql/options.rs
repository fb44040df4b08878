//! What a user may choose, and providers of one's own.

use futures_util::StreamExt as _;
use mysql_async::prelude::Queryable as Driver;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use otelier::mysql::{Pool, PoolBuilder, params, prelude::*};
use otelier_testing::{Capture, Span, assert_tree, assert_trees};

use super::support::{Database, on_both_runtimes};

on_both_runtimes!(
    without_query_text,
    with_query_parameters,
    with_returned_rows,
    with_ansi_quotes,
    with_sql_commenter,
    definitions_get_no_comment,
    providers_of_its_own,
    each_signal_off,
);

async fn without_query_text(db: &Database) {
    let mut conn = Pool::builder().with_query_text(false).connect(db.opts()).await.unwrap();
    let span = |name: &str| db.span(name);
    let select = span("SELECT").attr("db.query.summary", "SELECT");
    db.expect([select], conn.query_drop("SELECT 'planted'")).await.unwrap();
    let batch =
        span("BATCH DO").attr("db.query.summary", "BATCH DO").attr("db.operation.batch.size", 0);
    db.expect([batch], conn.exec_batch("DO ?", Vec::<(u8,)>::new())).await.unwrap();
    let prepare = span(&format!("PREPARE {}", db.name)).attr("db.operation.name", "PREPARE");
    db.expect([prepare], conn.prep("DO 'planted'")).await.unwrap();
    db.expect_durations([
        db.point().attr("db.query.summary", "SELECT").count(1),
        db.point().attr("db.query.summary", "BATCH DO").count(1),
        db.point().attr("db.operation.name", "PREPARE").count(1),
    ]);
}

async fn with_query_parameters(db: &Database) {
    db.prepare("CREATE TABLE t (i INT)").await;
    let mut conn = Pool::builder().with_query_parameters(true).connect(db.opts()).await.unwrap();
    let positional = db
        .statement("DO", "DO ?, ?")
        .attr("db.query.parameter.0", "text")
        .attr("db.query.parameter.1", "7");
    db.expect([positional], conn.exec_drop("DO ?, ?", ("text", 7))).await.unwrap();
    let named = || db.statement("DO", "DO :name").attr("db.query.parameter.name", "NULL");
    let params = || params! { "name" => None::<u8> };
    db.expect([named()], conn.exec_drop("DO :name", params())).await.unwrap();
    db.expect([named()], "DO :name".with(params()).ignore(&mut conn)).await.unwrap();
    let statement = conn.prep("DO :name").await.unwrap();
    db.expect([named()], conn.exec_drop(&statement, params())).await.unwrap();
    // Never of batches, however small.
    let insert = "INSERT INTO t VALUES (?)";
    db.expect([db.statement("INSERT t", insert)], conn.exec_batch(insert, [(1,)])).await.unwrap();
    let two = db.statement("BATCH INSERT t", insert).attr("db.operation.batch.size", 2);
    db.expect([two], conn.exec_batch(insert, [(1,), (2,)])).await.unwrap();
    // Metrics have none.
    db.expect_durations([
        db.point().attr("db.query.summary", "DO").count(4),
        db.point().attr("db.operation.name", "PREPARE").count(1),
        db.point().attr("db.query.summary", "INSERT t").count(1),
        db.point().attr("db.query.summary", "BATCH INSERT t").count(1),
    ]);
}

async fn with_returned_rows(db: &Database) {
    let mut conn = Pool::builder().with_returned_rows(true).connect(db.opts()).await.unwrap();
    let two = "SELECT 1 UNION ALL SELECT 2";
    let rows = |rows: i64| {
        db.statement("SELECT SELECT", "SELECT ? UNION ALL SELECT ?")
            .attr("db.response.returned_rows", rows)
    };
    db.expect([rows(2)], conn.query::<u8, _>(two)).await.unwrap();
    // What is dropped was not read.
    db.expect([rows(1)], conn.exec_first::<u8, _, _>(two, ())).await.unwrap();
    db.expect([rows(1)], async {
        let mut stream = two.stream::<u8, _>(&mut conn).await.unwrap();
        stream.next().await.unwrap().unwrap();
    })
    .await;
    let none = db.statement("DO", "DO ?").attr("db.response.returned_rows", 0);
    db.expect([none], conn.query_drop("DO 1")).await.unwrap();
    db.expect_durations([
        db.point().attr("db.query.summary", "SELECT SELECT").count(3),
        db.point().attr("db.query.summary", "DO").count(1),
    ]);
}

async fn with_ansi_quotes(db: &Database) {
    db.prepare("CREATE TABLE quoted (i INT)").await;
    let mut conn = Pool::builder().with_ansi_quotes(true).connect(db.opts()).await.unwrap();
    let set = db.statement("SET", "SET SESSION sql_mode = ?");
    db.expect([set], conn.query_drop("SET SESSION sql_mode = 'ANSI_QUOTES'")).await.unwrap();
    let text = r#"SELECT "i" FROM "quoted""#;
    db.expect([db.statement(r#"SELECT "quoted""#, text)], conn.query_drop(text)).await.unwrap();
    db.expect_durations([
        db.point().attr("db.query.summary", "SET").count(1),
        db.point().attr("db.query.summary", r#"SELECT "quoted""#).count(1),
    ]);
}

async fn with_sql_commenter(db: &Database) {
    let mut conn = Pool::builder().with_sql_commenter(true).connect(db.opts()).await.unwrap();
    // The server returns what it was sent.
    let own = format!("SELECT info FROM information_schema.processlist WHERE id = {}", conn.id());
    let sanitized = "SELECT info FROM information_schema.processlist WHERE id = ?";
    let summary = "SELECT information_schema.processlist";
    let sent = |spans: &[Span]| {
        // What was added is no part of what the user wrote.
        assert_tree(spans, otelier_testing::span("test").child(db.statement(summary, sanitized)));
        let span = spans.iter().find(|span| span.name == summary).expect("the query's span");
        format!("{own} /*traceparent='00-{}-{}-01'*/", span.trace_id, span.span_id)
    };

    let (echo, spans) = db.traced(conn.query_first::<String, _>(own.as_str())).await;
    assert_eq!(echo.unwrap(), Some(sent(&spans)));
    let (echo, spans) = db.traced(own.as_str().first::<String, _>(&mut conn)).await;
    assert_eq!(echo.unwrap(), Some(sent(&spans)));

    let hinted = format!("SELECT/*+ hint */{}", &own["SELECT".len()..]);
    let span = || db.statement(summary, sanitized);
    let echo: Option<String> =
        db.expect([span()], conn.query_first(hinted.as_str())).await.unwrap();
    assert_eq!(echo, Some(hinted));
    // Never to what is prepared.
    let echo: Option<String> =
        db.expect([span()], conn.exec_first(own.as_str(), ())).await.unwrap();
    assert_eq!(echo, Some(own.clone()));
    let echo =
        db.expect([span()], own.as_str().with(()).first::<String, _>(&mut conn)).await.unwrap();
    assert_eq!(echo, Some(own.clone()));
    db.expect_durations([db.point().attr("db.query.summary", summary).count(5)]);
}

async fn definitions_get_no_comment(db: &Database) {
    let mut conn = Pool::builder().with_sql_commenter(true).connect(db.opts()).await.unwrap();
    let work = async {
        for define in [
            "CREATE PROCEDURE kept() SELECT 1",
            "CREATE OR REPLACE VIEW kept AS SELECT 1",
            "CREATE EVENT kept ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1",
        ] {
            conn.query_drop(define).await.unwrap();
        }
        for kind in ["PROCEDURE", "VIEW", "EVENT"] {
            let show = format!("SHOW CREATE {kind} kept");
            let row: mysql_async::Row = conn.query_first(show).await.unwrap().unwrap();
            let columns: Vec<String> =
                row.unwrap().iter().map(|value| value.as_sql(true).to_lowercase()).collect();
            let text = columns.join(" ");
            assert!(text.contains("select 1"), "{text}");
            assert!(!text.contains("traceparent"), "{text}");
        }
    };
    let ((), spans) = db.traced(work).await;
    assert_eq!(spans.len(), 7);
}

/// A pool that reports to `capture`.
fn builder(capture: &Capture) -> PoolBuilder {
    Pool::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
}

async fn providers_of_its_own(db: &Database) {
    let capture = Capture::new();
    let (_, received) = db
        .traced(async {
            let pool = builder(&capture).build(db.opts());
            "SELECT 1".ignore(&pool).await.unwrap();
            pool.disconnect().await.unwrap();
        })
        .await;
    assert_eq!(received.len(), 1, "only the test's own span");
    let [span] = &capture.spans()[..] else { panic!("one span") };
    // The context is shared, whichever provider records.
    assert_eq!(Some(span.trace_id), Some(received[0].trace_id));
    assert!(capture.metrics().iter().any(|point| point.name == "db.client.operation.duration"));
    assert!(capture.metrics().iter().any(|point| point.name == "db.client.connection.count"));
}

async fn each_signal_off(db: &Database) {
    use opentelemetry::metrics::noop::NoopMeterProvider;
    use opentelemetry::trace::noop::NoopTracerProvider;

    let capture = Capture::new();
    let mut conn = builder(&capture)
        .with_tracer_provider(NoopTracerProvider::new())
        .connect(db.opts())
        .await
        .unwrap();
    conn.query_drop("SELECT 1").await.unwrap();
    assert_trees(&capture.spans(), []);
    assert_eq!(capture.metrics().len(), 1);

    let capture = Capture::new();
    let mut conn = builder(&capture)
        .with_meter_provider(NoopMeterProvider::new())
        .connect(db.opts())
        .await
        .unwrap();
    conn.query_drop("SELECT 1").await.unwrap();
    assert_eq!(capture.spans().len(), 1);
    assert!(capture.metrics().is_empty());

    let pool = Pool::builder()
        .with_tracer_provider(NoopTracerProvider::new())
        .with_meter_provider(NoopMeterProvider::new())
        .build(db.opts());
    let (outcome, spans) = db
        .traced(async {
            let inside = Context::current().span().span_context().clone();
            let mut conn = pool.get_conn().await.unwrap();
            conn.query_drop("SELECT 1").await.unwrap();
            (inside, Context::current().span().span_context().clone())
        })
        .await;
    assert_eq!(outcome.0, outcome.1);
    assert_eq!(spans.len(), 1);
    // The driver's own methods are all there, untraced.
    let mut conn = pool.get_conn().await.unwrap();
    let one: Option<u8> = Driver::query_first(conn.inner_mut(), "SELECT 1").await.unwrap();
    assert_eq!(one, Some(1));
    drop(conn);
    pool.disconnect().await.unwrap();
}
