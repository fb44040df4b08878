//! The metrics of connection pools.

use mongodb::Client;
use mongodb::bson::doc;
use mongodb::options::ClientOptions;
use otelier_stubs::{MongoReply, MongoStub};
use otelier_testing::{
    Capture, ExpectedPoint, MetricPoint, assert_metric, assert_points, metric, point,
};

use crate::support::{DURATIONS, client, eventually, options, otel, products};

fn named(stub: &MongoStub) -> ExpectedPoint {
    point().attr("db.client.connection.pool.name", format!("127.0.0.1:{}", stub.address().port()))
}

fn count(capture: &Capture, state: &str) -> Option<f64> {
    let points = capture.metrics();
    let points = points.iter().filter(|it| it.name == "db.client.connection.count");
    let of_state = |it: &&MetricPoint| {
        it.attribute("db.client.connection.state").and_then(otelier_testing::Value::as_str)
            == Some(state)
    };
    points.filter(of_state).filter_map(MetricPoint::value).next()
}

#[tokio::test]
async fn connections_are_counted_and_timed() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let mut options = options(&stub).await;
    options.max_pool_size = Some(3);
    let client = Client::with_options(otel(&capture).instrument(options)).expect("a client");
    let products = products(&client);
    stub.reply_once("find", MongoReply::hang());
    let find = {
        let products = products.clone();
        tokio::spawn(async move { products.find_one(doc! {}).await })
    };
    stub.received("find", 1).await;
    products.insert_one(doc! {}).await.expect("an answer");
    products.insert_one(doc! {}).await.expect("an answer");
    eventually("the connection's return", || count(&capture, "idle") == Some(1.0)).await;

    let metrics = capture.metrics();
    let state = |state: &str| named(&stub).attr("db.client.connection.state", state);
    let counted = metric("db.client.connection.count").unit("{connection}").up_down_counter();
    assert_metric(&metrics, counted.point(state("idle").value(1)).point(state("used").value(1)));
    for (name, unit, value) in [
        ("max", "{connection}", 3),
        ("idle.max", "{connection}", 3),
        ("pending_requests", "{request}", 0),
    ] {
        let expected = metric(format!("db.client.connection.{name}")).unit(unit).up_down_counter();
        assert_metric(&metrics, expected.point(named(&stub).value(value)));
    }
    for (name, times) in [("create_time", 2), ("wait_time", 3), ("use_time", 2)] {
        let expected =
            metric(format!("db.client.connection.{name}")).unit("s").histogram(DURATIONS);
        assert_metric(&metrics, expected.point(named(&stub).count(times)));
    }
    for absent in ["idle.min", "timeouts"] {
        assert_points(&metrics, format!("db.client.connection.{absent}"), []);
    }

    find.abort();
    drop((client, products));
    let max = || {
        let points = capture.metrics();
        points.iter().find(|it| it.name == "db.client.connection.max").and_then(MetricPoint::value)
    };
    eventually("the end of the pool", || {
        count(&capture, "idle") == Some(0.0)
            && count(&capture, "used") == Some(0.0)
            && max() == Some(0.0)
    })
    .await;
}

#[tokio::test]
async fn pending_requests_excludes_cancelled_waiters() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply_once("find", MongoReply::hang());
    let mut options = options(&stub).await;
    options.max_pool_size = Some(1);
    let client = Client::with_options(otel(&capture).instrument(options)).expect("a client");
    let spawn = |name: &'static str| {
        let database = client.database("shop");
        tokio::spawn(async move { database.run_command(doc! { name: "products" }).await })
    };
    let pending = |n: i64| {
        let capture = &capture;
        let all = move || capture.metrics();
        move || {
            all()
                .iter()
                .any(|it| it.name.ends_with("pending_requests") && it.value() == Some(n as f64))
        }
    };
    let first = spawn("find");
    stub.received("find", 1).await;
    let waiting: Vec<_> = (0..3).map(|_| spawn("count")).collect();
    eventually("three who wait", pending(3)).await;
    for gives_up in &waiting[..2] {
        gives_up.abort();
    }
    // The connection that the first one leaves in the middle of an answer is replaced, and the
    // third goes on.
    first.abort();
    for done in waiting {
        let _ = done.await;
    }
    eventually("no operation that waits", pending(0)).await;
    assert_points(
        &capture.metrics(),
        "db.client.connection.pending_requests",
        [named(&stub).value(0)],
    );
}

#[tokio::test]
async fn failed_connection_is_not_counted() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    stub.reply("find", MongoReply::disconnect());
    let client = client(&stub, otel(&capture)).await;
    products(&client).find_one(doc! {}).await.expect_err("cut off");
    eventually("the connection's end", || {
        count(&capture, "idle") == Some(0.0) && count(&capture, "used") == Some(0.0)
    })
    .await;
    assert_points(&capture.metrics(), "db.client.connection.use_time", [named(&stub).count(1)]);
}

#[tokio::test]
async fn pools_of_one_server_are_one() {
    let (stub, capture) = (MongoStub::start(), Capture::new());
    let handlers = otel(&capture).build();
    let clients: Vec<Client> = {
        let options = options(&stub).await;
        (0..2)
            .map(|_| Client::with_options(handlers.instrument(options.clone())).expect("a client"))
            .collect()
    };
    for client in &clients {
        products(client).insert_one(doc! {}).await.expect("an answer");
    }
    eventually("both connections' return", || count(&capture, "idle") == Some(2.0)).await;
    assert_points(&capture.metrics(), "db.client.connection.max", [named(&stub).value(20)]);
    assert_points(&capture.metrics(), "db.client.connection.create_time", [named(&stub).count(2)]);
}

#[tokio::test]
async fn pool_name_has_server_and_default_database() {
    // No server need listen there for the pool to be made.
    let capture = Capture::new();
    let options =
        ClientOptions::parse("mongodb://db.invalid/shop?minPoolSize=2").await.expect("options");
    let _client = Client::with_options(otel(&capture).instrument(options)).expect("a client");
    eventually("a pool", || !capture.metrics().is_empty()).await;
    let named = || point().attr("db.client.connection.pool.name", "db.invalid:27017/shop");
    assert_points(&capture.metrics(), "db.client.connection.max", [named().value(10)]);
    assert_points(&capture.metrics(), "db.client.connection.idle.min", [named().value(2)]);
}
