//! What is fetched bit by bit: cursors, change streams, files.

use futures_util::io::{AsyncReadExt as _, AsyncWriteExt as _};
use futures_util::{StreamExt as _, TryStreamExt as _};
use mongodb::bson::{Binary, Bson, Document, doc, oid::ObjectId, spec::BinarySubtype};
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use otelier_stubs::{MongoReply, MongoStub};
use otelier_testing::{Capture, ExpectedSpan, assert_points, assert_trees, span};

use crate::support::{client, command, in_database, otel, products, timed};

/// An answer with a batch of a cursor; the one numbered 0 has no more.
fn batch(name: &str, cursor: i64, documents: &[Document]) -> MongoReply {
    let documents: Vec<_> = documents.iter().cloned().map(Bson::Document).collect();
    let cursor = doc! { "id": cursor, "ns": "shop.products", name: documents };
    MongoReply::document(doc! { "ok": 1, "cursor": cursor })
}

async fn get_more_is_child_of_caller() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let two = [doc! { "n": 1 }, doc! { "n": 2 }];
    stub.reply_once("find", batch("firstBatch", 7, &two));
    stub.reply_once("getMore", batch("nextBatch", 7, &two));
    stub.reply_once("getMore", batch("nextBatch", 0, &two));
    let client = client(&stub, otel(&capture)).await;
    let tracer = capture.tracer_provider().tracer("user");
    let within = |name: &'static str| opentelemetry::Context::new().with_span(tracer.start(name));

    let (asks, reads) = (within("asks"), within("reads"));
    let cursor = products(&client).find(doc! {}).into_future().with_context(asks.clone()).await;
    let all: Vec<Document> =
        cursor.expect("a cursor").try_collect().with_context(reads.clone()).await.expect("all");
    drop((asks, reads));

    assert_eq!(all.len(), 6);
    let user = |name: &'static str| span(name).scope("user");
    let fetched = ["getMore", "getMore"].map(|operation| command(&stub, operation));
    assert_trees(
        &capture.spans(),
        [user("asks").child(command(&stub, "find")), user("reads").children(fetched)],
    );
    let points = [timed(&stub, "find").count(1), timed(&stub, "getMore").count(2)];
    assert_points(&capture.metrics(), "db.client.operation.duration", points);
}

#[tokio::test]
async fn get_more_is_child_of_caller_on_one_thread() {
    get_more_is_child_of_caller().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn get_more_is_child_of_caller_on_many_threads() {
    tokio::spawn(get_more_is_child_of_caller()).await.expect("no panic");
}

#[tokio::test]
async fn change_stream_is_aggregate_and_get_more() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let change = doc! {
        "_id": { "_data": "token" }, "operationType": "insert", "ns": { "db": "shop", "coll": "products" },
        "documentKey": { "_id": 1 }, "fullDocument": { "_id": 1 },
    };
    stub.reply_once("aggregate", batch("firstBatch", 7, &[]));
    stub.reply_once("getMore", batch("nextBatch", 7, &[]));
    stub.reply_once("getMore", batch("nextBatch", 0, &[change]));
    let client = client(&stub, otel(&capture)).await;

    let mut changes = products(&client).watch().await.expect("a stream");
    let change = changes.next().await.expect("a change").expect("no error");

    assert_eq!(change.full_document, Some(doc! { "_id": 1 }));
    assert_trees(
        &capture.spans(),
        ["aggregate", "getMore", "getMore"].map(|name| command(&stub, name)),
    );
}

#[tokio::test]
async fn a_file_is_written_and_read_in_chunks() {
    const LENGTH: i32 = 300 * 1024;
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture)).await;
    let files = client.database("shop").gridfs_bucket(None);
    let on = |collection: &str, operation: &str| -> ExpectedSpan {
        let span = in_database(&stub, operation, "shop", &format!("{operation} {collection}"));
        span.attr("db.collection.name", collection)
    };

    let mut upload = files.open_upload_stream("a file").await.expect("a file");
    upload.write_all(&[7; LENGTH as usize]).await.expect("written");
    upload.close().await.expect("written");
    // The first is how the driver finds out whether indexes have to be made.
    let chunk = || on("fs.chunks", "insert");
    assert_trees(
        &capture.take_spans(),
        [on("fs.files", "find"), chunk(), chunk(), on("fs.files", "insert")],
    );

    let id = ObjectId::new();
    let file = doc! {
        "_id": id, "length": i64::from(LENGTH), "chunkSize": LENGTH, "filename": "a file",
        "uploadDate": mongodb::bson::DateTime::from_millis(0),
    };
    let data = Binary { subtype: BinarySubtype::Generic, bytes: vec![7; LENGTH as usize] };
    stub.reply_once("find", batch("firstBatch", 0, &[file]));
    stub.reply_once(
        "find",
        batch("firstBatch", 0, &[doc! { "_id": id, "files_id": id, "n": 0, "data": data }]),
    );
    let mut read = Vec::new();
    let mut download = files.open_download_stream_by_name("a file").await.expect("a file");
    download.read_to_end(&mut read).await.expect("read");
    assert_eq!(read, [7; LENGTH as usize]);
    assert_trees(&capture.spans(), [on("fs.files", "find"), on("fs.chunks", "find")]);
}
