//! A database for each test, a trace for each test, and what the receiver got of it.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use integration_tests::telemetry;
use mongodb::bson::Document;
use mongodb::options::{ClientOptions, ServerAddress};
use mongodb::{Client, Collection};
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, TraceId, Tracer as _};
use otelier::opentelemetry::global;
use otelier_testing::{
    ExpectedPoint, ExpectedSpan, MetricPoint, OtlpReceiver, Span, Value, assert_metric,
    assert_tree, metric, point, span,
};

/// The boundaries that the conventions give.
pub(crate) const BOUNDARIES: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

const SERVICE: &str = "mongodb-tests";

/// What the receiver got until now.
pub(crate) fn receiver() -> &'static OtlpReceiver {
    telemetry::delivered(SERVICE)
}

pub(crate) use integration_tests::on_both_runtimes;

pub(crate) fn run(mut runtime: tokio::runtime::Builder, test: impl AsyncFnOnce(&Database)) {
    telemetry::start(SERVICE);
    let runtime = runtime.worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let database = Database::create().await;
        let outcome = AssertUnwindSafe(test(&database)).catch_unwind().await;
        let dropped = database.bare.database(&database.name).drop().await;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
        dropped.expect("the test's database can be dropped");
    });
}

/// A database of a test's own.
pub(crate) struct Database {
    pub(crate) name: String,
    options: ClientOptions,
    /// A client that is not traced.
    pub(crate) bare: Client,
}

impl Database {
    async fn create() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let uri = std::env::var("MONGODB_URI").unwrap_or_else(|_| {
            panic!(
                "MONGODB_URI is not set. Run `cargo xtask test`, which starts a server and sets it"
            )
        });
        let mut options =
            ClientOptions::parse(&uri).await.expect("MONGODB_URI is a connection string");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("otelier_test_{}_{number}", std::process::id());
        options.default_database = Some(name.clone());
        let bare = Client::with_options(options.clone()).expect("a client");
        Self { name, options, bare }
    }

    /// The options of a client, not yet instrumented.
    pub(crate) fn options(&self) -> ClientOptions {
        self.options.clone()
    }

    /// A client under test.
    pub(crate) fn client(&self) -> Client {
        Client::with_options(otelier::mongodb::instrument(self.options())).expect("a client")
    }

    /// The collection `products`, through a client under test.
    pub(crate) fn products(&self) -> Collection<Document> {
        self.client().database(&self.name).collection("products")
    }

    /// The collection `products`, through the client that is not traced.
    pub(crate) fn bare_products(&self) -> Collection<Document> {
        self.bare.database(&self.name).collection("products")
    }

    /// Asserts that the trace of `work` is `expected` under the test's own span, and returns the
    /// work's value.
    pub(crate) async fn expect<T>(
        &self,
        expected: impl IntoIterator<Item = ExpectedSpan>,
        work: impl Future<Output = T>,
    ) -> T {
        let (value, trace) = traced(work).await;
        assert_tree(&spans_of(trace), span("test").children(expected));
        value
    }

    /// The span of `operation` on the collection `products`.
    pub(crate) fn command(&self, operation: &str) -> ExpectedSpan {
        self.in_database(operation, &self.name, &format!("{operation} products"))
            .attr("db.collection.name", "products")
    }

    /// The span of `operation` on no collection.
    pub(crate) fn in_database(&self, operation: &str, database: &str, name: &str) -> ExpectedSpan {
        let (host, port) = self.host_and_port();
        let span = span(name)
            .client()
            .scope("otelier-mongodb")
            .service("mongodb-tests")
            .attr("db.system.name", "mongodb")
            .attr("db.namespace", database)
            .attr("db.operation.name", operation)
            .attr("server.address", host);
        if port == 27017 { span } else { span.attr("server.port", port) }
    }

    /// A point of `operation` on the collection `products`.
    pub(crate) fn timed(&self, operation: &str) -> ExpectedPoint {
        let (host, port) = self.host_and_port();
        let point = point()
            .attr("db.system.name", "mongodb")
            .attr("db.namespace", self.name.as_str())
            .attr("db.collection.name", "products")
            .attr("db.operation.name", operation)
            .attr("server.address", host);
        if port == 27017 { point } else { point.attr("server.port", port) }
    }

    /// Asserts the durations that were received of operations on this database.
    pub(crate) fn expect_durations(&self, points: impl IntoIterator<Item = ExpectedPoint>) {
        assert_metric(
            &points_with("db.namespace", &self.name),
            metric("db.client.operation.duration")
                .unit("s")
                .scope("otelier-mongodb")
                .histogram(BOUNDARIES)
                .points(points),
        );
    }

    /// The name of the pool of a client under test.
    pub(crate) fn pool_name(&self) -> String {
        let (host, port) = self.host_and_port();
        format!("{host}:{port}/{}", self.name)
    }

    fn host_and_port(&self) -> (String, u16) {
        match self.options.hosts.first() {
            Some(ServerAddress::Tcp { host, port }) => (host.clone(), port.unwrap_or(27017)),
            other => panic!("MONGODB_URI names no host: {other:?}"),
        }
    }
}

/// Runs `work` under a span named `test`, and returns its value and the trace's identity.
pub(crate) async fn traced<T>(work: impl Future<Output = T>) -> (T, TraceId) {
    let context = Context::new().with_span(global::tracer("test").start("test"));
    let trace = context.span().span_context().trace_id();
    let value = work.with_context(context.clone()).await;
    context.span().end();
    (value, trace)
}

/// All that was received of a trace.
pub(crate) fn spans_of(trace: TraceId) -> Vec<Span> {
    receiver().spans().into_iter().filter(|span| span.trace_id == trace).collect()
}

/// The points that were received with this value of an attribute.
pub(crate) fn points_with(key: &str, value: &str) -> Vec<MetricPoint> {
    let matches = |point: &MetricPoint| point.attribute(key) == Some(&Value::from(value));
    receiver().points().into_iter().filter(matches).collect()
}

/// Waits for what the driver does in tasks of its own: no event shows when they are done.
pub(crate) async fn eventually(what: &str, done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}
