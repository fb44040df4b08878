//! A call that is not recorded costs no allocation.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use aws_sdk_sqs::config::{
    BehaviorVersion, Credentials, IdentityCache, Intercept, Region, SharedCredentialsProvider,
    SharedIdentityCache,
};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use opentelemetry::trace::noop::NoopTracerProvider;
use otelier_aws::OtelInterceptor;
use otelier_instrument::settings::{Settings, install};
use otelier_testing::Capture;

use crate::support::{QUEUE_URL, interceptor};

/// Answers at once, and in the same number of allocations each time.
#[derive(Clone, Copy, Debug)]
struct Answer;

impl HttpClient for Answer {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(*self)
    }
}

impl HttpConnector for Answer {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        let body = r#"{"MessageId":"m-1","MD5OfMessageBody":"x"}"#;
        HttpConnectorFuture::ready(Ok(HttpResponse::new(
            200.try_into().unwrap(),
            SdkBody::from(body),
        )))
    }
}

fn config() -> SdkConfig {
    let credentials = Credentials::new("AKID", "a secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .identity_cache(SharedIdentityCache::new(IdentityCache::no_cache()))
        .http_client(SharedHttpClient::new(Answer))
        .build()
}

/// An interceptor that does nothing.
#[derive(Debug)]
struct Nothing;

impl Intercept for Nothing {
    fn name(&self) -> &'static str {
        "Nothing"
    }
}

/// The allocations of each kind of call.
fn count(sqs: &aws_sdk_sqs::Client) -> [u64; 3] {
    [
        least(|| succeed(sqs.delete_message().queue_url(QUEUE_URL).receipt_handle("r").send())),
        least(|| succeed(sqs.send_message().queue_url(QUEUE_URL).message_body("x").send())),
        least(|| succeed(sqs.receive_message().queue_url(QUEUE_URL).send())),
    ]
}

/// Maps are seeded at random, so that the way they grow differs a little from one call to the next.
fn least(call: impl Fn()) -> u64 {
    (0..32).map(|_| measure(&call).count_total).min().unwrap()
}

/// Nothing here ever waits.
fn succeed<T, E: std::fmt::Debug>(call: impl Future<Output = Result<T, E>>) {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => drop(output.unwrap()),
        Poll::Pending => panic!("the call waits for something"),
    }
}

#[test]
fn an_unrecorded_call_allocates_nothing_more() {
    let _settings = crate::SETTINGS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    install(Settings::default());
    // The SDK makes timers, though none of them ever fires.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _entered = runtime.enter();

    // The SDK itself makes room for whatever interceptor there is.
    let bare = aws_sdk_sqs::config::Builder::from(&config()).interceptor(Nothing).build();
    let bare = count(&aws_sdk_sqs::Client::from_conf(bare));

    let global = otelier_aws::client!(aws_sdk_sqs, &config());
    assert_eq!(count(&global), bare, "no global provider");

    let noop = OtelInterceptor::builder().with_tracer_provider(NoopTracerProvider::new()).build();
    assert_eq!(
        count(&otelier_aws::client!(aws_sdk_sqs, &config(), noop)),
        bare,
        "a no-op provider"
    );

    let recorded = otelier_aws::client!(aws_sdk_sqs, &config(), interceptor(&Capture::new()));
    assert!(count(&recorded)[0] > bare[0], "what is recorded is counted");

    let mut settings = Settings::default();
    settings.enabled = false;
    install(settings);
    assert_eq!(count(&recorded), bare, "switched off");
}
