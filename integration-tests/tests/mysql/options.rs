//! What a user may choose, and providers of one's own.

use mysql_async::prelude::Queryable as Driver;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use otelier::mysql::{Builder, Pool, params, prelude::*};
use otelier_testing::{Capture, ExpectedSpan, assert_tree, assert_trees};

use super::support::{Database, on_both_runtimes};

on_both_runtimes!(
    without_query_text,
    with_query_parameters,
    with_returned_rows,
    with_ansi_quotes,
    with_sql_commenter,
    providers_of_its_own,
    each_signal_off,
);

fn builder(capture: &Capture) -> Builder {
    Pool::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
}

/// As `Database::statement`, but by a pool that reports to a capture.
fn statement(db: &Database, summary: &str, text: &str) -> ExpectedSpan {
    db.statement(summary, text).service("test")
}

async fn without_query_text(db: &Database) {
    let capture = Capture::new();
    let mut conn = builder(&capture).with_query_text(false).connect(db.opts()).await.unwrap();
    conn.query_drop("SELECT 'planted'").await.unwrap();
    assert_tree(&capture.spans(), db.span("SELECT").service("test").attr("db.query.summary", "SELECT"));
}

async fn with_query_parameters(db: &Database) {
    let capture = Capture::new();
    let mut conn = builder(&capture).with_query_parameters(true).connect(db.opts()).await.unwrap();
    conn.exec_drop("DO ?, ?", ("text", 7)).await.unwrap();
    conn.exec_drop("DO :name", params! { "name" => None::<u8> }).await.unwrap();
    conn.exec_batch("DO ?", [(1,)]).await.err();
    let spans = capture.take_spans();
    assert_trees(
        &spans[..2],
        [
            statement(db, "DO", "DO ?, ?")
                .attr("db.query.parameter.0", "text")
                .attr("db.query.parameter.1", "7"),
            statement(db, "DO", "DO :name").attr("db.query.parameter.name", "NULL"),
        ],
    );
    assert!(spans[2].attributes.keys().all(|key| !key.starts_with("db.query.parameter")));
}

async fn with_returned_rows(db: &Database) {
    let capture = Capture::new();
    let mut conn = builder(&capture).with_returned_rows(true).connect(db.opts()).await.unwrap();
    let two = "SELECT 1 UNION ALL SELECT 2";
    let _: Vec<u8> = conn.query(two).await.unwrap();
    let _: Option<u8> = conn.exec_first(two, ()).await.unwrap();
    conn.query_drop("DO 1").await.unwrap();
    let rows: Vec<_> =
        capture.spans().iter().map(|span| span.attribute("db.response.returned_rows").cloned()).collect();
    assert_eq!(rows, [2, 1, 0].map(|rows: i64| Some(rows.into())));
}

async fn with_ansi_quotes(db: &Database) {
    let capture = Capture::new();
    db.prepare("CREATE TABLE quoted (i INT)").await;
    let mut conn = builder(&capture).with_ansi_quotes(true).connect(db.opts()).await.unwrap();
    conn.query_drop("SET SESSION sql_mode = 'ANSI_QUOTES'").await.unwrap();
    capture.reset();
    conn.query_drop(r#"SELECT "i" FROM "quoted""#).await.unwrap();
    assert_tree(&capture.spans(), statement(db, r#"SELECT "quoted""#, r#"SELECT "i" FROM "quoted""#));
}

async fn with_sql_commenter(db: &Database) {
    let capture = Capture::new();
    let mut conn = builder(&capture).with_sql_commenter(true).connect(db.opts()).await.unwrap();
    // The server tells what it was sent.
    let own = format!("SELECT info FROM information_schema.processlist WHERE id = {}", conn.id());
    let sent: Option<String> = conn.query_first(own.as_str()).await.unwrap();
    let span = capture.take_spans().remove(0);
    let comment = format!(" /*traceparent='00-{}-{}-01'*/", span.trace_id, span.span_id);
    assert_eq!(sent, Some(own.clone() + &comment));
    // What was added is no part of what the user wrote.
    assert!(!span.attribute("db.query.text").expect("a text").to_string().contains("traceparent"));

    let sent: Option<String> = own.as_str().first(&mut conn).await.unwrap();
    assert!(sent.unwrap().contains("traceparent"));

    let hinted = format!("SELECT /*+ hint */ {}", &own["SELECT ".len()..]);
    let sent: Option<String> = conn.query_first(hinted.as_str()).await.unwrap();
    assert_eq!(sent, Some(hinted));

    let sent: Option<String> = conn.exec_first(own.as_str(), ()).await.unwrap();
    assert_eq!(sent, Some(own));
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
    // The context is shared, whoever records.
    assert_eq!(Some(span.trace_id), Some(received[0].trace_id));
    assert!(capture.metrics().iter().any(|point| point.name == "db.client.operation.duration"));
    assert!(capture.metrics().iter().any(|point| point.name == "db.client.connection.count"));
}

async fn each_signal_off(db: &Database) {
    use opentelemetry::metrics::noop::NoopMeterProvider;
    use opentelemetry::trace::noop::NoopTracerProvider;

    let capture = Capture::new();
    let mut conn =
        builder(&capture).with_tracer_provider(NoopTracerProvider::new()).connect(db.opts()).await.unwrap();
    conn.query_drop("SELECT 1").await.unwrap();
    assert_trees(&capture.spans(), []);
    assert_eq!(capture.metrics().len(), 1);

    let capture = Capture::new();
    let mut conn =
        builder(&capture).with_meter_provider(NoopMeterProvider::new()).connect(db.opts()).await.unwrap();
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
    let one: Option<u8> = Driver::query_first(&mut *conn, "SELECT 1").await.unwrap();
    assert_eq!(one, Some(1));
    drop(conn);
    pool.disconnect().await.unwrap();
}
