//! Calls and servers without a command: what is recorded where no server answers.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::error::ErrorKind;
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection};
use opentelemetry::trace::{
    FutureExt as _, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use otelier_mongodb::OtelEventHandlers;
use otelier_stubs::{MongoReply, MongoStub};
use otelier_testing::{
    Capture, ExpectedPoint, ExpectedSpan, assert_points, assert_tree, assert_trees, point, span,
};

use crate::support::{client, command, eventually, otel, products};

/// Where nobody listens.
const NOWHERE: &str = "mongodb://127.0.0.1:1";
const SELECTION: Duration = Duration::from_millis(50);

/// A collection of a server that is not there.
async fn absent(handlers: &OtelEventHandlers) -> Collection<Document> {
    let mut options = ClientOptions::parse(NOWHERE).await.expect("a connection string");
    options.server_selection_timeout = Some(SELECTION);
    products(&Client::with_options(handlers.instrument(options)).expect("a client"))
}

fn handlers(capture: &Capture) -> OtelEventHandlers {
    otel(capture).with_logger_provider(capture.logger_provider()).build()
}

fn without_server(operation: &str, target: &str) -> ExpectedSpan {
    span(format!("{operation} {target}"))
        .client()
        .scope("otelier-mongodb")
        .attr("db.system.name", "mongodb")
        .attr("db.namespace", "shop")
        .attr("db.operation.name", operation)
}

fn find() -> ExpectedSpan {
    without_server("find", "products").attr("db.collection.name", "products")
}

fn timed_find() -> ExpectedPoint {
    point()
        .attr("db.system.name", "mongodb")
        .attr("db.namespace", "shop")
        .attr("db.collection.name", "products")
        .attr("db.operation.name", "find")
}

#[tokio::test]
async fn a_call_without_a_server_is_a_span() {
    let capture = Capture::new();
    let handlers = handlers(&capture);
    let products = absent(&handlers).await;
    let tracer = capture.tracer_provider().tracer("test");
    let caller = opentelemetry::Context::new().with_span(tracer.start("caller"));

    let call = handlers.traced("find", &products, products.find_one(doc! {}));
    let error = call.with_context(caller.clone()).await.expect_err("no server");
    caller.span().end();

    assert!(matches!(*error.kind, ErrorKind::ServerSelection { .. }), "{error}");
    let failed = find().error("ServerSelection");
    assert_tree(&capture.spans(), span("caller").child(failed));
    let found = capture.span("find products").duration();
    assert!(found >= SELECTION, "it lasts as long as the search for a server, not {found:?}");
    let point = timed_find().attr("error.type", "ServerSelection");
    let metrics = capture.metrics();
    assert_points(&metrics, "db.client.operation.duration", [point.count(1)]);
}

#[tokio::test]
async fn a_call_on_a_database_is_named_after_it() {
    let capture = Capture::new();
    let handlers = handlers(&capture);
    let products = absent(&handlers).await;
    let database = products.client().database("shop");
    let call = database.run_command(doc! { "dbStats": 1 });
    handlers.traced("dbStats", &database, call).await.expect_err("no server");
    assert_trees(&capture.spans(), [without_server("dbStats", "shop").error("ServerSelection")]);
}

#[tokio::test]
async fn a_call_that_is_given_up_is_cancelled() {
    let capture = Capture::new();
    let handlers = handlers(&capture);
    let mut options = ClientOptions::parse(NOWHERE).await.expect("a connection string");
    options.server_selection_timeout = Some(Duration::from_secs(600));
    let products = products(&Client::with_options(handlers.instrument(options)).expect("a client"));
    let call = handlers.traced("find", &products, products.find_one(doc! {}));
    // The user's own limit.
    assert!(tokio::time::timeout(SELECTION, call).await.is_err());
    assert_trees(&capture.spans(), [find().attr("otelier.cancelled", true)]);
}

#[tokio::test]
async fn a_call_with_a_command_is_recorded_once() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply_once("find", MongoReply::error(13, "Unauthorized"));
    let client = client(&stub, otel(&capture)).await;
    let products = products(&client);
    let handlers = otel(&capture).build();
    let call = || handlers.traced("find", &products, products.find_one(doc! {}));

    call().await.expect_err("a scripted failure");
    call().await.expect("an answer");

    let failed = command(&stub, "find").attr("db.response.status_code", "13").error("13");
    assert_trees(&capture.spans(), [failed, command(&stub, "find")]);
}

#[tokio::test]
async fn a_call_that_the_driver_refuses_is_a_span() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture)).await;
    let products = products(&client);
    let handlers = otel(&capture).build();
    let nothing: [Document; 0] = [];
    let call = handlers.traced("insert", &products, products.insert_many(nothing));
    call.await.expect_err("nothing to insert");
    let refused = without_server("insert", "products").attr("db.collection.name", "products");
    assert_trees(&capture.spans(), [refused.error("InvalidArgument")]);
}

/// The blocking API is the same call on a runtime of the driver's own; the real one is called in
/// `integration-tests/programs/mongodb-both`.
#[test]
fn a_blocking_call_without_a_server_is_a_span() {
    let capture = Capture::new();
    let handlers = handlers(&capture);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let products = runtime.block_on(absent(&handlers));
    let tracer = capture.tracer_provider().tracer("test");
    tracer.in_span("caller", |_| {
        let find = || runtime.block_on(products.find_one(doc! {}).into_future());
        handlers.traced_sync("find", &products.namespace(), find).expect_err("no server");
        let database = products.client().database("shop");
        let stats = || runtime.block_on(database.run_command(doc! { "dbStats": 1 }).into_future());
        handlers.traced_sync("dbStats", database.name(), stats).expect_err("no server");
    });
    let failed = [find(), without_server("dbStats", "shop")];
    let failed = failed.map(|it| it.error("ServerSelection"));
    assert_tree(&capture.spans(), span("caller").children(failed));
}

#[test]
fn a_blocking_call_with_a_command_is_recorded_once() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let client = runtime.block_on(client(&stub, otel(&capture)));
    let products = products(&client);
    let find = || runtime.block_on(products.find_one(doc! {}).into_future());
    let found = otel(&capture).build().traced_sync("find", &products.namespace(), find);
    assert_eq!(found.expect("an answer"), Some(doc! { "_id": 1 }));
    assert_trees(&capture.spans(), [command(&stub, "find")]);
}

#[tokio::test]
async fn an_absent_server_is_said_in_the_log() {
    let capture = Capture::new();
    let products = absent(&handlers(&capture)).await;
    products.find_one(doc! {}).await.expect_err("no server");
    eventually("a record", || !capture.logs().is_empty()).await;

    let logs = capture.logs();
    let [log] = &logs[..] else { panic!("once, not {}", logs.len()) };
    assert_eq!((&*log.event_name, log.severity), ("otelier.db.server_unreachable", 13));
    assert_eq!(log.attribute("server.address").and_then(|it| it.as_str()), Some("127.0.0.1"));
    assert_eq!(log.attribute("server.port"), Some(&1.into()));
    assert_eq!(log.attribute("error.type").and_then(|it| it.as_str()), Some("Io"));
    assert_eq!(capture.spans(), [], "nobody asked for one");
}

#[tokio::test]
async fn without_providers_a_call_is_the_drivers() {
    let stub = MongoStub::start();
    let options = crate::support::options(&stub).await;
    let client = Client::with_options(otelier_mongodb::instrument(options)).expect("a client");
    let products = products(&client);
    let call = otelier_mongodb::traced("find", &products, products.find_one(doc! {}));
    assert_eq!(call.await.expect("an answer"), Some(doc! { "_id": 1 }));
}
