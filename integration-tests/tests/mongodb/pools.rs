//! The metrics of connection pools.

use mongodb::Client;
use mongodb::bson::{Document, doc};
use otelier_testing::{ExpectedPoint, MetricPoint, assert_metric, metric, point};

use super::support::{BOUNDARIES, Database, eventually, on_both_runtimes, points_with};

on_both_runtimes!(pool_state_and_connection_times);

const POOL: &str = "db.client.connection.pool.name";

fn count(points: &[MetricPoint], state: &str) -> Option<f64> {
    let counts = points.iter().filter(|point| point.name == "db.client.connection.count");
    let of_state = |point: &&MetricPoint| {
        point.attribute("db.client.connection.state").and_then(otelier_testing::Value::as_str)
            == Some(state)
    };
    counts.filter(of_state).filter_map(MetricPoint::value).next()
}

async fn pool_state_and_connection_times(db: &Database) {
    let mut options = db.options();
    options.max_pool_size = Some(4);
    let client = Client::with_options(otelier::mongodb::instrument(options)).unwrap();
    let products = client.database(&db.name).collection::<Document>("products");
    for n in 0..3 {
        products.insert_one(doc! { "_id": n }).await.unwrap();
    }
    let name = db.pool_name();
    eventually("the connection's return", || count(&points_with(POOL, &name), "idle") == Some(1.0))
        .await;

    let points = points_with(POOL, &name);
    let named = || point().attr(POOL, name.as_str());
    let counted = |name: &str, unit: &str, expected: Vec<ExpectedPoint>| {
        let expected = metric(format!("db.client.connection.{name}"))
            .unit(unit)
            .up_down_counter()
            .points(expected);
        assert_metric(&points, expected.scope("otelier-mongodb"));
    };
    let state =
        |state: &str, value: i64| named().attr("db.client.connection.state", state).value(value);
    counted("count", "{connection}", vec![state("idle", 1), state("used", 0)]);
    counted("max", "{connection}", vec![named().value(4)]);
    counted("idle.max", "{connection}", vec![named().value(4)]);
    counted("pending_requests", "{request}", vec![named().value(0)]);
    for (name, times) in [("create_time", 1), ("wait_time", 3), ("use_time", 3)] {
        let expected =
            metric(format!("db.client.connection.{name}")).unit("s").histogram(BOUNDARIES);
        assert_metric(&points, expected.scope("otelier-mongodb").point(named().count(times)));
    }

    drop((client, products));
    let is_over = || {
        let points = points_with(POOL, &name);
        let max = points.iter().find(|point| point.name == "db.client.connection.max");
        count(&points, "idle") == Some(0.0) && max.and_then(MetricPoint::value) == Some(0.0)
    };
    eventually("the end of the pool", is_over).await;
}
