//! The recorder alone, without a driver and without a server.

use std::future::pending;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use otelier_instrument::Providers;
use otelier_instrument::semconv::db::{DbPoolSource, DbPoolState};
use otelier_testing::{Capture, ExpectedSpan, assert_points, assert_trees, point, span};

use super::*;

const MYSQL: Session<'_> = Session { id: 7, version: (8, 4, 6), database: Some("shop") };

struct Fixture {
    capture: Capture,
    server: Arc<Server>,
}

impl Fixture {
    fn new(options: Options) -> Self {
        let capture = Capture::new();
        let mut providers = Providers::default();
        providers.set_tracer_provider(capture.tracer_provider());
        providers.set_meter_provider(capture.meter_provider());
        let telemetry = Telemetry::new(providers, options);
        let server = Server::new(telemetry, "db.example", Some(3306), Some("shop"));
        Self { capture, server }
    }

    fn start(&self, text: &str) -> Recording {
        self.server.start(Some(MYSQL), Query::text(text))
    }

    /// Executes `text` to its end.
    fn execute(&self, text: &str) {
        let mut recording = self.start(text);
        recording.reached_result();
        recording.succeed();
    }

    /// What the database of the connection is, as the next span shows it.
    #[track_caller]
    fn assert_namespace(&self, namespace: Option<&str>) {
        self.capture.reset();
        self.execute("SELECT 1");
        let spans = self.capture.spans();
        let found = spans[0].attribute("db.namespace").cloned();
        assert_eq!(found, namespace.map(Into::into));
    }

    #[track_caller]
    fn expect(&self, spans: impl IntoIterator<Item = ExpectedSpan>) {
        assert_trees(&self.capture.spans(), spans);
    }
}

impl Default for Fixture {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

fn connection_span(name: &str) -> ExpectedSpan {
    span(name)
        .client()
        .scope("otelier-mysql")
        .attr("db.system.name", "mysql")
        .attr("db.namespace", "shop")
        .attr("server.address", "db.example")
}

fn statement_span(summary: &str, text: &str) -> ExpectedSpan {
    connection_span(summary).attr("db.query.summary", summary).attr("db.query.text", text)
}

/// Polls `work` once, and drops it.
fn poll_once<F: Future>(work: F) {
    let mut work = std::pin::pin!(work);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let _ = work.as_mut().poll(&mut context);
}

#[test]
fn a_call_ends_with_its_result() {
    let it = Fixture::default();
    it.execute("SELECT title FROM songs WHERE id = 7");
    let mut failed = it.start("INSERT INTO songs VALUES (1)");
    failed.fail(Failure::server(1062, Some("23000")));
    // An operation ends once.
    failed.fail(Failure::Other);
    failed.end();
    it.expect([
        statement_span("SELECT songs", "SELECT title FROM songs WHERE id = ?"),
        statement_span("INSERT songs", "INSERT INTO songs VALUES (?)")
            .attr("db.response.status_code", "1062")
            .error("1062"),
    ]);
}

#[test]
fn a_dropped_call_succeeded_unless_it_waited() {
    let it = Fixture::default();
    drop(it.start("SELECT 1"));
    poll_once(async {
        let mut recording = it.start("SELECT 2");
        recording.drive(pending::<()>()).await;
    });
    let mut between_rows = it.start("SELECT 3");
    between_rows.poll(|| (), |()| false);
    drop(between_rows);
    let mut waiting = it.start("SELECT 4");
    waiting.poll(|| (), |()| true);
    drop(waiting);
    let mut known = it.start("SELECT 5");
    known.poll(|| (), |()| true);
    known.succeed();
    let failed: Vec<bool> = it
        .capture
        .spans()
        .iter()
        .map(|span| {
            span.attribute("error.type").is_some() || span.attribute("otelier.cancelled").is_some()
        })
        .collect();
    assert_eq!(failed, [false, true, false, true, false]);
}

#[test]
fn a_panic_is_reported_where_it_passes() {
    let it = Fixture::default();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        it.start("SELECT 1").poll(|| panic!("the caller's own"), |(): &()| false);
    }));
    assert!(panicked.is_err());
    it.expect([statement_span("SELECT", "SELECT ?").error("panic")]);
}

