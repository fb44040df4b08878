//! Operations that fail, are cancelled, or lose their connection.

use std::sync::Arc;

use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::error::{ErrorKind, WriteFailure};
use mongodb::event::EventHandler;
use mongodb::event::command::CommandEvent;
use mongodb::options::ClientOptions;
use otelier_stubs::{MongoReply, MongoStub};
use otelier_testing::{ExpectedSpan, assert_tree, span};
use tokio::sync::Notify;

use super::support::{Database, eventually, on_both_runtimes, spans_of, traced};

on_both_runtimes!(
    a_duplicate_key_is_told_by_its_code,
    the_first_failure_of_several_writes_is_told,
    an_operation_that_is_dropped_is_cancelled,
    a_command_that_fails_is_told_by_its_code,
    a_connection_that_breaks_is_told,
);

async fn a_duplicate_key_is_told_by_its_code(db: &Database) {
    db.bare_products().insert_one(doc! { "_id": 1 }).await.unwrap();
    let products = db.products();
    let failed = db.command("insert").attr("db.response.status_code", "11000").error("11000");
    let error = db
        .expect([failed], products.insert_one(doc! { "_id": 1 }).into_future())
        .await
        .unwrap_err();
    assert!(
        matches!(&*error.kind, ErrorKind::Write(WriteFailure::WriteError(it)) if it.code == 11000),
        "{error}"
    );
    let failed =
        db.timed("insert").attr("db.response.status_code", "11000").attr("error.type", "11000");
    db.expect_durations([failed.count(1)]);
}

async fn the_first_failure_of_several_writes_is_told(db: &Database) {
    db.bare_products().insert_one(doc! { "_id": 1 }).await.unwrap();
    let products = db.products();
    let failed = db
        .command("insert")
        .attr("db.operation.batch.size", 3)
        .attr("db.response.status_code", "11000")
        .error("11000");
    let writes = products.insert_many((0..3).map(|n| doc! { "_id": n })).ordered(false);
    db.expect([failed], writes.into_future()).await.unwrap_err();
    assert_eq!(
        db.bare_products().count_documents(doc! {}).await.unwrap(),
        3,
        "the others were written"
    );
}

async fn an_operation_that_is_dropped_is_cancelled(db: &Database) {
    // A handler of the user's tells when the command is on its way, in the middle of the poll
    // that sends it.
    let sent = Arc::new(Notify::new());
    let mut options = db.options();
    let notify = Arc::clone(&sent);
    options.command_event_handler = Some(EventHandler::callback(move |event| {
        if matches!(&event, CommandEvent::Started(event) if event.command_name == "find") {
            notify.notify_one();
        }
    }));
    let client = Client::with_options(otelier::mongodb::instrument(options)).unwrap();
    let products = client.database(&db.name).collection::<Document>("products");
    let mut answered = 0;
    let trace = loop {
        let (was_dropped, trace) = traced(async {
            let mut find = std::pin::pin!(products.find_one(doc! {}).into_future());
            tokio::select! {
                biased;
                () = sent.notified() => true,
                found = &mut find => found.map(|_| false).unwrap(),
            }
        })
        .await;
        if was_dropped {
            break trace;
        }
        // The machine was busy elsewhere, and the answer there at once.
        sent.notified().await;
        answered += 1;
    };
    eventually("the end of what was dropped", || spans_of(trace).len() == 2).await;
    let cancelled = db.command("find").attr("otelier.cancelled", true);
    assert_tree(&spans_of(trace), span("test").child(cancelled));
    db.expect_durations([db.timed("find").count(1 + answered)]);
    products.insert_one(doc! {}).await.expect("the client goes on");
}

async fn on_stub(stub: &MongoStub) -> mongodb::Collection<Document> {
    let mut options = ClientOptions::parse(stub.uri()).await.unwrap();
    options.retry_reads = Some(false);
    let client = Client::with_options(otelier::mongodb::instrument(options)).unwrap();
    client.database("shop").collection("products")
}

fn find_on(stub: &MongoStub) -> ExpectedSpan {
    span("find products")
        .client()
        .scope("otelier-mongodb")
        .service("mongodb-tests")
        .attr("db.system.name", "mongodb")
        .attr("db.namespace", "shop")
        .attr("db.collection.name", "products")
        .attr("db.operation.name", "find")
        .attr("server.address", "127.0.0.1")
        .attr("server.port", stub.address().port())
}

async fn a_command_that_fails_is_told_by_its_code(db: &Database) {
    let stub = MongoStub::start();
    stub.reply("find", MongoReply::error(13, "Unauthorized"));
    let products = on_stub(&stub).await;
    let failed = find_on(&stub).attr("db.response.status_code", "13").error("13");
    db.expect([failed], products.find_one(doc! {}).into_future()).await.unwrap_err();
}

async fn a_connection_that_breaks_is_told(db: &Database) {
    let stub = MongoStub::start();
    stub.reply("find", MongoReply::disconnect());
    let products = on_stub(&stub).await;
    db.expect([find_on(&stub).error("Io")], products.find_one(doc! {}).into_future())
        .await
        .unwrap_err();
}
