//! A call is one span and its metrics, however it ends.

use std::time::Duration;

use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use futures_util::FutureExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use otelier_aws::{AttemptRecording, OtelInterceptor};
use otelier_testing::{
    Capture, ExpectedPoint, ExpectedSpan, assert_metric, assert_points, assert_tree, assert_trees,
    event, metric, point, span,
};

use crate::support::{
    QUEUE_URL, Reply, Seen, Service, builder, failure, in_caller, interceptor, json,
};

const SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The span of a `ListQueues`, without what a response adds.
fn list_queues() -> ExpectedSpan {
    span("SQS.ListQueues")
        .client()
        .scope("otelier-aws")
        .attr("rpc.system", "aws-api")
        .attr("rpc.service", "SQS")
        .attr("rpc.method", "ListQueues")
        .attr("cloud.region", "eu-west-1")
        .attr("server.address", "sqs.eu-west-1.amazonaws.com")
        .attr("server.port", 443)
}

fn answered(span: ExpectedSpan, status: i64) -> ExpectedSpan {
    span.attr("http.response.status_code", status).attr("aws.request_id", "req-1")
}

fn list_queues_point() -> ExpectedPoint {
    point()
        .attr("rpc.system.name", "aws-api")
        .attr("rpc.service", "SQS")
        .attr("rpc.method", "ListQueues")
        .attr("server.address", "sqs.eu-west-1.amazonaws.com")
        .attr("server.port", 443)
        .count(1)
}

fn client(service: &Service, interceptor: OtelInterceptor) -> aws_sdk_sqs::Client {
    let config = service.config();
    let retries =
        RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1));
    let config = config.into_builder().retry_config(retries).build();
    otelier_aws::client!(aws_sdk_sqs, &config, interceptor)
}

#[tokio::test]
async fn a_success() {
    let capture = Capture::new();
    let service = Service::new(|_, _| json("{}"));
    let sqs = client(&service, interceptor(&capture));

    in_caller(&capture, sqs.list_queues().send()).await.unwrap();

    assert_tree(&capture.spans(), span("caller").child(answered(list_queues(), 200)));
    assert_metric(
        &capture.metrics(),
        metric("rpc.client.call.duration")
            .histogram(SECONDS)
            .unit("s")
            .scope("otelier-aws")
            .point(list_queues_point()),
    );
    assert_eq!(capture.metrics().len(), 1, "{:?}", capture.metrics());
}

#[tokio::test]
async fn a_service_error_is_recorded_by_its_code() {
    let capture = Capture::new();
    let service = Service::new(|_, _| failure(403, "AccessDenied"));
    let sqs = client(&service, interceptor(&capture));

    sqs.list_queues().send().await.unwrap_err();

    assert_tree(&capture.spans(), answered(list_queues(), 403).error("AccessDenied"));
    assert_points(
        &capture.metrics(),
        "rpc.client.call.duration",
        [list_queues_point().attr("error.type", "AccessDenied")],
    );
}

#[tokio::test]
async fn a_response_that_is_not_valid() {
    for (status, error) in [(200, "response_error"), (502, "502")] {
        let capture = Capture::new();
        let service = Service::new(move |_, _| Reply::Http {
            status,
            headers: vec![("x-amzn-requestid", "req-1".to_owned())],
            body: "<html>".to_owned(),
        });
        let config = service.config().into_builder().retry_config(RetryConfig::disabled()).build();
        let sqs = otelier_aws::client!(aws_sdk_sqs, &config, interceptor(&capture));

        sqs.list_queues().send().await.unwrap_err();

        assert_tree(&capture.spans(), answered(list_queues(), status.into()).error(error));
    }
}

#[tokio::test]
async fn a_connection_that_fails() {
    let capture = Capture::new();
    let service = Service::new(|_, _| Reply::Io);
    let sqs = client(&service, interceptor(&capture));

    sqs.list_queues().send().await.unwrap_err();

    let failed = |n: i64| {
        let failed = event("otelier.aws.attempt_failed").attr("error.type", "io");
        if n > 0 { failed.attr("http.request.resend_count", n) } else { failed }
    };
    assert_tree(
        &capture.spans(),
        list_queues()
            .attr("http.request.resend_count", 2)
            .error("io")
            .event(failed(0))
            .event(failed(1)),
    );
}

#[tokio::test(start_paused = true)]
async fn a_timeout() {
    let capture = Capture::new();
    let service = Service::new(|_, _| Reply::Never);
    let config = service
        .config()
        .into_builder()
        .timeout_config(
            TimeoutConfig::builder().operation_timeout(Duration::from_millis(300)).build(),
        )
        .build();
    let sqs = otelier_aws::client!(aws_sdk_sqs, &config, interceptor(&capture));

    let error = sqs.list_queues().send().await.unwrap_err();

    assert!(matches!(error, aws_sdk_sqs::error::SdkError::TimeoutError(_)));
    assert_tree(&capture.spans(), list_queues().error("timeout"));
    assert_points(
        &capture.metrics(),
        "rpc.client.call.duration",
        [list_queues_point().attr("error.type", "timeout")],
    );
}

