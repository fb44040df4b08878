//! What is recorded of a statement, whatever the driver.

use std::task::Poll;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use otelier_testing::{Capture, ExpectedSpan, assert_trees, span};

use super::*;
use crate::test_support::providers;

const ADDRESS: Address<'_> =
    Address { host: Some("db.example"), port: Some(5433), database: Some("shop") };

fn opened(system: System) -> Arc<Opened> {
    Connection::opened(system, ADDRESS).0.unwrap()
}

struct Setup {
    capture: Capture,
    client: DbClient,
    opened: Arc<Opened>,
}

impl Setup {
    fn new(system: System) -> Self {
        let capture = Capture::new();
        let integration = integration("sqlx", env!("CARGO_PKG_NAME"));
        let client = DbClient::new(integration, providers(&capture));
        Self { capture, client, opened: opened(system) }
    }

    fn start(&self, text: &str) -> Recording {
        Opened::start(&self.opened, &self.client, text, Call::Execute).unwrap()
    }

    fn check(&self, expected: impl IntoIterator<Item = ExpectedSpan>) {
        assert_trees(&self.capture.spans(), expected);
    }
}

fn statement(system: &str, summary: &str, text: &str) -> ExpectedSpan {
    span(summary)
        .client()
        .scope("otelier-agent")
        .attr("db.system.name", system)
        .attr("db.namespace", "shop")
        .attr("db.query.summary", summary)
        .attr("db.query.text", text)
        .attr("server.address", "db.example")
        .attr("server.port", 5433)
}

fn select() -> ExpectedSpan {
    statement("postgresql", "SELECT songs", "SELECT * FROM songs WHERE id = $1")
}

const SELECT: &str = "SELECT * FROM songs WHERE id = $1";

#[test]
fn statement_is_described_as_by_its_system() {
    for (system, name) in [
        (System::MariaDb, "mariadb"),
        (System::MySql, "mysql"),
        (System::Postgres, "postgresql"),
        (System::Sqlite, "sqlite"),
    ] {
        let setup = Setup::new(system);
        setup.start("SELECT * FROM songs WHERE title = 'secret'").end();
        let text = "SELECT * FROM songs WHERE title = ?";
        setup.check([statement(name, "SELECT songs", text)]);
    }
}

#[test]
fn quotes_are_read_as_the_database_reads_them() {
    let text =
        |system: System, text: &str| ANALYZER.analyze(text, system.options()).text().to_string();
    let quoted = r#"SELECT "a" FROM t"#;
    assert_eq!(text(System::MySql, quoted), "SELECT ? FROM t");
    assert_eq!(text(System::Postgres, quoted), quoted);
    assert_eq!(text(System::Sqlite, quoted), quoted);
    // A backslash ends nothing in SQLite, so what follows is no part of the string.
    assert_eq!(text(System::Sqlite, r"SELECT 'a\', b FROM t"), "SELECT ?, b FROM t");
}

#[tokio::test]
async fn drivers_work_runs_in_the_operation_and_starts_none() {
    let setup = Setup::new(System::Postgres);
    let mut recording = setup.start(SELECT);
    let inside = recording.drive(async { (Context::current(), is_at_work()) }).await;
    assert!(!is_at_work());
    recording.end();
    let spans = setup.capture.spans();
    assert_eq!(inside.0.span().span_context().span_id(), spans[0].span_id);
    assert!(inside.1, "the driver's own statements are not recorded");
    setup.check([select()]);
}

fn is_at_work() -> bool {
    recording::is_driver_at_work()
}

#[test]
fn panic_of_the_driver_leaves_nothing_behind() {
    let setup = Setup::new(System::Postgres);
    let mut recording = setup.start(SELECT);
    let work = std::panic::AssertUnwindSafe(|| recording.poll(|| -> Poll<()> { panic!("work") }));
    std::panic::catch_unwind(work).unwrap_err();
    assert!(!is_at_work());
    drop(recording);
    setup.check([select().error("panic")]);
}

#[test]
fn rows_that_nobody_reads_are_no_failure() {
    let setup = Setup::new(System::Postgres);
    let mut recording = setup.start(SELECT);
    assert_eq!(recording.poll(|| Poll::Ready(1)), Poll::Ready(1));
    drop(recording);
    setup.check([select()]);
}

#[test]
fn dropped_while_waiting_is_cancelled() {
    let setup = Setup::new(System::Postgres);
    let mut recording = setup.start(SELECT);
    assert_eq!(recording.poll(|| Poll::<()>::Pending), Poll::Pending);
    drop(recording);
    setup.check([select().attr("otelier.cancelled", true)]);
}

#[test]
fn first_end_counts() {
    let setup = Setup::new(System::Postgres);
    let mut recording = setup.start(SELECT);
    recording.fail(Failure::server("42P01", None));
    recording.end();
    drop(recording);
    setup.check([select().attr("db.response.status_code", "42P01").error("42P01")]);
}

#[test]
fn failure_is_reported_as_its_system_has_it() {
    let signal = Failure::server("1642", Some("01000"));
    for (system, name) in [(System::MariaDb, "mariadb"), (System::MySql, "mysql")] {
        let setup = Setup::new(system);
        let text = "SELECT * FROM songs";
        setup.start(text).fail(signal);
        let expected = statement(name, "SELECT songs", text);
        let expected = expected.attr("db.response.status_code", "1642");
        setup.check([if system == System::MySql { expected.error("1642") } else { expected }]);
    }
}

#[test]
fn preparing_is_named_so() {
    let setup = Setup::new(System::Postgres);
    Opened::start(&setup.opened, &setup.client, SELECT, Call::Prepare).unwrap().end();
    let prepare = span("PREPARE shop")
        .client()
        .scope("otelier-agent")
        .attr("db.system.name", "postgresql")
        .attr("db.namespace", "shop")
        .attr("db.operation.name", "PREPARE")
        .attr("db.query.text", SELECT)
        .attr("server.address", "db.example")
        .attr("server.port", 5433);
    setup.check([prepare]);
}

/// The database after a text of which so many statements were executed; `None` for all.
fn database_after(text: &str, reached: Option<usize>) -> Option<String> {
    let setup = Setup::new(System::MySql);
    let mut recording = setup.start(text);
    match reached {
        None => recording.end(),
        Some(reached) => {
            for _ in 0..reached {
                recording.reached_result();
            }
            recording.fail(Failure::Other);
        }
    }
    setup.opened.database().as_deref().map(str::to_owned)
}

#[test]
fn database_is_that_of_the_last_use() {
    let check = |text: &str, reached, expected: &str| {
        assert_eq!(database_after(text, reached).as_deref(), Some(expected), "{text} {reached:?}");
    };
    check("SELECT 1", None, "shop");
    check("USE other", None, "other");
    check("USE other", Some(0), "shop");
    check("USE a; USE b; SELECT x", Some(1), "a");
    check("USE a; USE b; SELECT x", None, "b");
}

#[test]
fn database_is_unknown_after_a_use_that_was_given_up() {
    let setup = Setup::new(System::MySql);
    let mut recording = setup.start("USE other");
    let _pending = recording.poll(|| Poll::<()>::Pending);
    drop(recording);
    assert_eq!(setup.opened.database(), None);
}

#[test]
fn connection_being_opened_records_nothing() {
    assert!(Connection::new().start(SELECT).is_none());
    assert!(Connection::default().prepare(SELECT).is_none());
}

#[test]
fn connections_and_recordings_may_be_sent() {
    fn check<T: Send + 'static>() {}
    check::<Connection>();
    check::<Recording>();
}