#[test]
fn work_runs_in_the_context_of_its_operation() {
    let it = Fixture::default();
    let mut recording = it.start("SELECT 1");
    let inside =
        recording.poll(|| Context::map_current(|cx| cx.span().span_context().span_id()), |_| false);
    recording.succeed();
    assert_eq!(it.capture.spans()[0].span_id, inside);
}

#[test]
fn systems_are_known_by_their_version() {
    for (version, system) in [
        ((5, 7, 44), "mysql"),
        ((8, 4, 6), "mysql"),
        ((9, 0, 0), "mysql"),
        ((9, 7, 1), "mysql"),
        ((10, 2, 4), "mariadb"),
        ((10, 11, 14), "mariadb"),
        ((11, 8, 3), "mariadb"),
        ((12, 0, 2), "mariadb"),
    ] {
        let it = Fixture::default();
        let session = Session { version, ..MYSQL };
        it.server.start(Some(session), Query::text("SELECT 1")).succeed();
        Connecting::new(&it.server, None).connected(session);
        // The failure to connect is that of the server which was there before.
        Connecting::new(&it.server, None).failed().unwrap().fail(Failure::Other);
        for span in it.capture.spans() {
            assert_eq!(span.attribute("db.system.name"), Some(&system.into()), "{version:?}");
        }
    }
}

#[test]
fn warnings_of_mariadb_are_no_errors() {
    let it = Fixture::default();
    let session = Session { version: (11, 8, 3), ..MYSQL };
    let mut recording = it.server.start(Some(session), Query::text("SELECT 1"));
    recording.fail(Failure::server(1642, Some("01000")));
    let expected = statement_span("SELECT", "SELECT ?")
        .attr("db.system.name", "mariadb")
        .attr("db.response.status_code", "1642");
    it.expect([expected]);
}

#[test]
fn a_use_that_succeeds_changes_the_namespace() {
    let it = Fixture::default();
    it.assert_namespace(Some("shop"));
    it.start("USE other").fail(Failure::server(1049, Some("42000")));
    it.assert_namespace(Some("shop"));
    it.execute("USE `my``shop`");
    it.assert_namespace(Some("my`shop"));
    it.execute("SELECT 1; USE b; SELECT 2");
    it.assert_namespace(Some("b"));
    // Another connection is where it was.
    it.capture.reset();
    it.server.start(Some(Session { id: 8, ..MYSQL }), Query::text("SELECT 1")).succeed();
    it.expect([statement_span("SELECT", "SELECT ?")]);
    it.server.reset_user(MYSQL.id);
    it.assert_namespace(Some("shop"));
}

#[test]
fn reused_connection_number_is_a_new_connection() {
    let it = Fixture::default();
    it.execute("USE other");
    it.assert_namespace(Some("other"));
    it.server.opened(8);
    it.assert_namespace(Some("other"));
    it.server.opened(MYSQL.id);
    it.assert_namespace(Some("shop"));
}

#[test]
fn namespace_is_unknown_where_a_lost_connection_may_have_been_replaced() {
    let it = Fixture::default();
    it.server.handed_out(MYSQL.id, 0);
    it.execute("USE other");
    it.server.handed_out(MYSQL.id, 0);
    it.assert_namespace(Some("other"));
    it.server.handed_out(MYSQL.id, 1);
    it.assert_namespace(None);
}

#[test]
fn a_use_before_a_failure_counts() {
    let failure = Failure::server(1054, Some("42S22"));
    let it = Fixture::default();
    let mut recording = it.start("USE other; SELECT nothing; USE third");
    recording.reached_result();
    recording.fail(failure);
    it.assert_namespace(Some("other"));
    // Nothing is claimed where it cannot be known.
    let mut recording = it.start("SELECT 1; USE third; SELECT nothing");
    recording.reached_result();
    recording.skip_results();
    recording.fail(failure);
    it.assert_namespace(None);
    it.execute("USE shop");
    it.assert_namespace(Some("shop"));
}

#[test]
fn a_use_that_is_only_prepared_changes_nothing() {
    let it = Fixture::default();
    let query = Query::prepare(Subject::Text(b"USE other"[..].into()));
    it.server.start(Some(MYSQL), query).succeed();
    it.assert_namespace(Some("shop"));
}

