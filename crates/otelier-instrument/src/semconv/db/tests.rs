//! The operation's ends and names, and the pools' metrics, against captured telemetry.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, StringValue};
use opentelemetry_sdk::trace::Sampler;
use otelier_testing::{
    Capture, assert_metric, assert_points, assert_tree, assert_trees, metric, point, span,
};

use crate::{ErrorType, Operation, Providers, enter, scope};

use super::*;

const BOUNDARIES: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

fn providers(capture: &Capture) -> Providers {
    let mut providers = Providers::default();
    providers.set_tracer_provider(capture.tracer_provider());
    providers.set_meter_provider(capture.meter_provider());
    providers
}

fn client(capture: &Capture) -> DbClient {
    DbClient::new(scope!(), providers(capture))
}

fn select() -> DbRequest {
    DbRequest {
        server_address: Some("db.example".into()),
        server_port: Some(3307),
        namespace: Some("shop".into()),
        query_summary: Some("SELECT songs".into()),
        query_text: Some("SELECT * FROM songs WHERE id = ?".into()),
        batch_size: Some(1),
        ..DbRequest::new(DbSystem::MARIADB)
    }
}

#[test]
fn success_gives_span_and_equal_duration() {
    let capture = Capture::new();
    let mut operation = client(&capture).start(select);
    operation.set_returned_rows(3);
    operation.end();

    assert_tree(
        &capture.spans(),
        span("SELECT songs")
            .client()
            .scope("otelier-instrument")
            .attr("db.system.name", "mariadb")
            .attr("db.namespace", "shop")
            .attr("db.query.summary", "SELECT songs")
            .attr("db.query.text", "SELECT * FROM songs WHERE id = ?")
            .attr("db.response.returned_rows", 3)
            .attr("server.address", "db.example")
            .attr("server.port", 3307),
    );
    assert_metric(
        &capture.metrics(),
        metric("db.client.operation.duration").unit("s").histogram(BOUNDARIES).point(
            point()
                .attr("db.system.name", "mariadb")
                .attr("db.namespace", "shop")
                .attr("db.query.summary", "SELECT songs")
                .attr("server.address", "db.example")
                .attr("server.port", 3307)
                .count(1),
        ),
    );
}

#[test]
fn server_code_is_status_and_error_type() {
    let capture = Capture::new();
    client(&capture).start(|| DbRequest::new(DbSystem::MYSQL)).fail_with_code("1062");

    let system = ("db.system.name", "mysql");
    assert_tree(
        &capture.spans(),
        span("mysql")
            .client()
            .attr(system.0, system.1)
            .attr("db.response.status_code", "1062")
            .error("1062"),
    );
    assert_points(
        &capture.metrics(),
        "db.client.operation.duration",
        [point()
            .attr(system.0, system.1)
            .attr("db.response.status_code", "1062")
            .attr("error.type", "1062")
            .count(1)],
    );
}

#[test]
fn dropped_is_cancelled_and_no_error_of_the_server() {
    let capture = Capture::new();
    drop(client(&capture).start(|| DbRequest::new(DbSystem::MYSQL)));
    assert_tree(
        &capture.spans(),
        span("mysql").client().attr("db.system.name", "mysql").attr("otelier.cancelled", true),
    );
    assert_points(
        &capture.metrics(),
        "db.client.operation.duration",
        [point().attr("db.system.name", "mysql").count(1)],
    );
}

#[test]
fn a_panic_inside_ends_it_at_once() {
    let capture = Capture::new();
    let mut slot = Some(client(&capture).start(|| DbRequest::new(DbSystem::MYSQL)));
    let work = std::panic::AssertUnwindSafe(|| enter(&mut slot, || panic!("planted")));
    std::panic::catch_unwind(work).expect_err("the panic goes on");
    assert!(slot.is_none());
    assert_tree(
        &capture.spans(),
        span("mysql").client().attr("db.system.name", "mysql").error("panic"),
    );
}

