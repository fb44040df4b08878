//! What leaves no trace, and what does when asked for.

use mongodb::Client;
use mongodb::bson::doc;
use mongodb::error::ErrorKind;
use mongodb::options::ClientOptions;
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use otelier_testing::{Capture, MongoStub, assert_points, assert_tree, assert_trees, span};

use crate::support::{client, command, in_database, otel, products};

async fn make_noise(client: &Client) {
    let admin = client.database("admin");
    for name in ["ping", "hello", "buildInfo", "refreshSessions"] {
        admin.run_command(doc! { name: 1 }).await.expect("an answer");
    }
}

#[tokio::test]
async fn noise_is_left_out() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture)).await;

    make_noise(&client).await;
    products(&client).find_one(doc! {}).await.expect("an answer");
    client.shutdown().await;

    assert_tree(&capture.spans(), command(&stub, "find"));
    let sent: Vec<_> = stub.commands().iter().filter_map(|command| command.keys().next().cloned()).collect();
    assert_eq!(sent, ["ping", "buildInfo", "refreshSessions", "find", "endSessions"], "all of it went out");
}

#[tokio::test]
async fn noise_is_the_users_to_hear() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture).with_noise_filter(false)).await;

    make_noise(&client).await;
    client.shutdown().await;

    let expected = ["ping", "hello", "buildInfo", "refreshSessions", "endSessions"];
    assert_trees(
        &capture.spans(),
        expected.map(|name| in_database(&stub, name, "admin", &format!("{name} admin"))),
    );
}

#[tokio::test]
async fn what_the_driver_sends_for_what_was_dropped_is_no_trace_of_its_own() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let client = client(&stub, otel(&capture)).await;
    let database = client.database("shop");
    let kill = || database.run_command(doc! { "killCursors": "products", "cursors": [7_i64] });

    kill().await.expect("an answer");
    assert_trees(&capture.spans(), []);

    let parent = capture.tracer_provider().tracer("user").start("handler");
    let context = opentelemetry::Context::new().with_span(parent);
    async { kill().await }.with_context(context).await.expect("an answer");
    assert_tree(&capture.spans(), span("handler").scope("user").child(command(&stub, "killCursors")));
}

#[tokio::test]
async fn an_operation_for_which_there_is_no_server_leaves_nothing() {
    let capture = Capture::new();
    let nowhere = ClientOptions::parse("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50").await;
    let client =
        Client::with_options(otel(&capture).instrument(nowhere.expect("options"))).expect("a client");
    let error = products(&client).find_one(doc! {}).await.expect_err("nobody is there");
    assert!(matches!(*error.kind, ErrorKind::ServerSelection { .. }), "{error}");
    assert_trees(&capture.spans(), []);
    assert_points(&capture.metrics(), "db.client.operation.duration", []);
}
