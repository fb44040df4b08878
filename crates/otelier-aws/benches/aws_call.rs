//! Time and allocations of one call, bare and with the interceptor in each of its states.
//!
//! The same HTTP client answers all of them, in process. Compare with `Bare`.
#![allow(missing_docs, clippy::expect_used)]

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_sdk_sqs::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedIdentityCache,
};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use divan::{AllocProfiler, Bencher};
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::Sampler;
use otelier_aws::{OtelInterceptor, OtelInterceptorBuilder};
use otelier_instrument::settings::{self, Settings};
use otelier_testing::{Capture, discarding_tracer_provider};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const QUEUE_URL: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders";

fn main() {
    // The SDK makes timers, though none of them ever fires.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _entered = runtime.enter();
    divan::main();
}

/// A call that moves no message.
#[divan::bench(args = Mode::ALL)]
fn delete_message(bencher: Bencher<'_, '_>, mode: Mode) {
    let sqs = mode.sqs("{}");
    bench(bencher, || sqs.delete_message().queue_url(QUEUE_URL).receipt_handle("handle").send());
}

#[divan::bench(args = Mode::ALL)]
fn send_message(bencher: Bencher<'_, '_>, mode: Mode) {
    let sqs = mode.sqs(r#"{"MessageId":"m-1","MD5OfMessageBody":"x"}"#);
    bench(bencher, || sqs.send_message().queue_url(QUEUE_URL).message_body("hello").send());
}

/// A poll that brings one message.
#[divan::bench(args = Mode::ALL)]
fn receive_message(bencher: Bencher<'_, '_>, mode: Mode) {
    let sqs = mode.sqs(MESSAGE);
    bench(bencher, || sqs.receive_message().queue_url(QUEUE_URL).send());
}

/// The scope of one message, without the poll that brought it.
#[divan::bench(args = [Mode::NoProvider, Mode::Off, Mode::SampledOut, Mode::On])]
fn process_message(bencher: Bencher<'_, '_>, mode: Mode) {
    let sqs = mode.sqs(MESSAGE);
    let output = now(sqs.receive_message().queue_url(QUEUE_URL).send()).expect("a poll");
    bencher.bench_local(|| {
        let message = otelier_aws::sqs::scoped(&output).get(0).expect("a message");
        now(message.process(|message| async { message.body().map(str::len) }))
    });
}

const MESSAGE: &str = r#"{"Messages":[{"MessageId":"m-1","ReceiptHandle":"handle","Body":"hello","MessageAttributes":
    {"traceparent":{"DataType":"String","StringValue":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}}]}"#;

fn bench<F: Future<Output = Result<T, E>>, T, E: fmt::Debug>(
    bencher: Bencher<'_, '_>,
    call: impl Fn() -> F,
) {
    now(call()).expect("the call succeeds");
    bencher.bench_local(|| now(call()).expect("the call succeeds"));
}

/// Nothing here ever waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the call waits for something"),
    }
}

#[derive(Clone, Copy, Debug)]
enum Mode {
    Bare,
    NoProvider,
    Off,
    SampledOut,
    Traces,
    On,
}

impl Mode {
    const ALL: [Self; 6] =
        [Self::Bare, Self::NoProvider, Self::Off, Self::SampledOut, Self::Traces, Self::On];

    fn sqs(self, answer: &'static str) -> aws_sdk_sqs::Client {
        let mut settings = Settings::default();
        settings.enabled = !matches!(self, Self::Off);
        settings::install(settings);
        let config = config(answer);
        match self {
            Self::Bare => aws_sdk_sqs::Client::new(&config),
            _ => otelier_aws::client!(aws_sdk_sqs, &config, self.interceptor().build()),
        }
    }

    fn interceptor(self) -> OtelInterceptorBuilder {
        let sampler = match self {
            Self::SampledOut => Sampler::AlwaysOff,
            _ => Sampler::AlwaysOn,
        };
        let tracer = discarding_tracer_provider(sampler);
        let meter = Capture::new().meter_provider();
        let propagator = || {
            TextMapCompositePropagator::new(vec![
                Box::new(TraceContextPropagator::new()),
                Box::new(BaggagePropagator::new()),
            ])
        };
        let builder = OtelInterceptor::builder();
        match self {
            Self::Bare | Self::NoProvider => builder,
            Self::SampledOut | Self::Traces => builder
                .with_tracer_provider(tracer)
                .with_meter_provider(NoopMeterProvider::new())
                .with_propagator(propagator()),
            Self::Off | Self::On => builder
                .with_tracer_provider(tracer)
                .with_meter_provider(meter)
                .with_propagator(propagator()),
        }
    }
}

fn config(answer: &'static str) -> SdkConfig {
    let credentials = Credentials::new("AKID", "secret", None, None, "bench");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .identity_cache(SharedIdentityCache::new(aws_sdk_sqs::config::IdentityCache::no_cache()))
        .http_client(SharedHttpClient::new(Answer(answer)))
        .build()
}

/// Answers at once.
#[derive(Clone, Copy, Debug)]
struct Answer(&'static str);

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
        let mut response =
            HttpResponse::new(200.try_into().expect("a status"), SdkBody::from(self.0));
        response.headers_mut().insert("x-amzn-requestid", "8f0d3c1e-1a52-4b6c-9a0e-2f4b8f0d3c1e");
        HttpConnectorFuture::ready(Ok(response))
    }
}
