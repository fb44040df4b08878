//! What leaves no trace, and what does when asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mongodb::Client;
use mongodb::bson::doc;
use mongodb::error::ErrorKind;
use mongodb::event::EventHandler;
use mongodb::event::cmap::CmapEvent;
use mongodb::options::ClientOptions;
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use otelier_stubs::{MongoReply, MongoStub};
use otelier_testing::{Capture, assert_points, assert_tree, assert_trees, span};

use crate::support::{client, command, eventually, in_database, options, otel, products, timed};

/// The commands that are sent for no work of the user's. `endSessions` is sent by hand, since not
/// every version of the driver sends it when it shuts down.
const NOISE: [&str; 5] = ["ping", "hello", "buildInfo", "refreshSessions", "endSessions"];

async fn make_noise(client: &Client) {
    let admin = client.database("admin");
    for name in NOISE {
        admin.run_command(doc! { name: 1 }).await.expect("an answer");
    }
}

#[tokio::test]
async fn noise_is_left_out() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture)).await;

    make_noise(&client).await;
    products(&client).find_one(doc! {}).await.expect("an answer");

    assert_tree(&capture.spans(), command(&stub, "find"));
    let sent: Vec<_> =
        stub.commands().iter().filter_map(|command| command.keys().next().cloned()).collect();
    assert_eq!(
        sent,
        ["ping", "buildInfo", "refreshSessions", "endSessions", "find"],
        "all of it went out"
    );
}

#[tokio::test]
async fn noise_can_be_recorded() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture).with_noise_filter(false)).await;

    make_noise(&client).await;

    assert_trees(
        &capture.spans(),
        NOISE.map(|name| in_database(&stub, name, "admin", &format!("{name} admin"))),
    );
}

#[tokio::test]
async fn cleanup_of_the_driver_is_no_trace() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture)).await;
    let database = client.database("shop");
    let kill = || database.run_command(doc! { "killCursors": "products", "cursors": [7_i64] });

    kill().await.expect("an answer");
    assert_trees(&capture.spans(), []);

    let parent = capture.tracer_provider().tracer("user").start("handler");
    let context = opentelemetry::Context::new().with_span(parent);
    async { kill().await }.with_context(context).await.expect("an answer");
    assert_tree(
        &capture.spans(),
        span("handler").scope("user").child(command(&stub, "killCursors")),
    );
}

#[tokio::test]
async fn operation_without_server_has_no_span() {
    let capture = Capture::new();
    let nowhere = ClientOptions::parse("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50").await;
    let client = Client::with_options(otel(&capture).instrument(nowhere.expect("options")))
        .expect("a client");
    let error = products(&client).find_one(doc! {}).await.expect_err("no server is there");
    assert!(matches!(*error.kind, ErrorKind::ServerSelection { .. }), "{error}");
    assert_trees(&capture.spans(), []);
    assert_points(&capture.metrics(), "db.client.operation.duration", []);
}

#[tokio::test]
async fn operation_without_connection_has_no_span() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let mut options = options(&stub).await;
    let failed = Arc::new(AtomicBool::new(false));
    let has_failed = Arc::clone(&failed);
    options.cmap_event_handler = Some(EventHandler::callback(move |event| {
        has_failed
            .fetch_or(matches!(event, CmapEvent::ConnectionCheckoutFailed(_)), Ordering::Relaxed);
    }));
    let client = Client::with_options(otel(&capture).instrument(options)).expect("a client");
    let products = products(&client);
    stub.reply_once("find", MongoReply::hang());
    let find = {
        let products = products.clone();
        tokio::spawn(async move { products.find_one(doc! {}).await })
    };
    stub.received("find", 1).await;
    // The server is known by now, its one connection is in use, and to say hello on another is of
    // no use.
    for name in ["hello", "isMaster", "ismaster"] {
        stub.reply(name, MongoReply::disconnect());
    }
    products.insert_one(doc! {}).await.expect_err("no connection can be opened");
    assert!(failed.load(Ordering::Relaxed));
    find.abort();
    eventually("the end of what was dropped", || capture.open_spans() == 0).await;
    assert_tree(&capture.spans(), command(&stub, "find").attr("otelier.cancelled", true));
    let point = timed(&stub, "find").count(1);
    assert_points(&capture.metrics(), "db.client.operation.duration", [point]);
}
