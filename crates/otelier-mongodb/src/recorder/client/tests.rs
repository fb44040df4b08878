//! What becomes of events, without a driver.

use std::time::Duration;

use bson::{Document, doc};
use otelier_instrument::{ErrorType, Providers};
use otelier_testing::{
    Capture, ExpectedSpan, assert_points, assert_tree, assert_trees, point, span,
};

use super::*;
use crate::recorder::{ConnectionId, RecorderOptions, ServerAddress, TestDocument};

const SERVER: ServerAddress<'static> = ServerAddress::Tcp { host: "db", port: 27018 };

fn recorder(capture: &Capture, options: RecorderOptions) -> ClientRecorder {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    Recorders::new(providers, options).client(Some("shop"))
}

fn start(recorder: &ClientRecorder, name: &str, command: &Document, request: i32) {
    recorder.command_started(&CommandStarted {
        name,
        database: "shop",
        command: TestDocument(command),
        connection: ConnectionId { server: SERVER, number: 1 },
        request,
    });
}

fn find_span() -> ExpectedSpan {
    span("find products")
        .client()
        .scope("otelier-mongodb")
        .attr("db.system.name", "mongodb")
        .attr("db.namespace", "shop")
        .attr("db.operation.name", "find")
        .attr("db.collection.name", "products")
        .attr("server.address", "db")
        .attr("server.port", 27018)
}

fn pool(recorder: &ClientRecorder, kind: PoolEventKind) {
    recorder.pool_event(&PoolEvent { server: SERVER, kind });
}

#[test]
fn command_ends_with_its_reply() {
    let capture = Capture::new();
    let options = RecorderOptions { query_text: true, ..RecorderOptions::default() };
    let recorder = recorder(&capture, options);
    let find = doc! { "find": "products", "filter": { "name": "planted" } };
    start(&recorder, "find", &find, 1);
    recorder.command_succeeded(1, 2, TestDocument(&doc! {}));
    assert_eq!(capture.open_spans(), 1, "another command was answered");
    recorder.command_succeeded(1, 1, TestDocument(&doc! { "ok": 1 }));
    let text = r#"{"find": "products", "filter": {"name": "?"}}"#;
    assert_tree(&capture.spans(), find_span().attr("db.query.text", text));
}

#[test]
fn failures_have_code_or_kind() {
    let capture = Capture::new();
    let recorder = recorder(&capture, RecorderOptions::default());
    let find = doc! { "find": "products" };
    start(&recorder, "find", &find, 1);
    recorder.command_failed(1, 1, CommandFailure::Code(2));
    start(&recorder, "find", &find, 2);
    recorder.command_failed(1, 2, CommandFailure::Kind(ErrorType::TIMEOUT));
    start(&recorder, "find", &find, 3);
    recorder.command_succeeded(1, 3, TestDocument(&doc! { "writeErrors": [{ "code": 11000 }] }));
    let failed = |code: &'static str| find_span().attr("db.response.status_code", code).error(code);
    let expected = [failed("2"), find_span().error("timeout"), failed("11000")];
    assert_trees(&capture.spans(), expected);
}

#[test]
fn payloads_are_captured_if_asked_for() {
    let captures = |captures_payloads| {
        let options = RecorderOptions { captures_payloads, ..RecorderOptions::default() };
        recorder(&Capture::new(), options).captures_payloads()
    };
    assert_eq!([Some(true), Some(false)].map(captures), [true, false]);
}

#[test]
fn dropped_command_is_cancelled() {
    let capture = Capture::new();
    let recorder = recorder(&capture, RecorderOptions::default());
    let cancelled = || find_span().attr("otelier.cancelled", true);
    for kind in [
        PoolEventKind::CheckedIn { connection: 1 },
        PoolEventKind::ConnectionClosed { connection: 1, is_dropped: true },
    ] {
        start(&recorder, "find", &doc! { "find": "products" }, 1);
        pool(&recorder, kind);
        assert_trees(&capture.take_spans(), [cancelled()]);
    }
}

#[test]
fn noise_is_left_out_unless_asked_for() {
    let capture = Capture::new();
    let without = recorder(&capture, RecorderOptions::default());
    start(&without, "ping", &doc! { "ping": 1 }, 1);
    start(&without, "killCursors", &doc! { "killCursors": "products" }, 2);
    assert_eq!(capture.open_spans(), 0);
    let options = RecorderOptions { filters_noise: Some(false), ..RecorderOptions::default() };
    start(&recorder(&capture, options), "ping", &doc! { "ping": 1 }, 1);
    assert_eq!(capture.spans().len(), 1, "the recorder and its command are gone");
}

#[test]
fn pools_are_named_by_server_and_database() {
    let capture = Capture::new();
    let recorder = recorder(&capture, RecorderOptions::default());
    pool(&recorder, PoolEventKind::PoolCreated { max: Some(7), min: None });
    pool(&recorder, PoolEventKind::ConnectionCreated { connection: 1 });
    let duration = Duration::from_millis(250);
    pool(&recorder, PoolEventKind::ConnectionReady { connection: 1, duration });
    pool(&recorder, PoolEventKind::CheckoutStarted);
    pool(&recorder, PoolEventKind::CheckoutFailed { duration, is_timeout: true });
    let named = || point().attr("db.client.connection.pool.name", "db:27018/shop");
    let metrics = capture.metrics();
    assert_points(&metrics, "db.client.connection.max", [named().value(7)]);
    assert_points(&metrics, "db.client.connection.timeouts", [named().value(1)]);
    let created = named().count(1).sum(0.25);
    assert_points(&metrics, "db.client.connection.create_time", [created]);
    pool(&recorder, PoolEventKind::PoolClosed);
    assert_points(&capture.metrics(), "db.client.connection.max", [named().value(0)]);
}
