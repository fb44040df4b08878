//! Version 2.8 of the driver, whose calls and handlers have other types: what its adapter maps.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::mongodb_2_8 as mongodb;
use mongodb::bson::{Document, doc};
use mongodb::event::cmap::{
    CmapEventHandler, ConnectionCheckedInEvent, ConnectionCheckedOutEvent, PoolCreatedEvent,
};
use mongodb::event::command::{
    CommandEventHandler, CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent,
};
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection};
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use otelier_mongodb::mongodb_2_8::{OtelEventHandlers, OtelEventHandlersBuilder};
use otelier_stubs::{MongoReply, MongoStub};
use otelier_testing::{Capture, assert_points, assert_tree, point, span};

use crate::support::{command, eventually, timed};

fn otel(capture: &Capture) -> OtelEventHandlersBuilder {
    OtelEventHandlers::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
}

/// Options for the stub. Nothing is tried twice, so that each call is one command.
async fn options(stub: &MongoStub) -> ClientOptions {
    let mut options = ClientOptions::parse(stub.uri()).await.expect("a connection string");
    options.retry_reads = Some(false);
    options.retry_writes = Some(false);
    options.server_selection_timeout = Some(Duration::from_secs(5));
    options
}

fn products(options: ClientOptions) -> Collection<Document> {
    Client::with_options(options).expect("a client").database("shop").collection("products")
}

async fn traced(stub: &MongoStub, capture: &Capture) -> Collection<Document> {
    products(otel(capture).instrument(options(stub).await))
}

#[tokio::test]
async fn a_command_is_a_child_of_the_caller() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let products = traced(&stub, &capture).await;
    let context = opentelemetry::Context::new()
        .with_span(capture.tracer_provider().tracer("test").start("caller"));

    let find = async { products.find_one(doc! { "price": { "$gt": 10 } }, None).await };
    find.with_context(context.clone()).await.expect("an answer");
    context.span().end();

    assert_tree(&capture.spans(), span("caller").child(command(&stub, "find")));
    let durations = [timed(&stub, "find").count(1)];
    assert_points(&capture.metrics(), "db.client.operation.duration", durations);
}

#[tokio::test]
async fn a_failure_has_the_servers_code() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply_once("find", MongoReply::error(13, "Unauthorized"));
    traced(&stub, &capture).await.find_one(doc! {}, None).await.expect_err("a scripted failure");
    let expected = command(&stub, "find").attr("db.response.status_code", "13").error("13");
    assert_tree(&capture.spans(), expected);
}

#[tokio::test]
async fn a_dropped_future_is_cancelled() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply_once("find", MongoReply::hang());
    let products = traced(&stub, &capture).await;
    tokio::select! {
        result = products.find_one(doc! {}, None) => panic!("no answer was sent: {result:?}"),
        () = stub.received("find", 1) => {}
    }
    eventually("the end of what was dropped", || capture.open_spans() == 0).await;
    assert_tree(&capture.spans(), command(&stub, "find").attr("otelier.cancelled", true));
}

#[tokio::test]
async fn pools_have_metrics() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let products = traced(&stub, &capture).await;
    products.find_one(doc! {}, None).await.expect("an answer");
    let name = stub.address().to_string();
    let state = |state: &str, value: i64| {
        point()
            .attr("db.client.connection.pool.name", name.as_str())
            .attr("db.client.connection.state", state)
            .value(value)
    };
    let returned =
        || capture.metrics().iter().any(|point| point.name == "db.client.connection.use_time");
    eventually("the connection's return", returned).await;
    let counts = [state("idle", 1), state("used", 0)];
    assert_points(&capture.metrics(), "db.client.connection.count", counts);
    let own = || point().attr("db.client.connection.pool.name", name.as_str()).count(1);
    for metric in ["create_time", "wait_time", "use_time"] {
        assert_points(&capture.metrics(), format!("db.client.connection.{metric}"), [own()]);
    }
}

/// A user's own handlers of both kinds.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, event: impl Into<String>) {
        self.0.lock().unwrap().push(event.into());
    }
}

impl CommandEventHandler for Log {
    fn handle_command_started_event(&self, event: CommandStartedEvent) {
        self.note(format!("started {}", event.command_name));
    }

