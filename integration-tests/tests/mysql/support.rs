//! A database for each test, a trace for each test, and what the receiver got of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use integration_tests::telemetry;
use mysql_async::prelude::Queryable as _;
use mysql_async::{DriverError, Error, IoError, Opts, OptsBuilder};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _};
use otelier::opentelemetry::global;
use otelier_testing::{
    Attributes, ExpectedPoint, ExpectedSpan, MetricPoint, OtlpReceiver, Span, Value, assert_metric,
    assert_tree, metric, point, span,
};

/// The boundaries that the conventions give.
pub(crate) const BOUNDARIES: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

const SERVICE: &str = "mysql-tests";

/// What the receiver got until now.
pub(crate) fn receiver() -> &'static OtlpReceiver {
    telemetry::delivered(SERVICE)
}

pub(crate) use integration_tests::on_both_runtimes;

pub(crate) fn run(mut runtime: tokio::runtime::Builder, test: impl AsyncFnOnce(&Database)) {
    telemetry::start(SERVICE);
    let runtime = runtime.enable_all().build().expect("a runtime");
    let database = runtime.block_on(Database::create());
    runtime.block_on(test(&database));
    database.assert_measured();
}

/// A database of a test's own. It goes when the test does, whichever way that ends.
pub(crate) struct Database {
    pub(crate) name: String,
    server: Opts,
    system: &'static str,
}

impl Database {
    async fn create() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let url = std::env::var("MYSQL_URL").unwrap_or_else(|_| {
            panic!(
                "MYSQL_URL is not set. Run `cargo xtask test`, which starts a server and sets it"
            )
        });
        let server = Opts::from_url(&url).expect("MYSQL_URL is the URL of a MySQL server");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("otelier_test_{}_{number}", std::process::id());
        let mut conn =
            mysql_async::Conn::new(server.clone()).await.expect("the server of MYSQL_URL");
        conn.query_drop(format!("CREATE DATABASE {name}")).await.expect("a database");
        let version: Option<String> =
            conn.query_first("SELECT VERSION()").await.expect("a version");
        let is_mariadb = version.expect("one row").contains("MariaDB");
        conn.disconnect().await.expect("the server is still there");
        Self { name, server, system: if is_mariadb { "mariadb" } else { "mysql" } }
    }

    /// The options of a connection to it.
    pub(crate) fn opts(&self) -> OptsBuilder {
        OptsBuilder::from_opts(self.server.clone()).db_name(Some(&self.name))
    }

    /// The password of MYSQL_URL.
    pub(crate) fn password(&self) -> &str {
        self.server.pass().unwrap_or_default()
    }

    /// A connection that is not traced.
    pub(crate) async fn driver(&self) -> mysql_async::Conn {
        mysql_async::Conn::new(self.opts()).await.expect("a connection")
    }

    /// Performs queries without a trace of them.
    pub(crate) async fn prepare(&self, queries: &str) {
        let mut conn = self.driver().await;
        conn.query_drop(queries).await.expect("the test's own set-up");
        conn.disconnect().await.expect("the server is still there");
    }

    /// Runs `work` under a span named `test`, and returns its value and the whole trace as it was
    /// received.
    pub(crate) async fn traced<T>(&self, work: impl Future<Output = T>) -> (T, Vec<Span>) {
        let tracer = global::tracer("test");
        let context = Context::new().with_span(tracer.start("test"));
        let trace = context.span().span_context().trace_id();
        let value = work.with_context(context.clone()).await;
        context.span().end();
        drop(context);
        let mut spans = telemetry::delivered_spans(SERVICE);
        spans.retain(|span| span.trace_id == trace);
        (value, spans)
    }

    /// Asserts that the trace of `work` is `expected` under the test's own span, and returns the
    /// work's value.
    pub(crate) async fn expect<T>(
        &self,
        expected: impl IntoIterator<Item = ExpectedSpan>,
        work: impl Future<Output = T>,
    ) -> T {
        let (value, spans) = self.traced(work).await;
        assert_tree(&spans, span("test").children(expected));
        value
    }

    /// A span of an operation on this database.
    pub(crate) fn span(&self, name: &str) -> ExpectedSpan {
        let span = span(name)
            .client()
            .scope("otelier-mysql")
            .service("mysql-tests")
            .attr("db.system.name", self.system)
            .attr("db.namespace", self.name.as_str())
            .attr("server.address", self.server.ip_or_hostname());
        match self.port() {
            Some(port) => span.attr("server.port", port),
            None => span,
        }
    }

    /// The span of a statement, named by its summary.
    pub(crate) fn statement(&self, summary: &str, text: &str) -> ExpectedSpan {
        self.span(summary).attr("db.query.summary", summary).attr("db.query.text", text)
    }

    /// A point of an operation on this database.
    pub(crate) fn point(&self) -> ExpectedPoint {
        let point = point()
            .attr("db.system.name", self.system)
            .attr("db.namespace", self.name.as_str())
            .attr("server.address", self.server.ip_or_hostname());
        match self.port() {
            Some(port) => point.attr("server.port", port),
            None => point,
        }
    }

    /// Asserts the durations that were received of operations on this database.
    pub(crate) fn expect_durations(&self, points: impl IntoIterator<Item = ExpectedPoint>) {
        let mut ours = receiver().points();
        ours.retain(|point| self.is_ours(&point.attributes));
        let duration = metric("db.client.operation.duration").unit("s").scope("otelier-mysql");
        assert_metric(&ours, duration.histogram(BOUNDARIES).points(points));
    }

    /// Asserts that the durations that were received are those of the spans that were: for each
    /// span a measurement with the same attributes, but for those that have no place on a metric.
    fn assert_measured(&self) {
        let is_measured = |key: &str| {
            let of_spans_only = [
                "db.query.text",
                "db.operation.batch.size",
                "db.response.returned_rows",
                "otelier.cancelled",
            ]
            .contains(&key);
            !of_spans_only && !key.starts_with("db.query.parameter.")
        };
        let mut series = BTreeMap::new();
        for span in receiver().spans() {
            if self.is_ours(&span.attributes) {
                let mut attributes = span.attributes;
                attributes.retain(|key, _| is_measured(key));
                series.entry(format!("{attributes:?}")).or_insert((attributes, 0)).1 += 1;
            }
        }
        self.expect_durations(series.into_values().map(|(attributes, count)| {
            attributes
                .into_iter()
                .fold(point(), |point, (key, value)| point.attr(key, value))
                .count(count)
        }));
    }

    /// Whether `attributes` are of this database, or of the other one that a test of several has.
    fn is_ours(&self, attributes: &Attributes) -> bool {
        let namespace = attributes.get("db.namespace");
        [self.name.clone(), self.other()]
            .into_iter()
            .any(|name| namespace == Some(&Value::from(name)))
    }

    /// The name of another database, for a test to create and drop.
    pub(crate) fn other(&self) -> String {
        format!("{}_b", self.name)
    }

    /// The points that were received of the pool `name`.
    pub(crate) fn pool_points(&self, name: &str) -> Vec<MetricPoint> {
        let is_of_pool = |point: &MetricPoint| {
            point.attribute("db.client.connection.pool.name") == Some(&Value::from(name))
        };
        receiver().points().into_iter().filter(is_of_pool).collect()
    }

    /// The name that a pool of this database has by convention.
    pub(crate) fn pool_name(&self) -> String {
        format!("{}:{}/{}", self.server.ip_or_hostname(), self.server.tcp_port(), self.name)
    }

    fn port(&self) -> Option<u16> {
        Some(self.server.tcp_port()).filter(|port| *port != 3306)
    }
}

