//! Commands that succeed, on both kinds of runtime.

use mongodb::bson::doc;
use mongodb::options::{InsertOneModel, WriteModel};
use mongodb::{Client, Namespace};
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use otelier_stubs::{MongoReply, MongoStub};
use otelier_testing::{
    Capture, assert_metric, assert_points, assert_tree, assert_trees, metric, span,
};

use crate::support::{DURATIONS, client, command, in_database, otel, products, timed};

async fn a_find_is_a_child_of_the_caller() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture)).await;

    let parent = capture.tracer_provider().tracer("user").start("handler");
    let context = opentelemetry::Context::new().with_span(parent);
    let products = products(&client);
    let found = async { products.find_one(doc! { "price": { "$gt": 10 } }).await };
    let found = found.with_context(context.clone()).await.expect("an answer");
    drop(context);

    assert_eq!(found, Some(doc! { "_id": 1 }));
    assert_tree(&capture.spans(), span("handler").scope("user").child(command(&stub, "find")));
    assert_metric(
        &capture.metrics(),
        metric("db.client.operation.duration")
            .unit("s")
            .scope("otelier-mongodb")
            .histogram(DURATIONS)
            .point(timed(&stub, "find").count(1)),
    );
    assert_eq!(capture.open_spans(), 0);
}

#[tokio::test]
async fn find_is_child_of_caller_on_one_thread() {
    a_find_is_a_child_of_the_caller().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn find_is_child_of_caller_on_many_threads() {
    tokio::spawn(a_find_is_a_child_of_the_caller()).await.expect("no panic");
}

#[tokio::test]
async fn several_writes_are_a_batch() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture)).await;
    let products = products(&client);

    products.insert_one(doc! { "n": 1 }).await.expect("written");
    products
        .insert_many([doc! { "n": 1 }, doc! { "n": 2 }, doc! { "n": 3 }])
        .await
        .expect("written");
    products.update_one(doc! {}, doc! { "$set": { "n": 1 } }).await.expect("written");
    products.delete_many(doc! {}).await.expect("written");

    let insert = || command(&stub, "insert");
    let others = ["update", "delete"].map(|operation| command(&stub, operation));
    let expected =
        [insert(), insert().attr("db.operation.batch.size", 3)].into_iter().chain(others);
    assert_trees(&capture.spans(), expected);
    // The size is no attribute of the metric.
    let points = [
        timed(&stub, "insert").count(2),
        timed(&stub, "update").count(1),
        timed(&stub, "delete").count(1),
    ];
    assert_points(&capture.metrics(), "db.client.operation.duration", points);
}

fn write(collection: &str) -> WriteModel {
    let model = InsertOneModel::builder().namespace(Namespace::new("shop", collection));
    model.document(doc! { "_id": 1 }).build().into()
}

async fn bulk_write(client: &Client, collections: [&str; 2]) {
    client.bulk_write(collections.map(write)).await.expect("written");
}

#[tokio::test]
async fn bulk_write_has_its_only_collection() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let cursor = doc! { "id": 0_i64, "ns": "admin.$cmd.bulkWrite", "firstBatch": [] };
    let reply = doc! {
        "ok": 1, "cursor": cursor, "nErrors": 0, "nInserted": 2, "nMatched": 0, "nModified": 0, "nUpserted": 0,
        "nDeleted": 0
    };
    stub.reply("bulkWrite", MongoReply::document(reply));
    let client = client(&stub, otel(&capture)).await;

    bulk_write(&client, ["products", "products"]).await;
    bulk_write(&client, ["products", "orders"]).await;

    assert_trees(
        &capture.spans(),
        [
            command(&stub, "bulkWrite").attr("db.operation.batch.size", 2),
            in_database(&stub, "bulkWrite", "admin", "bulkWrite admin")
                .attr("db.operation.batch.size", 2),
        ],
    );
}

#[tokio::test]
async fn commands_are_recorded_as_sent() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture)).await;
    let (products, database) = (products(&client), client.database("shop"));

    products.aggregate([doc! { "$match": { "a": 1 } }]).await.expect("a cursor");
    // What it writes to is no collection of the command's.
    products.aggregate([doc! { "$merge": { "into": "others" } }]).await.expect("a cursor");
    database.aggregate([doc! { "$listLocalSessions": {} }]).await.expect("a cursor");
    products.find_one_and_delete(doc! {}).await.expect("an answer");
    products.distinct("name", doc! {}).await.expect("an answer");
    products.estimated_document_count().await.expect("an answer");
    products.drop().await.expect("an answer");
    database.run_command(doc! { "dbStats": 1 }).await.expect("an answer");

    let on_collection = ["aggregate", "aggregate", "findAndModify", "distinct", "count", "drop"]
        .map(|name| command(&stub, name));
    let on_database = ["aggregate", "dbStats"]
        .map(|name| in_database(&stub, name, "shop", &format!("{name} shop")));
    assert_trees(&capture.spans(), on_collection.into_iter().chain(on_database));
}

#[tokio::test]
async fn query_text_is_opt_in_without_values() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture).with_query_text(true)).await;

    products(&client)
        .find_one(doc! { "name": "planted", "price": { "$in": [1, 2] } })
        .await
        .expect("an answer");

    let text = concat!(
        r#"{"find": "products", "singleBatch": "?", "limit": "?", "#,
        r#""filter": {"name": "?", "price": {"$in": ["?"]}}}"#
    );
    assert_tree(&capture.spans(), command(&stub, "find").attr("db.query.text", text));
    assert_points(
        &capture.metrics(),
        "db.client.operation.duration",
        [timed(&stub, "find").count(1)],
    );
}

#[tokio::test]
async fn signals_are_independent() {
    let (stub, traces) = (MongoStub::start(), Capture::builder().without_metrics().build());
    products(&client(&stub, otel(&traces)).await).find_one(doc! {}).await.expect("an answer");
    assert_eq!((traces.spans().len(), traces.metrics().len()), (1, 0));

    let metrics = Capture::builder().without_traces().build();
    products(&client(&stub, otel(&metrics)).await).find_one(doc! {}).await.expect("an answer");
    assert_trees(&metrics.spans(), []);
    assert_points(
        &metrics.metrics(),
        "db.client.operation.duration",
        [timed(&stub, "find").count(1)],
    );
}

#[tokio::test]
async fn driver_works_without_providers() {
    let stub = MongoStub::start();
    let client = client(&stub, otelier_mongodb::builder()).await;
    let found = products(&client).find_one(doc! {}).await.expect("an answer");
    assert_eq!(found, Some(doc! { "_id": 1 }));
    assert_eq!(stub.commands().len(), 1);
}