    fn handle_command_succeeded_event(&self, event: CommandSucceededEvent) {
        self.note(format!("succeeded {}", event.command_name));
    }

    fn handle_command_failed_event(&self, event: CommandFailedEvent) {
        self.note(format!("failed {}", event.command_name));
    }
}

impl CmapEventHandler for Log {
    fn handle_pool_created_event(&self, _: PoolCreatedEvent) {
        self.note("pool");
    }

    fn handle_connection_checked_out_event(&self, _: ConnectionCheckedOutEvent) {
        self.note("out");
    }

    fn handle_connection_checked_in_event(&self, _: ConnectionCheckedInEvent) {
        self.note("in");
    }
}

#[tokio::test]
async fn handlers_of_the_user_are_called() {
    let (stub, capture, log) = (MongoStub::start(), Capture::new(), Log::default());
    let mut options = options(&stub).await;
    options.command_event_handler = Some(Arc::new(log.clone()));
    options.cmap_event_handler = Some(Arc::new(log.clone()));
    let products = products(otel(&capture).instrument(options));
    products.find_one(doc! {}, None).await.expect("an answer");
    eventually("the connection's return", || log.0.lock().unwrap().contains(&"in".into())).await;
    let expected = ["pool", "out", "started find", "succeeded find", "in"];
    assert_eq!(*log.0.lock().unwrap(), expected);
    assert_tree(&capture.spans(), command(&stub, "find"));
}

struct Panics;

impl CommandEventHandler for Panics {
    fn handle_command_started_event(&self, _: CommandStartedEvent) {
        panic!("planted");
    }
}

#[tokio::test]
async fn panic_of_handler_is_caught() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let mut options = options(&stub).await;
    options.command_event_handler = Some(Arc::new(Panics));
    let products = products(otel(&capture).instrument(options));
    let found = products.find_one(doc! {}, None).await.expect("an answer");
    assert_eq!(found, Some(doc! { "_id": 1 }));
    assert_tree(&capture.spans(), command(&stub, "find"));
}

#[tokio::test]
async fn query_text_has_no_values() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let handlers = otel(&capture).with_query_text(true);
    let products = products(handlers.instrument(options(&stub).await));
    products.find_one(doc! { "name": "planted" }, None).await.expect("an answer");
    let text = capture.span("find products");
    let text = text.attribute("db.query.text").map(ToString::to_string).unwrap_or_default();
    assert!(text.contains("name") && !text.contains("planted"), "{text}");
}

#[tokio::test]
async fn without_providers_nothing_changes() {
    let stub = MongoStub::start();
    let options = otelier_mongodb::mongodb_2_8::instrument(options(&stub).await);
    let found = products(options).find_one(doc! {}, None).await.expect("an answer");
    assert_eq!(found, Some(doc! { "_id": 1 }));
}

#[tokio::test]
async fn a_call_without_a_server_is_a_span_and_a_warning() {
    let capture = Capture::new();
    let handlers = otel(&capture).with_logger_provider(capture.logger_provider()).build();
    let mut options = ClientOptions::parse("mongodb://127.0.0.1:1").await.expect("a string");
    options.server_selection_timeout = Some(Duration::from_millis(50));
    let products = products(handlers.instrument(options));

    let call = handlers.traced("find", &products, products.find_one(doc! {}, None));
    call.await.expect_err("no server");

    let failed = span("find products")
        .client()
        .scope("otelier-mongodb")
        .attr("db.system.name", "mongodb")
        .attr("db.namespace", "shop")
        .attr("db.operation.name", "find")
        .attr("db.collection.name", "products")
        .error("ServerSelection");
    assert_tree(&capture.spans(), failed);
    eventually("a record", || !capture.logs().is_empty()).await;
    assert_eq!(capture.logs()[0].event_name, "otelier.db.server_unreachable");
}

#[tokio::test]
async fn a_call_with_a_command_is_recorded_once() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply_once("find", MongoReply::error(13, "Unauthorized"));
    let products = traced(&stub, &capture).await;
    let call = products.find_one(doc! {}, None);
    otel(&capture).build().traced("find", &products, call).await.expect_err("a failure");
    let expected = command(&stub, "find").attr("db.response.status_code", "13").error("13");
    assert_tree(&capture.spans(), expected);
}