#[tokio::test]
async fn a_dropped_call_is_cancelled() {
    let capture = Capture::new();
    let service = Service::new(|_, _| Reply::Never);
    let sqs = client(&service, interceptor(&capture));

    let mut call = Box::pin(sqs.list_queues().send());
    assert!(futures_util::poll!(&mut call).is_pending());
    assert_eq!(capture.open_spans(), 1);
    drop(call);

    assert_tree(&capture.spans(), list_queues().attr("otelier.cancelled", true));
    assert_eq!(capture.open_spans(), 0);
}

#[tokio::test]
async fn a_call_that_panics() {
    let capture = Capture::new();
    let service = Service::new(|_, _| Reply::Panic);
    let sqs = client(&service, interceptor(&capture));

    let call = std::panic::AssertUnwindSafe(sqs.list_queues().send());
    call.catch_unwind().await.unwrap_err();

    assert_tree(&capture.spans(), list_queues().error("panic"));
}

/// A service that fails twice.
fn fails_twice() -> Service {
    Service::new(|n, _| if n < 2 { failure(500, "InternalFailure") } else { json("{}") })
}

#[tokio::test]
async fn failed_attempts_are_events_by_default() {
    let capture = Capture::new();
    let sqs = client(&fails_twice(), interceptor(&capture));

    sqs.list_queues().send().await.unwrap();

    let failed = || {
        event("otelier.aws.attempt_failed")
            .attr("error.type", "InternalFailure")
            .attr("http.response.status_code", 500)
            .attr("aws.request_id", "req-1")
    };
    assert_tree(
        &capture.spans(),
        answered(list_queues(), 200)
            .attr("http.request.resend_count", 2)
            .event(failed())
            .event(failed().attr("http.request.resend_count", 1)),
    );
    assert_points(&capture.metrics(), "rpc.client.call.duration", [list_queues_point()]);
}

#[tokio::test]
async fn attempts_are_spans_by_option() {
    let capture = Capture::new();
    let service = fails_twice();
    let sqs = client(&service, builder(&capture).with_attempts(AttemptRecording::Spans).build());

    sqs.list_queues().send().await.unwrap();

    let attempt = |status: i64| {
        span("POST")
            .client()
            .attr("http.request.method", "POST")
            .attr("server.address", "sqs.eu-west-1.amazonaws.com")
            .attr("server.port", 443)
            .attr("url.full", "https://sqs.eu-west-1.amazonaws.com/")
            .attr("http.response.status_code", status)
    };
    assert_tree(
        &capture.spans(),
        answered(list_queues(), 200)
            .attr("http.request.resend_count", 2)
            .child(attempt(500).error("500"))
            .child(attempt(500).attr("http.request.resend_count", 1).error("500"))
            .child(attempt(200).attr("http.request.resend_count", 2)),
    );
    let attempts: Vec<_> =
        capture.spans().iter().filter(|span| span.name == "POST").map(|it| it.span_id).collect();
    let current: Vec<_> = service.seen().iter().map(|seen| seen.current.span_id()).collect();
    assert_eq!(attempts, current, "the attempt is current inside the HTTP client");
}

#[tokio::test]
async fn attempts_are_not_recorded_by_option() {
    let capture = Capture::new();
    let sqs =
        client(&fails_twice(), builder(&capture).with_attempts(AttemptRecording::None).build());

    sqs.list_queues().send().await.unwrap();

    assert_tree(
        &capture.spans(),
        answered(list_queues(), 200).attr("http.request.resend_count", 2),
    );
}

#[tokio::test]
async fn the_span_is_current_inside_the_http_client() {
    let capture = Capture::new();
    let service = Service::new(|_, _| json("{}"));
    let sqs = client(&service, interceptor(&capture));

    sqs.list_queues().send().await.unwrap();

    assert_eq!(service.only_request().current.span_id(), capture.span("SQS.ListQueues").span_id);
}