#[test]
fn a_changed_user_has_its_own_database() {
    let it = Fixture::default();
    for (database, expected) in [(Some("other"), Some("other")), (None, None)] {
        it.capture.reset();
        it.server.start(Some(Session { database, ..MYSQL }), Query::text("SELECT 1")).succeed();
        let spans = it.capture.spans();
        assert_eq!(spans[0].attribute("db.namespace").cloned(), expected.map(Into::into));
    }
}

#[test]
fn prepared_statements_are_known_by_connection_and_number() {
    let it = Fixture::default();
    let analysis = it.server.analyze_ahead(b"SELECT title FROM songs WHERE id = ?");
    let prepare = Query::prepare(Subject::Analyzed(analysis.as_ref().unwrap()));
    it.server.start(Some(MYSQL), prepare).succeed();
    it.server.prepared(MYSQL.id, 1, analysis.as_ref());
    let execute = |id| {
        it.server.start(Some(MYSQL), Query::new(Subject::Prepared(id))).succeed();
    };
    execute(1);
    execute(2);
    it.server.closed(MYSQL.id, 1);
    execute(1);
    let text = "SELECT title FROM songs WHERE id = ?";
    it.expect([
        connection_span("PREPARE shop")
            .attr("db.operation.name", "PREPARE")
            .attr("db.query.text", text),
        statement_span("SELECT songs", text),
        connection_span("shop"),
        connection_span("shop"),
    ]);
}

#[test]
fn only_single_statements_end_with_their_first_result() {
    let it = Fixture::default();
    assert!(it.start("SELECT 1").is_single());
    assert!(!it.start("SELECT 1; SELECT 2").is_single());
    assert!(!it.start("CALL p()").is_single());
    assert!(!it.server.start(Some(MYSQL), Query::new(Subject::Unknown)).is_single());
}

#[test]
fn rows_are_counted_if_they_are_asked_for() {
    let it = Fixture::new(Options { returned_rows: true, ..Options::default() });
    let mut recording = it.start("SELECT 1");
    recording.add_rows(2);
    recording.add_rows(1);
    recording.succeed();
    it.expect([statement_span("SELECT", "SELECT ?").attr("db.response.returned_rows", 3)]);
}

#[test]
fn batches_have_a_size_unless_it_is_one() {
    let it = Fixture::default();
    let text = "INSERT INTO t VALUES (?)";
    let batch = |size| it.server.start(Some(MYSQL), Query::text(text).batch(size));
    batch(Some(3)).succeed();
    batch(Some(1)).succeed();
    let mut counted = batch(None);
    counted.set_batch_size(4);
    counted.succeed();
    let expected = |summary, size: Option<i64>| {
        let span = statement_span(summary, text);
        match size {
            Some(size) => span.attr("db.operation.batch.size", size),
            None => span,
        }
    };
    it.expect([
        expected("BATCH INSERT t", Some(3)),
        expected("INSERT t", None),
        expected("BATCH INSERT t", Some(4)),
    ]);
}

#[test]
fn parameters_are_asked_for_only_if_they_are_recorded() {
    let parameters = |chars| vec![("0".to_owned(), "x".repeat(chars))];
    let query = || Query::text("SELECT ?").parameters(&parameters);
    let it = Fixture::default();
    it.server.start(Some(MYSQL), query()).succeed();
    it.expect([statement_span("SELECT", "SELECT ?")]);
    let it = Fixture::new(Options { query_parameters: true, ..Options::default() });
    it.server.start(Some(MYSQL), query()).succeed();
    let value = "x".repeat(2048);
    it.expect([statement_span("SELECT", "SELECT ?").attr("db.query.parameter.0", value)]);
}

#[test]
fn bulk_inserts_have_a_bounded_text() {
    let it = Fixture::default();
    let rows = vec!["(1, 'secret', NULL)"; 60_000].join(", ");
    it.execute(&format!("INSERT INTO t VALUES {rows}"));
    let spans = it.capture.spans();
    let Some(otelier_testing::Value::String(text)) = spans[0].attribute("db.query.text") else {
        panic!("a text")
    };
    assert_eq!(text.chars().count(), 2048);
    assert!(text.starts_with("INSERT INTO t VALUES (?, ?, NULL), (?,"), "{text}");
}

