//! Commands that fail, are cancelled, or lose their connection.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use mongodb::bson::{Document, Timestamp, doc};
use mongodb::error::ErrorKind;
use mongodb::{Client, Collection};
use otelier_stubs::{MongoReply, MongoStub};
use otelier_testing::{Capture, assert_points, assert_tree, assert_trees};

use crate::support::{client, command, eventually, options, otel, products, timed};

fn failed(stub: &MongoStub, operation: &str, code: &str) -> otelier_testing::ExpectedSpan {
    command(stub, operation).attr("db.response.status_code", code).error(code)
}

#[tokio::test]
async fn server_code_is_status_and_error_type() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply("find", MongoReply::error(50, "MaxTimeMSExpired"));
    let client = client(&stub, otel(&capture)).await;

    let error = products(&client).find_one(doc! {}).await.expect_err("a scripted failure");

    assert!(matches!(&*error.kind, ErrorKind::Command(error) if error.code == 50), "{error}");
    assert_tree(&capture.spans(), failed(&stub, "find", "50"));
    let point = timed(&stub, "find").attr("db.response.status_code", "50").attr("error.type", "50");
    assert_points(&capture.metrics(), "db.client.operation.duration", [point.count(1)]);
}

#[tokio::test]
async fn failed_write_in_successful_command_is_failure() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let errors = [doc! { "index": 0, "code": 11000, "errmsg": "E11000 planted" }];
    stub.reply(
        "insert",
        MongoReply::document(doc! { "ok": 1, "n": 0, "writeErrors": errors.to_vec() }),
    );
    let concern = doc! { "code": 64, "codeName": "WriteConcernFailed", "errmsg": "planted" };
    let reply = doc! { "ok": 1, "n": 1, "nModified": 1, "writeConcernError": concern };
    stub.reply("update", MongoReply::document(reply));
    let client = client(&stub, otel(&capture)).await;

    products(&client).insert_one(doc! { "_id": 1 }).await.expect_err("a duplicate");
    products(&client)
        .update_one(doc! {}, doc! { "$set": { "a": 1 } })
        .await
        .expect_err("no majority");

    assert_trees(
        &capture.spans(),
        [failed(&stub, "insert", "11000"), failed(&stub, "update", "64")],
    );
}

#[tokio::test]
async fn each_attempt_is_a_span() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply_once("find", MongoReply::error(6, "HostUnreachable"));
    let mut options = options(&stub).await;
    options.retry_reads = Some(true);
    let client = Client::with_options(otel(&capture).instrument(options)).expect("a client");

    products(&client).find_one(doc! {}).await.expect("the second attempt");

    assert_trees(&capture.spans(), [failed(&stub, "find", "6"), command(&stub, "find")]);
}

#[tokio::test]
async fn each_attempt_of_a_write_is_a_span() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let address = stub.address().to_string();
    // Writes are tried again by a member of a replica set only.
    let hello = doc! {
        "ok": 1, "isWritablePrimary": true, "setName": "set", "hosts": [&address], "me": &address,
        "maxBsonObjectSize": 16_777_216, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 1000,
        "logicalSessionTimeoutMinutes": 30, "minWireVersion": 0, "maxWireVersion": 25,
    };
    for name in ["hello", "isMaster", "ismaster"] {
        stub.reply(name, MongoReply::document(hello.clone()));
    }
    stub.reply_once("insert", MongoReply::disconnect());
    let mut options = options(&stub).await;
    options.retry_writes = Some(true);
    let client = Client::with_options(otel(&capture).instrument(options)).expect("a client");

    products(&client).insert_one(doc! { "_id": 1 }).await.expect("the second attempt");

    assert_trees(
        &capture.spans(),
        [command(&stub, "insert").error("Io"), command(&stub, "insert")],
    );
}

#[tokio::test]
async fn broken_connection_is_error_without_code() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply("find", MongoReply::disconnect());
    let client = client(&stub, otel(&capture)).await;

    let error = products(&client).find_one(doc! {}).await.expect_err("cut off");

    assert!(matches!(*error.kind, ErrorKind::Io(_)), "{error}");
    assert_tree(&capture.spans(), command(&stub, "find").error("Io"));
    let point = timed(&stub, "find").attr("error.type", "Io");
    assert_points(&capture.metrics(), "db.client.operation.duration", [point.count(1)]);
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_an_error() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply("find", MongoReply::document(doc! { "planted": "no ok" }));
    let client = client(&stub, otel(&capture)).await;
    products(&client).find_one(doc! {}).await.expect_err("no answer");
    assert_tree(&capture.spans(), command(&stub, "find").error("InvalidResponse"));
}

/// Drops a find that the stub does not answer.
async fn find_and_drop(stub: &MongoStub, products: &Collection<Document>) {
    tokio::select! {
        result = products.find_one(doc! {}) => panic!("no answer was sent: {result:?}"),
        () = stub.received("find", 1) => {}
    }
}

