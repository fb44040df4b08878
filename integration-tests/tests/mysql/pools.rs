//! The metrics of pools.

use std::time::Duration;

use otelier::mysql::{Pool, PoolConstraints, PoolOpts, TxOpts, prelude::*};
use otelier_testing::{ExpectedPoint, MetricPoint, assert_metric, metric, point};

use super::support::{BOUNDARIES, Database, on_both_runtimes};

on_both_runtimes!(
    what_a_pool_is_like,
    pools_can_be_named,
    how_long_callers_wait_and_connections_are_used,
    connections_in_results_are_in_use,
);

fn gauge(
    points: &[MetricPoint],
    name: &str,
    unit: &str,
    expected: impl IntoIterator<Item = ExpectedPoint>,
) {
    let name = format!("db.client.connection.{name}");
    let expected =
        metric(name).unit(unit).scope("otelier-mysql").up_down_counter().points(expected);
    assert_metric(points, expected);
}

fn assert_count(db: &Database, pool: &str, idle: i64, used: i64) {
    let state = |state: &str, value: i64| {
        point()
            .attr("db.client.connection.pool.name", pool)
            .attr("db.client.connection.state", state)
            .value(value)
    };
    gauge(
        &db.pool_points(pool),
        "count",
        "{connection}",
        [state("idle", idle), state("used", used)],
    );
}

/// Waits until the pool has taken its connections back, which it does in a task of its own.
async fn settled(pool: &Pool, idle: usize) {
    let metrics = pool.metrics();
    while metrics.connections_in_pool.load(std::sync::atomic::Ordering::SeqCst) != idle {
        tokio::task::yield_now().await;
    }
}

async fn what_a_pool_is_like(db: &Database) {
    let bounds = PoolOpts::new()
        .with_constraints(PoolConstraints::new(1, 3).unwrap())
        .with_inactive_connection_ttl(Duration::from_secs(60));
    let pool = Pool::new(db.opts().pool_opts(bounds));
    let name = db.pool_name();
    let own =
        |value: i64| point().attr("db.client.connection.pool.name", name.as_str()).value(value);

    assert_count(db, &name, 0, 0);
    let one = pool.get_conn().await.unwrap();
    let other = pool.get_conn().await.unwrap();
    assert_count(db, &name, 0, 2);
    drop(one);
    settled(&pool, 1).await;
    assert_count(db, &name, 1, 1);

    let points = db.pool_points(&name);
    gauge(&points, "max", "{connection}", [own(3)]);
    gauge(&points, "idle.max", "{connection}", [own(3)]);
    gauge(&points, "idle.min", "{connection}", [own(1)]);
    gauge(&points, "pending_requests", "{request}", [own(0)]);

    // Three are in use, and a fourth is waited for.
    let more = (pool.get_conn().await.unwrap(), pool.get_conn().await.unwrap());
    let mut waiting = Box::pin(pool.get_conn());
    assert!(futures_util::poll!(&mut waiting).is_pending());
    gauge(&db.pool_points(&name), "pending_requests", "{request}", [own(1)]);
    drop(waiting);
    gauge(&db.pool_points(&name), "pending_requests", "{request}", [own(0)]);

    drop((other, more));
    pool.disconnect().await.unwrap();
    let points = db.pool_points(&name);
    assert_count(db, &name, 0, 0);
    gauge(&points, "max", "{connection}", [own(0)]);
}

async fn pools_can_be_named(db: &Database) {
    let name = format!("orders of {}", db.name);
    let pool = Pool::builder().with_pool_name(name.as_str()).build(db.opts());
    "SELECT 1".ignore(&pool).await.unwrap();
    assert!(!db.pool_points(&name).is_empty());
    assert!(db.pool_points(&db.pool_name()).is_empty());
    pool.disconnect().await.unwrap();
}

async fn how_long_callers_wait_and_connections_are_used(db: &Database) {
    let one = PoolOpts::new().with_constraints(PoolConstraints::new(1, 1).unwrap());
    let pool = Pool::new(db.opts().pool_opts(one));
    let conn = pool.get_conn().await.unwrap();
    let (waited, ()) = tokio::join!(pool.get_conn(), async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        drop(conn);
    });
    drop(waited.unwrap());
    "SELECT 1".ignore(&pool).await.unwrap();
    let transaction = pool.start_transaction(TxOpts::default()).await.unwrap();
    transaction.rollback().await.unwrap();

    let name = db.pool_name();
    let own = || point().attr("db.client.connection.pool.name", name.as_str());
    let seconds = |name: &str, expected| {
        metric(format!("db.client.connection.{name}"))
            .unit("s")
            .histogram(BOUNDARIES)
            .point(expected)
    };
    let points = db.pool_points(&name);
    // The wait for a transaction's connection is in the transaction's own span.
    assert_metric(&points, seconds("wait_time", own().count(3).sum_between(0.06, 10.0)));
    assert_metric(&points, seconds("use_time", own().count(4).sum_between(0.06, 10.0)));
    pool.disconnect().await.unwrap();
}

async fn connections_in_results_are_in_use(db: &Database) {
    let pool = Pool::new(db.opts());
    let name = db.pool_name();
    let result = "SELECT 1".run(&pool).await.unwrap();
    assert_count(db, &name, 0, 1);
    let use_time =
        |count| {
            metric("db.client.connection.use_time").points((count > 0).then(|| {
                point().attr("db.client.connection.pool.name", name.as_str()).count(count)
            }))
        };
    assert_metric(&db.pool_points(&name), use_time(0));
    drop(result);
    assert_metric(&db.pool_points(&name), use_time(1));
    let stream = "SELECT 1".stream::<u8, _>(&pool).await.unwrap();
    assert_metric(&db.pool_points(&name), use_time(1));
    drop(stream);
    assert_metric(&db.pool_points(&name), use_time(2));
    pool.disconnect().await.unwrap();
}