#[test]
fn other_failures_are_named_by_type() {
    let capture = Capture::new();
    client(&capture).start(|| DbRequest::new(DbSystem::MYSQL)).fail(ErrorType::TIMEOUT);
    assert_tree(
        &capture.spans(),
        span("mysql").client().attr("db.system.name", "mysql").error("timeout"),
    );
}

#[test]
fn a_code_alone_is_a_warning() {
    let capture = Capture::new();
    let mut operation = client(&capture).start(|| DbRequest::new(DbSystem::MARIADB));
    operation.set_status_code("1265");
    operation.end();
    assert_tree(
        &capture.spans(),
        span("mariadb")
            .client()
            .attr("db.system.name", "mariadb")
            .attr("db.response.status_code", "1265"),
    );
}

#[test]
fn names_fall_back_from_summary_to_system() {
    let text = |text: &'static str| Some(StringValue::from(text));
    let base = || DbRequest::new(DbSystem::MONGODB);
    let numbered = || DbRequest::new(DbSystem::REDIS);
    let at_server =
        |port| DbRequest { server_address: text("db"), server_port: Some(port), ..base() };
    let cases = [
        (
            DbRequest { query_summary: text("SELECT a b"), operation: text("x"), ..base() },
            "SELECT a b",
        ),
        (
            DbRequest {
                operation: text("find"),
                collection: text("products"),
                namespace: text("shop"),
                ..base()
            },
            "find products",
        ),
        (DbRequest { operation: text("ping"), namespace: text("admin"), ..base() }, "ping admin"),
        (
            DbRequest {
                operation: text("CALL"),
                stored_procedure: text("restock"),
                namespace: text("shop"),
                ..base()
            },
            "CALL restock",
        ),
        (DbRequest { operation: text("GET"), namespace: text("0"), ..numbered() }, "GET"),
        (
            DbRequest {
                operation: text("GET"),
                namespace: text("0"),
                server_address: text("cache"),
                server_port: Some(6380),
                ..numbered()
            },
            "GET cache:6380",
        ),
        (DbRequest { namespace: text("0"), ..numbered() }, "redis"),
        (DbRequest { operation: text("ping"), ..at_server(27018) }, "ping db:27018"),
        (at_server(27017), "db"),
        (DbRequest { operation: text("ping"), ..base() }, "ping"),
        (base(), "mongodb"),
    ];
    for (request, name) in cases {
        let capture = Capture::new();
        client(&capture).start(|| request).end();
        assert_eq!(capture.spans()[0].name, name);
    }
}

#[test]
fn a_peer_is_on_span_and_metric() {
    let cases = [
        (Some("10.1.2.3"), Some(6379), true, true),
        (Some("/tmp/redis.sock"), None, true, false),
        (None, Some(6379), false, false),
    ];
    for (address, port, has_address, has_port) in cases {
        let capture = Capture::new();
        let request = || DbRequest {
            operation: Some("GET".into()),
            peer_address: address.map(StringValue::from),
            peer_port: port,
            ..DbRequest::new(DbSystem::REDIS)
        };
        client(&capture).start(request).end();
        let mut expected =
            span("GET").client().attr("db.system.name", "redis").attr("db.operation.name", "GET");
        let mut measured =
            point().attr("db.system.name", "redis").attr("db.operation.name", "GET").count(1);
        if has_address {
            expected = expected.attr("network.peer.address", address.unwrap());
            measured = measured.attr("network.peer.address", address.unwrap());
        }
        if has_port {
            expected = expected.attr("network.peer.port", 6379);
            measured = measured.attr("network.peer.port", 6379);
        }
        assert_tree(&capture.spans(), expected);
        assert_points(&capture.metrics(), "db.client.operation.duration", [measured]);
    }
}

