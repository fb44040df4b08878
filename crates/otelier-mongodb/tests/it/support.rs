//! A client of the stub whose telemetry is captured, and what its spans have in common.

use std::time::Duration;

use mongodb::bson::Document;
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection};
use otelier_mongodb::{OtelEventHandlers, OtelEventHandlersBuilder};
use otelier_stubs::MongoStub;
use otelier_testing::{Capture, ExpectedPoint, ExpectedSpan, point, span};

pub(crate) const DURATIONS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

/// Handlers that record into `capture`.
pub(crate) fn otel(capture: &Capture) -> OtelEventHandlersBuilder {
    OtelEventHandlers::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
}

/// Options for the stub. Nothing is tried twice, so that each call is one command.
pub(crate) async fn options(stub: &MongoStub) -> ClientOptions {
    let mut options = ClientOptions::parse(stub.uri()).await.expect("a connection string");
    options.retry_reads = Some(false);
    options.retry_writes = Some(false);
    options.server_selection_timeout = Some(Duration::from_secs(5));
    options
}

/// An instrumented client of the stub.
pub(crate) async fn client(stub: &MongoStub, handlers: OtelEventHandlersBuilder) -> Client {
    Client::with_options(handlers.instrument(options(stub).await)).expect("a client")
}

pub(crate) fn products(client: &Client) -> Collection<Document> {
    client.database("shop").collection("products")
}

/// The span of `operation` on the collection `products`.
pub(crate) fn command(stub: &MongoStub, operation: &str) -> ExpectedSpan {
    in_database(stub, operation, "shop", &format!("{operation} products"))
        .attr("db.collection.name", "products")
}

/// The span of `operation` on no collection.
pub(crate) fn in_database(
    stub: &MongoStub,
    operation: &str,
    database: &str,
    name: &str,
) -> ExpectedSpan {
    span(name)
        .client()
        .scope("otelier-mongodb")
        .attr("db.system.name", "mongodb")
        .attr("db.namespace", database)
        .attr("db.operation.name", operation)
        .attr("server.address", "127.0.0.1")
        .attr("server.port", stub.address().port())
}

/// The point of the duration of `operation` on the collection `products`.
pub(crate) fn timed(stub: &MongoStub, operation: &str) -> ExpectedPoint {
    point()
        .attr("db.system.name", "mongodb")
        .attr("db.namespace", "shop")
        .attr("db.collection.name", "products")
        .attr("db.operation.name", operation)
        .attr("server.address", "127.0.0.1")
        .attr("server.port", stub.address().port())
}

/// Waits for what the driver does in tasks of its own: no event shows when they are done.
pub(crate) async fn eventually(what: &str, done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}
