//! Connections of a pool whose server gives its numbers again: the stub numbers each of them 1, as
//! a server does that was restarted.

use otelier_testing::{Capture, Value};

use super::AFTER_A_LOSS;
use super::otelier_mysql::{OptsBuilder, Pool, PoolConstraints, PoolOpts, prelude::*};
use crate::stub;

#[tokio::test]
async fn reused_connection_number_is_a_new_connection() {
    let capture = Capture::new();
    let one = PoolOpts::new().with_constraints(PoolConstraints::new(1, 1).unwrap());
    let opts = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(stub::start().port())
        .user(Some("u"))
        .db_name(Some("shop"))
        .pool_opts(one)
        .prefer_socket(false)
        .max_allowed_packet(Some(1 << 24))
        .wait_timeout(Some(3600));
    let pool = Pool::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
        .build(opts);

    let mut conn = pool.get_conn().await.unwrap();
    conn.query_drop("USE `my``shop`").await.unwrap();
    conn.query_drop("DO 1").await.unwrap();
    drop(conn);
    // The pool gives the connection to the next caller as it is.
    let mut conn = pool.get_conn().await.unwrap();
    assert_eq!(conn.id(), 1);
    conn.query_drop("DO 2").await.unwrap();
    conn.disconnect().await.unwrap();

    let mut conn = pool.get_conn().await.unwrap();
    assert_eq!(conn.id(), 1);
    conn.query_drop("DO 3").await.unwrap();
    drop(conn);
    pool.disconnect().await.unwrap();

    let namespaces: Vec<_> =
        capture.spans().iter().map(|span| span.attribute("db.namespace").cloned()).collect();
    let expected = [Some("shop"), Some("my`shop"), Some("my`shop"), AFTER_A_LOSS];
    assert_eq!(namespaces, expected.map(|name| name.map(Value::from)));
}
