//! What a connection keeps between the calls of its driver.

use otelier_mysql::recorder::Options;
use otelier_testing::{Capture, ExpectedSpan, assert_trees, span};

use super::*;
use crate::test_support::providers;

fn connection(capture: &Capture) -> Connection {
    let telemetry = Telemetry::new(providers(capture), Options::default());
    let address = Address { host: "db.example", port: Some(3306), database: Some("shop") };
    Connection { server: Some(server(telemetry, address)), open: None }
}

/// The recording of a statement that was answered.
fn answered(connection: &Connection, text: &str) -> Recording {
    let session = Session { id: 7, version: (9, 7, 0), database: Some("shop") };
    let server = connection.server.as_ref().unwrap();
    let mut recording = server.start(Some(session), Query::text(text));
    recording.reached_result();
    recording
}

fn select() -> ExpectedSpan {
    span("SELECT songs")
        .client()
        .scope("otelier-mysql")
        .attr("db.system.name", "mysql")
        .attr("db.namespace", "shop")
        .attr("db.query.summary", "SELECT songs")
        .attr("db.query.text", "SELECT * FROM songs")
        .attr("server.address", "db.example")
}

#[test]
fn operation_lasts_to_last_set() {
    let capture = Capture::new();
    let mut connection = connection(&capture);
    let recording = answered(&connection, "SELECT * FROM songs");
    connection.keep(recording);
    connection.finish_set(true);
    assert_eq!(capture.open_spans(), 1);
    connection.finish_set(false);
    connection.finish_set(false);
    assert_trees(&capture.spans(), [select()]);
}

#[test]
fn failure_of_reading_ends_operation() {
    let capture = Capture::new();
    let mut connection = connection(&capture);
    let recording = answered(&connection, "SELECT * FROM songs");
    connection.keep(recording);
    connection.fail(Failure::Driver("ConnectionClosed"));
    connection.finish_set(false);
    assert_trees(&capture.spans(), [select().error("ConnectionClosed")]);
}

#[test]
fn rows_that_nobody_reads_are_no_failure() {
    let capture = Capture::new();
    let mut connection = connection(&capture);
    let first = answered(&connection, "SELECT * FROM songs");
    connection.keep(first);
    let second = answered(&connection, "SELECT * FROM songs");
    connection.keep(second);
    assert_eq!(capture.spans().len(), 1);
    drop(connection);
    assert_trees(&capture.spans(), [select(), select()]);
}

#[test]
fn reading_that_is_given_up_is_cancelled() {
    let capture = Capture::new();
    let mut connection = connection(&capture);
    let recording = answered(&connection, "SELECT * FROM songs");
    connection.keep(recording);
    connection.take().unwrap().give_up();
    connection.finish_set(false);
    assert_trees(&capture.spans(), [select().attr("otelier.cancelled", true)]);
}

#[test]
fn connection_may_be_sent_and_shared() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Connection>();
}