#[test]
fn comments_go_only_into_texts_that_are_not_kept() {
    let it = Fixture::new(Options { sql_commenter: true, ..Options::default() });
    let commented = |text: &str| {
        let recording = it.start(text);
        recording.commented(text.as_bytes()).map(|text| String::from_utf8(text).unwrap())
    };
    for text in
        ["SELECT 1", "INSERT INTO t VALUES (1)", "WITH a AS (SELECT 1) SELECT 2", "CALL p()"]
    {
        let sent = commented(text).unwrap();
        let comment = sent.strip_prefix(text).unwrap();
        assert!(
            comment.starts_with(" /*traceparent='00-") && comment.ends_with("-01'*/"),
            "{sent}"
        );
    }
    for text in [
        "CREATE PROCEDURE p() SELECT 1",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "CREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW SET NEW.a = 1",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1",
        "CREATE OR REPLACE VIEW v AS SELECT 1",
        "ALTER VIEW v AS SELECT 1",
        "ALTER EVENT e DO SELECT 1",
        "PREPARE s FROM 'SELECT 1'",
        "EXECUTE IMMEDIATE 'SELECT 1'",
        "SELECT 1; CREATE PROCEDURE p() SELECT 1",
        "whatever",
    ] {
        assert_eq!(commented(text), None, "{text}");
    }
    assert_eq!(Fixture::default().start("SELECT 1").commented(b"SELECT 1"), None);
}

#[test]
fn only_failed_connections_are_reported() {
    let it = Fixture::default();
    Connecting::new(&it.server, None).connected(MYSQL);
    it.expect([]);
    let mut failed = Connecting::new(&it.server, None).failed().unwrap();
    failed.fail(Failure::Io(ErrorKind::ConnectionRefused));
    drop(Connecting::new(&it.server, None));
    Connecting::new(&it.server, Some("START TRANSACTION")).connected(MYSQL);
    let connect = || connection_span("connect shop").attr("db.operation.name", "connect");
    let spans = it.capture.spans();
    assert_trees(&spans[..1], [connect().error("ConnectionRefused")]);
    assert_trees(&spans[1..2], [connect().attr("otelier.cancelled", true)]);
    assert_trees(&spans[2..], [statement_span("START TRANSACTION", "START TRANSACTION")]);
}

#[test]
fn a_connecting_call_is_as_long_as_its_wait() {
    let it = Fixture::default();
    let connecting = Connecting::new(&it.server, Some("START TRANSACTION"));
    // Only now, so that the call has waited as long when this has.
    let waited = std::time::Instant::now();
    while waited.elapsed() < Duration::from_millis(20) {
        std::thread::yield_now();
    }
    connecting.connected(MYSQL);
    assert!(it.capture.spans()[0].duration() >= Duration::from_millis(20));
}

struct Source;

impl DbPoolSource for Source {
    fn state(&self) -> DbPoolState {
        let mut state = DbPoolState::default();
        (state.idle, state.used) = (1, 2);
        state
    }
}

#[test]
fn a_pool_measures_waits_and_uses() {
    let it = Fixture::default();
    let source = Arc::new(Source);
    let counts = Arc::<PoolCounts>::default();
    let now = || (counts.waiting(), counts.checked_out());
    let pool = PoolRecorder::new(&it.server, &source, Arc::clone(&counts));
    let wait = pool.wait();
    assert_eq!(now(), (1, 0));
    let timer = pool.checked_out(wait);
    assert!(timer.is_some());
    assert_eq!(now(), (0, 1));
    drop((pool.wait(), timer));
    assert_eq!(now(), (0, 0));
    drop(pool.checked_out_untimed());
    assert!(pool.checked_out(None).is_none());
    let points = it.capture.metrics();
    let expected = || point().attr("db.client.connection.pool.name", "db.example:3306/shop");
    assert_points(&points, "db.client.connection.wait_time", [expected().count(1)]);
    assert_points(&points, "db.client.connection.use_time", [expected().count(2)]);
}

#[test]
fn nothing_is_recorded_of_a_noop_server() {
    let server = Server::noop();
    assert!(!server.enabled());
    assert_eq!(server.analyze_ahead(b"SELECT 1"), None);
    let mut recording = server.start(Some(MYSQL), Query::text("USE other"));
    assert_eq!(recording.commented(b"USE other"), None);
    assert_eq!(recording.poll(|| 5, |_| false), 5);
    recording.succeed();
    assert!(Connecting::new(server, None).failed().is_none());
}