#[test]
fn batches_and_parameters_stay_off_the_metric() {
    let capture = Capture::new();
    let request = || DbRequest {
        operation: Some("BATCH insert".into()),
        collection: Some("songs".into()),
        stored_procedure: Some("p".into()),
        batch_size: Some(2),
        parameters: vec![("0".to_owned(), "seven".to_owned())],
        ..DbRequest::new(DbSystem::MONGODB)
    };
    client(&capture).start(request).end();
    let common = span("BATCH insert songs")
        .client()
        .attr("db.system.name", "mongodb")
        .attr("db.operation.name", "BATCH insert")
        .attr("db.collection.name", "songs")
        .attr("db.stored_procedure.name", "p");
    assert_tree(
        &capture.spans(),
        common.attr("db.operation.batch.size", 2).attr("db.query.parameter.0", "seven"),
    );
    assert_points(
        &capture.metrics(),
        "db.client.operation.duration",
        [point()
            .attr("db.system.name", "mongodb")
            .attr("db.operation.name", "BATCH insert")
            .attr("db.collection.name", "songs")
            .attr("db.stored_procedure.name", "p")
            .count(1)],
    );
}

#[test]
fn an_empty_batch_has_size_zero() {
    let capture = Capture::new();
    client(&capture)
        .start(|| DbRequest { batch_size: Some(0), ..DbRequest::new(DbSystem::MYSQL) })
        .end();
    assert_tree(
        &capture.spans(),
        span("mysql").client().attr("db.system.name", "mysql").attr("db.operation.batch.size", 0),
    );
}

#[test]
fn batch_size_can_be_set_at_end() {
    for (first, then, told) in
        [(None, 3, Some(3)), (None, 1, None), (Some(2), 3, Some(2)), (Some(1), 3, None)]
    {
        let capture = Capture::new();
        let mut operation = client(&capture)
            .start(|| DbRequest { batch_size: first, ..DbRequest::new(DbSystem::MYSQL) });
        operation.set_batch_size(then);
        operation.end();
        let expected = span("mysql").client().attr("db.system.name", "mysql");
        assert_tree(
            &capture.spans(),
            match told {
                Some(size) => expected.attr("db.operation.batch.size", size),
                None => expected,
            },
        );
    }
}

#[test]
fn time_before_the_start_counts() {
    let capture = Capture::new();
    let started =
        Instant::now().checked_sub(Duration::from_secs(2)).expect("the machine runs that long");
    let request = || DbRequest { started: Some(started), ..DbRequest::new(DbSystem::MYSQL) };
    client(&capture).start(request).end();
    let spans = capture.spans();
    assert!(
        spans[0].end.duration_since(spans[0].start).expect("in order") >= Duration::from_secs(2)
    );
    assert_points(
        &capture.metrics(),
        "db.client.operation.duration",
        [point().attr("db.system.name", "mysql").count(1).sum_between(2.0, 10.0)],
    );
}

#[test]
fn inner_work_and_comment_belong_to_span() {
    let capture = Capture::new();
    let tracer = capture.tracer_provider().tracer("user");
    let client = client(&capture);
    let comment = tracer.in_span("handler", |_| {
        let mut slot = Some(client.start(|| DbRequest::new(DbSystem::MYSQL)));
        enter(&mut slot, || tracer.in_span("inside", |_| ()));
        let operation = slot.expect("still running");
        let comment = operation.sql_comment();
        operation.end();
        comment
    });
    let spans = capture.spans();
    let own = capture.span("mysql");
    assert_eq!(comment, Some(format!("/*traceparent='00-{}-{}-01'*/", own.trace_id, own.span_id)));
    assert_tree(
        &spans,
        span("handler")
            .child(span("mysql").client().attr("db.system.name", "mysql").child(span("inside"))),
    );
}

#[test]
fn without_providers_nothing_is_asked_and_the_context_passes() {
    let capture = Capture::new();
    let tracer = capture.tracer_provider().tracer("user");
    let parent = Context::new().with_span(tracer.start("parent"));
    let _attached = parent.clone().attach();
    let client = DbClient::new(scope!(), Providers::default());
    assert!(!client.enabled());
    let operation = client.start(|| unreachable!("no signal is recorded"));
    assert!(!operation.is_recording());
    assert_eq!(operation.context().span().span_context(), parent.span().span_context());
    operation.end();
    assert!(capture.spans().is_empty());
}

