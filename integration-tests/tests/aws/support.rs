//! A queue for each test, a trace for each test, and what the receiver got of it.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;
use futures_util::FutureExt as _;
use integration_tests::telemetry;
use opentelemetry::Context;
use opentelemetry::trace::{
    FutureExt as _, SpanContext, TraceContextExt as _, TraceId, Tracer as _,
};
use otelier::opentelemetry::global;
use otelier_testing::{ExpectedSpan, OtlpReceiver, Span, any, span};

use crate::limits::WithLimits;

const SERVICE: &str = "aws-tests";

/// What the receiver got until now.
pub(crate) fn receiver() -> &'static OtlpReceiver {
    telemetry::delivered(SERVICE)
}

pub(crate) use integration_tests::on_both_runtimes;

pub(crate) fn run(mut runtime: tokio::runtime::Builder, test: impl AsyncFnOnce(&Aws)) {
    telemetry::start(SERVICE);
    let runtime = runtime.worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let aws = Aws::connect().await;
        let outcome = AssertUnwindSafe(test(&aws)).catch_unwind().await;
        aws.leave_nothing().await;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    });
}

/// A server of AWS's protocols, with a queue of a test's own.
pub(crate) struct Aws {
    endpoint: String,
    /// A name that is the test's own.
    pub(crate) name: String,
    pub(crate) queue_url: String,
}

impl Aws {
    async fn connect() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let endpoint = std::env::var("SQS_ENDPOINT_URL").unwrap_or_else(|_| {
            panic!(
                "SQS_ENDPOINT_URL is not set. Run `cargo xtask test`, which starts a server and \
                    sets it"
            )
        });
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("otelier-test-{}-{number}", std::process::id());
        let mut aws = Self { endpoint, name, queue_url: String::new() };
        let queue = aws.bare_sqs().create_queue().queue_name(&aws.name).send().await;
        let queue = queue.expect("a queue at the server of SQS_ENDPOINT_URL");
        aws.queue_url = queue.queue_url.expect("a queue has a URL");
        aws
    }

    async fn leave_nothing(&self) {
        let deleted = self.bare_sqs().delete_queue().queue_url(&self.queue_url).send().await;
        deleted.expect("the test's queue can be deleted");
    }

    pub(crate) fn config(&self) -> SdkConfig {
        self.config_of(&self.endpoint)
    }

    pub(crate) fn config_of(&self, endpoint: &str) -> SdkConfig {
        let credentials = Credentials::new("test", "test", None, None, "test");
        let http_client = aws_smithy_http_client::Builder::new().build_http();
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(endpoint)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(SharedHttpClient::new(WithLimits(http_client)))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .build()
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The client under test.
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        otelier::aws::client!(aws_sdk_sqs, &self.config())
    }

    /// A client that is not traced.
    pub(crate) fn bare_sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config())
    }

    pub(crate) async fn send(&self, body: &str) {
        let sent =
            self.sqs().send_message().queue_url(&self.queue_url).message_body(body).send().await;
        sent.expect("the queue takes messages");
    }

    /// A span of a call, without what a response adds.
    pub(crate) fn call(&self, name: &str, service: &str, method: &str) -> ExpectedSpan {
        let (host, port) = self.host_and_port();
        span(name)
            .client()
            .scope("otelier-aws")
            .service("aws-tests")
            .attr("rpc.system", "aws-api")
            .attr("rpc.service", service)
            .attr("rpc.method", method)
            .attr("cloud.region", "us-east-1")
            .attr("server.address", host)
            .attr("server.port", port)
    }

    /// A span of an operation on the test's queue.
    pub(crate) fn on_queue(&self, operation: &str, kind: &str, method: &str) -> ExpectedSpan {
        self.on_queue_at(&self.queue_url, operation, kind, method)
    }

    /// A span of an operation on the queue at `url`.
    pub(crate) fn on_queue_at(
        &self,
        url: &str,
        operation: &str,
        kind: &str,
        method: &str,
    ) -> ExpectedSpan {
        let name = url.rsplit('/').next().expect("the last part is the queue's name");
        self.call(&format!("{operation} {name}"), "SQS", method)
            .attr("messaging.system", "aws_sqs")
            .attr("messaging.operation.name", operation)
            .attr("messaging.operation.type", kind)
            .attr("messaging.destination.name", name)
            .attr("aws.sqs.queue.url", url)
    }

    /// The span of a `SendMessage`.
    pub(crate) fn send_span(&self) -> ExpectedSpan {
        answered(self.on_queue("send", "send", "SendMessage"), 200)
            .producer()
            .attr_any("messaging.message.id")
    }

    /// The span of a poll that brought `count` messages.
    pub(crate) fn receive_span(&self, count: i64) -> ExpectedSpan {
        answered(self.on_queue("receive", "receive", "ReceiveMessage"), 200)
            .attr("messaging.batch.message_count", count)
    }

    /// The span of work on a message.
    pub(crate) fn process_span(&self) -> ExpectedSpan {
        let (host, port) = self.host_and_port();
        span(format!("process {}", self.name))
            .consumer()
            .scope("otelier-aws")
            .service("aws-tests")
            .attr("server.address", host)
            .attr("server.port", port)
            .attr("messaging.system", "aws_sqs")
            .attr("messaging.operation.name", "process")
            .attr("messaging.operation.type", "process")
            .attr("messaging.destination.name", self.name.as_str())
            .attr("aws.sqs.queue.url", self.queue_url.as_str())
            .attr_any("aws.request_id")
            .attr_any("messaging.message.id")
    }

    fn host_and_port(&self) -> (String, i64) {
        let url: reqwest::Url = self.endpoint.parse().expect("SQS_ENDPOINT_URL is a URL");
        let host = url.host_str().expect("it has a host").to_owned();
        (host, url.port_or_known_default().expect("it has a port").into())
    }
}

/// A span with what a response adds.
pub(crate) fn answered(span: ExpectedSpan, status: i64) -> ExpectedSpan {
    span.attr("http.response.status_code", status).attr("aws.request_id", any())
}

/// Runs `work` under a span named `test`; gives its value and the whole trace as it was received.
pub(crate) async fn traced<T>(work: impl Future<Output = T>) -> (T, Vec<Span>) {
    let context = Context::new().with_span(global::tracer("test").start("test"));
    let trace = context.span().span_context().trace_id();
    let value = work.with_context(context.clone()).await;
    context.span().end();
    drop(context);
    (value, trace_of(trace))
}

pub(crate) fn trace_of(trace: TraceId) -> Vec<Span> {
    receiver().spans().into_iter().filter(|span| span.trace_id == trace).collect()
}

/// The identity of the only span whose name starts with `prefix`.
#[track_caller]
pub(crate) fn only(spans: &[Span], prefix: &str) -> SpanContext {
    let mut named = spans.iter().filter(|span| span.name.starts_with(prefix));
    match (named.next(), named.next()) {
        (Some(span), None) => span.context(),
        _ => panic!(
            "expected one span {prefix:?}…, but received\n{}",
            otelier_testing::draw_tree(spans)
        ),
    }
}

/// Something done in a span of its own.
pub(crate) fn work<T>(value: T) -> T {
    global::tracer("test").in_span("work", |_| value)
}