/// `span` with the failure of `outcome`, where it is the server's and the network's choice which
/// that is.
pub(crate) fn failed<T>(span: ExpectedSpan, outcome: &mysql_async::Result<T>) -> ExpectedSpan {
    match outcome {
        Ok(_) => panic!("a failure was expected"),
        // The server may still say why, or the connection is found closed.
        Err(Error::Server(error)) => {
            let code = error.code.to_string();
            span.attr("db.response.status_code", code.as_str()).error(code)
        }
        Err(Error::Io(IoError::Io(error))) => span.error(format!("{:?}", error.kind())),
        Err(Error::Driver(DriverError::ConnectionClosed)) => span.error("ConnectionClosed"),
        Err(other) => panic!("{other}"),
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A thread of its own: the test's runtime cannot be waited for from here.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let drop = async {
                    let mut conn = mysql_async::Conn::new(server).await?;
                    // A lock that is still held on a table must not keep the test from ending.
                    conn.query_drop("SET SESSION lock_wait_timeout = 5").await?;
                    conn.query_drop(format!("DROP DATABASE IF EXISTS {name}")).await?;
                    conn.disconnect().await?;
                    anyhow::Ok(())
                };
                tokio::time::timeout(Duration::from_secs(10), drop).await?
            })
        });
        let outcome = dropping.join().expect("the thread returns its errors");
        if !std::thread::panicking() {
            outcome.expect("the test's database can be dropped");
        }
    }
}