async fn a_dropped_future_is_cancelled() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply("find", MongoReply::hang());
    let client = client(&stub, otel(&capture)).await;
    let products = products(&client);

    find_and_drop(&stub, &products).await;
    eventually("the end of what was dropped", || capture.open_spans() == 0).await;
    products.insert_one(doc! {}).await.expect("the client goes on");

    let cancelled = command(&stub, "find").attr("otelier.cancelled", true);
    assert_trees(&capture.spans(), [cancelled, command(&stub, "insert")]);
    let points = [timed(&stub, "find").count(1), timed(&stub, "insert").count(1)];
    assert_points(&capture.metrics(), "db.client.operation.duration", points);
}

#[tokio::test]
async fn a_dropped_future_is_cancelled_on_one_thread() {
    a_dropped_future_is_cancelled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dropped_future_is_cancelled_on_many_threads() {
    tokio::spawn(a_dropped_future_is_cancelled()).await.expect("no panic");
}

/// Dropped at any of its polls, be it the one that waits for a connection, for the answer, or for
/// what the driver makes of the answer, when it does not count the connection as broken off.
async fn dropped_command_always_ends() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let mut reply =
        doc! { "ok": 1, "cursor": { "id": 0_i64, "ns": "shop.products", "firstBatch": [] } };
    let client = client(&stub, otel(&capture)).await;
    let products = products(&client);
    let mut polls = 0;
    let (mut dropped, mut done) = (0, false);
    while !done {
        polls += 1;
        // A time that is new is given to the driver's own task, which the command waits for.
        let time = Timestamp { time: 1, increment: polls };
        reply.insert("$clusterTime", doc! { "clusterTime": time, "signature": {} });
        stub.reply("find", MongoReply::document(reply.clone()));
        let mut find = pin!(products.find_one(doc! {}).into_future());
        let mut left = polls;
        done = poll_fn(|context| {
            left -= 1;
            match find.as_mut().poll(context) {
                Poll::Ready(found) => Poll::Ready(found.expect("an answer").is_none()),
                Poll::Pending if left == 0 => Poll::Ready(false),
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        dropped += u32::from(!done);
    }
    assert!(dropped >= 3, "so few polls cannot have been all of those");
    eventually("the end of what was dropped", || capture.open_spans() == 0).await;
    let ends: Vec<bool> =
        capture.spans().iter().map(|it| it.attribute("otelier.cancelled").is_some()).collect();
    assert_eq!(
        ends.iter().filter(|is_cancelled| !**is_cancelled).count(),
        1,
        "one came to its end"
    );
}

#[tokio::test]
async fn dropped_command_always_ends_on_one_thread() {
    dropped_command_always_ends().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dropped_command_always_ends_on_many_threads() {
    tokio::spawn(dropped_command_always_ends()).await.expect("no panic");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn only_dropped_commands_are_cancelled() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply("find", MongoReply::hang());
    let client = client(&stub, otel(&capture)).await;
    let finds: Vec<_> = (0..5)
        .map(|_| {
            let products = products(&client);
            tokio::spawn(async move { products.find_one(doc! {}).await })
        })
        .collect();
    stub.received("find", 5).await;

    let inserts = (0..50).map(|_| {
        let products = products(&client);
        tokio::spawn(async move { products.insert_one(doc! {}).await })
    });
    for insert in inserts.collect::<Vec<_>>() {
        insert.await.expect("no panic").expect("an answer");
    }
    assert_eq!(capture.open_spans(), 5);
    for find in finds {
        find.abort();
    }
    eventually("the end of what was dropped", || capture.open_spans() == 0).await;

    let cancelled = timed(&stub, "find").count(5);
    let points = [cancelled, timed(&stub, "insert").count(50)];
    assert_points(&capture.metrics(), "db.client.operation.duration", points);
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing_open() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply("find", MongoReply::hang());
    let client = client(&stub, otel(&capture)).await;
    let products = products(&client);
    find_and_drop(&stub, &products).await;
    drop((client, products));
    eventually("the end of what was dropped", || capture.open_spans() == 0).await;
    assert_tree(&capture.spans(), command(&stub, "find").attr("otelier.cancelled", true));
}

#[tokio::test]
async fn clients_of_same_options_are_independent() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let options = otel(&capture).instrument(options(&stub).await);
    let one = Client::with_options(options.clone()).expect("a client");
    let other = Client::with_options(options).expect("a client");
    // Connections called alike, the one idle, the other in use.
    products(&one).insert_one(doc! {}).await.expect("an answer");
    stub.reply_once("find", MongoReply::hang());
    let find = {
        let products = products(&other);
        tokio::spawn(async move { products.find_one(doc! {}).await })
    };
    stub.received("find", 1).await;
    one.shutdown().await;
    tokio::task::yield_now().await;
    assert_eq!(capture.open_spans(), 1, "the idle connection was closed, not the one in use");
    find.abort();
    eventually("the end of what was dropped", || capture.open_spans() == 0).await;
    let cancelled = command(&stub, "find").attr("otelier.cancelled", true);
    assert_trees(&capture.spans(), [command(&stub, "insert"), cancelled]);
}