#[test]
fn each_signal_alone() {
    let traces = Capture::builder().without_metrics().build();
    client(&traces).start(select).end();
    assert_eq!(traces.spans().len(), 1);
    assert!(traces.metrics().is_empty());

    let metrics = Capture::builder().without_traces().build();
    client(&metrics).start(select).end();
    assert_trees(&metrics.spans(), []);
    assert_eq!(metrics.metrics().len(), 1);
}

#[test]
fn sampled_out_is_measured_and_passes_its_identity_on() {
    let capture = Capture::builder().with_sampler(Sampler::AlwaysOff).build();
    let operation = client(&capture).start(select);
    assert!(operation.context().span().span_context().is_valid());
    operation.end();
    assert_trees(&capture.spans(), []);
    assert_eq!(capture.metrics().len(), 1);
}

/// A pool with as many connections of each kind as the number says, and bounds of ten times that.
struct Stub(AtomicU64);

impl DbPoolSource for Stub {
    fn state(&self) -> DbPoolState {
        let n = self.0.load(Ordering::Relaxed);
        DbPoolState {
            idle: n,
            used: 2 * n,
            pending_requests: 3 * n,
            idle_max: Some(10 * n),
            idle_min: None,
            max: Some(20 * n),
        }
    }
}

fn stub(n: u64) -> Arc<dyn DbPoolSource> {
    Arc::new(Stub(AtomicU64::new(n)))
}

fn assert_state(capture: &Capture, name: &str, n: i64) {
    let metrics = capture.metrics();
    let named = || point().attr("db.client.connection.pool.name", name);
    let expect = |metric_name, unit, value| {
        assert_metric(
            &metrics,
            metric(metric_name).unit(unit).up_down_counter().point(named().value(value)),
        );
    };
    assert_metric(
        &metrics,
        metric("db.client.connection.count")
            .unit("{connection}")
            .up_down_counter()
            .point(named().attr("db.client.connection.state", "idle").value(n))
            .point(named().attr("db.client.connection.state", "used").value(2 * n)),
    );
    expect("db.client.connection.pending_requests", "{request}", 3 * n);
    expect("db.client.connection.idle.max", "{connection}", 10 * n);
    expect("db.client.connection.max", "{connection}", 20 * n);
    assert_points(&metrics, "db.client.connection.idle.min", []);
}

#[test]
fn pools_of_one_name_are_summed() {
    let capture = Capture::new();
    let pools = DbPools::new(scope!(), providers(&capture));
    let (one, other) = (stub(1), stub(2));
    let _one = pools.add("p", Arc::downgrade(&one));
    assert_state(&capture, "p", 1);
    let _other = pools.add("p", Arc::downgrade(&other));
    assert_state(&capture, "p", 3);
    drop(one);
    assert_state(&capture, "p", 2);
    drop(other);
    assert_state(&capture, "p", 0);
}

#[test]
fn what_pools_tell_is_recorded() {
    let capture = Capture::new();
    let pools = DbPools::new(scope!(), providers(&capture));
    let source = stub(1);
    let pool = pools.add("p", Arc::downgrade(&source));
    assert!(pool.enabled());
    pool.record_create_time(Duration::from_millis(1));
    pool.record_wait_time(Duration::from_millis(2));
    pool.record_use_time(Duration::from_millis(3));
    pool.record_timeout();
    let metrics = capture.metrics();
    let named = || point().attr("db.client.connection.pool.name", "p");
    for (name, seconds) in [("create_time", 0.001), ("wait_time", 0.002), ("use_time", 0.003)] {
        assert_metric(
            &metrics,
            metric(format!("db.client.connection.{name}"))
                .unit("s")
                .histogram(BOUNDARIES)
                .point(named().count(1).sum(seconds)),
        );
    }
    assert_metric(
        &metrics,
        metric("db.client.connection.timeouts").unit("{timeout}").counter().point(named().value(1)),
    );
}

#[test]
fn pools_without_a_provider_cost_nothing() {
    let pools = DbPools::new(scope!(), Providers::default());
    let pool = pools.add("p", Weak::<Stub>::new());
    assert!(!pool.enabled());
    pool.record_wait_time(Duration::from_millis(1));
}