#[tokio::test]
async fn the_span_is_current_while_credentials_are_resolved() {
    use aws_credential_types::provider::future;
    use aws_sdk_sqs::config::{
        Credentials, IdentityCache, ProvideCredentials, SharedCredentialsProvider,
    };
    use opentelemetry::trace::{Tracer, TracerProvider};

    #[derive(Debug)]
    struct Slow(Capture);

    impl ProvideCredentials for Slow {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(async {
                tokio::task::yield_now().await;
                self.0.tracer_provider().tracer("test").in_span("credentials", |_| ());
                Ok(Credentials::new("AKID", "a secret", None, None, "test"))
            })
        }
    }

    let capture = Capture::new();
    let service = Service::new(|_, _| json("{}"));
    let config = service
        .config()
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(Slow(capture.clone())))
        .identity_cache(IdentityCache::lazy().build())
        .build();
    let sqs = otelier_aws::client!(aws_sdk_sqs, &config, interceptor(&capture));

    sqs.list_queues().send().await.unwrap();
    sqs.list_queues().send().await.unwrap();

    assert_trees(
        &capture.spans(),
        [answered(list_queues(), 200).child(span("credentials")), answered(list_queues(), 200)],
    );
}

#[tokio::test]
async fn a_configuration_made_by_hand() {
    let capture = Capture::new();
    let service = Service::new(|_, _| json("{}"));
    let config = aws_sdk_sqs::config::Builder::from(&service.config())
        .app_name(aws_sdk_sqs::config::AppName::new("mine").unwrap());
    let config = otelier_aws::instrument!(config, interceptor(&capture))
        .region(aws_sdk_sqs::config::Region::new("us-east-1"))
        .build();
    let sqs = aws_sdk_sqs::Client::from_conf(config);

    sqs.list_queues().send().await.unwrap();

    let spans = capture.spans();
    assert_eq!(spans[0].attribute("cloud.region"), Some(&"us-east-1".into()));
    let request = service.only_request();
    assert_eq!(request.current.span_id(), spans[0].span_id);
    assert!(request.header("x-amz-user-agent").unwrap().contains("app/mine"));
    assert!(request.header("authorization").unwrap().contains("/us-east-1/sqs/"));
}

#[tokio::test]
async fn each_signal_can_be_off() {
    for (traces, metrics) in [(true, false), (false, true), (false, false)] {
        let capture = Capture::builder();
        let capture = if traces { capture } else { capture.without_traces() };
        let capture = if metrics { capture } else { capture.without_metrics() }.build();
        let service = Service::new(|_, _| json("{}"));
        let sqs = client(&service, interceptor(&capture));

        sqs.list_queues().send().await.unwrap();

        assert_eq!(capture.spans().len(), usize::from(traces));
        assert_eq!(capture.metrics().len(), usize::from(metrics));
    }
}

#[tokio::test]
async fn no_provider_is_a_pass_through() {
    let service = Service::new(|_, _| json("{}"));
    let sqs = client(
        &service,
        OtelInterceptor::builder()
            .with_tracer_provider(NoopTracerProvider::new())
            .with_meter_provider(opentelemetry::metrics::noop::NoopMeterProvider::new())
            .build(),
    );
    sqs.list_queues().send().await.unwrap();
    assert!(!service.only_request().current.is_valid());
}

#[tokio::test]
async fn an_unsampled_call_passes_its_span_context_on() {
    let capture =
        Capture::builder().with_sampler(opentelemetry_sdk::trace::Sampler::AlwaysOff).build();
    let service = Service::new(|_, _| json(r#"{"MessageId":"m-1","MD5OfMessageBody":"x"}"#));
    let sqs = client(&service, interceptor(&capture));

    sqs.send_message().queue_url(QUEUE_URL).message_body("x").send().await.unwrap();

    assert_trees(&capture.spans(), []);
    let current = service.only_request().current;
    let carried = traceparent(&service.only_request());
    assert_eq!(carried, format!("00-{}-{}-00", current.trace_id(), current.span_id()));
    assert_points(
        &capture.metrics(),
        "messaging.client.sent.messages",
        [point()
            .attr("messaging.system", "aws_sqs")
            .attr("messaging.operation.name", "send")
            .attr("messaging.destination.name", "orders")
            .attr("server.address", "sqs.eu-west-1.amazonaws.com")
            .attr("server.port", 443)
            .value(1)],
    );
}

fn traceparent(request: &Seen) -> String {
    request.json()["MessageAttributes"]["traceparent"]["StringValue"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn no_secret_is_captured() {
    let capture = Capture::new();
    let service = Service::new(|_, _| failure(400, "InvalidAttributeValue"));
    let sqs = client(&service, builder(&capture).with_attempts(AttemptRecording::Spans).build());

    sqs.send_message().queue_url(QUEUE_URL).message_body("a secret").send().await.unwrap_err();

    let captured = format!("{:?} {:?}", capture.spans(), capture.metrics());
    assert!(!captured.contains("a secret") && !captured.contains("a token"), "{captured}");
}

#[test]
fn the_interceptor_can_be_shared() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<OtelInterceptor>();
}
