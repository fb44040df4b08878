//! A service that answers as the test tells it to, at the place of the SDK's HTTP client or at a
//! socket.
#![allow(dead_code, reason = "each test binary uses its part")]

// With paths, because two test binaries have this module.
#[path = "support/messages.rs"]
pub(crate) mod messages;
#[path = "support/socket.rs"]
mod socket;
#[path = "support/xray.rs"]
pub(crate) mod xray;

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use otelier_aws::{OtelInterceptor, OtelInterceptorBuilder};
use otelier_testing::Capture;

pub(crate) const QUEUE_URL: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders";
pub(crate) const TOPIC_ARN: &str = "arn:aws:sns:eu-west-1:123456789012:prices";

/// A request as it came to the HTTP client, signed.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The span that was current when the client was called; none where the request came through a
    /// socket.
    pub(crate) current: SpanContext,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What comes back.
pub(crate) enum Reply {
    Http {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    Io,
    Never,
    /// A response whose body never comes; at a socket only.
    Head,
    Panic,
}

/// A success of a service that speaks JSON.
pub(crate) fn json(body: impl Into<String>) -> Reply {
    Reply::Http {
        status: 200,
        headers: vec![("x-amzn-requestid", "req-1".to_owned())],
        body: body.into(),
    }
}

/// A success of a service that speaks XML.
pub(crate) fn xml(body: impl Into<String>) -> Reply {
    json(body)
}

pub(crate) fn failure(status: u16, code: &str) -> Reply {
    Reply::Http {
        status,
        headers: vec![("x-amzn-requestid", "req-1".to_owned())],
        body: format!(r#"{{"__type":"com.amazonaws.sqs#{code}","message":"a secret"}}"#),
    }
}

#[derive(Clone)]
pub(crate) struct Service(Arc<Inner>);

type Respond = dyn Fn(usize, &Seen) -> Reply + Send + Sync;

struct Inner {
    seen: Mutex<Vec<Seen>>,
    respond: Box<Respond>,
}

impl Service {
    /// Answers the n-th request, counted from 0, with `respond(n, request)`.
    pub(crate) fn new(respond: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { seen: Mutex::new(Vec::new()), respond: Box::new(respond) }))
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.0.seen.lock().unwrap().clone()
    }

    fn reply(&self, seen: Seen) -> Reply {
        let mut all = self.0.seen.lock().unwrap();
        let reply = (self.0.respond)(all.len(), &seen);
        all.push(seen);
        reply
    }

    pub(crate) fn only_request(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    pub(crate) fn config(&self) -> SdkConfig {
        let credentials =
            Credentials::new("AKID", "a secret", Some("a token".to_owned()), None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(SharedHttpClient::new(self.clone()))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::new(SystemTimeSource::new()))
            .build()
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

impl HttpClient for Service {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Service {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = self.clone();
        let at_call = current();
        HttpConnectorFuture::new(async move {
            let headers = request
                .headers()
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            let body =
                String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
            assert_eq!(
                at_call,
                current(),
                "the same span is current in the call and in its future"
            );
            let seen = Seen {
                method: request.method().to_owned(),
                uri: request.uri().to_owned(),
                headers,
                body,
                current: current(),
            };
            match service.reply(seen) {
                Reply::Http { status, headers, body } => {
                    let mut response =
                        HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
                    for (name, value) in headers {
                        response.headers_mut().insert(name, value);
                    }
                    Ok(response)
                }
                Reply::Io => Err(ConnectorError::io("connection refused".into())),
                Reply::Never | Reply::Head => std::future::pending().await,
                Reply::Panic => panic!("the HTTP client panics"),
            }
        })
    }
}

fn current() -> SpanContext {
    Context::map_current(|cx| cx.span().span_context().clone())
}

/// An interceptor that records into `capture`.
pub(crate) fn interceptor(capture: &Capture) -> OtelInterceptor {
    builder(capture).build()
}

pub(crate) fn builder(capture: &Capture) -> OtelInterceptorBuilder {
    OtelInterceptor::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_meter_provider(capture.meter_provider())
        .with_propagator(capture.propagator())
}

/// Runs `work` in a span called `caller`.
pub(crate) async fn in_caller<F: Future>(capture: &Capture, work: F) -> F::Output {
    use opentelemetry::context::FutureExt;
    use opentelemetry::trace::{Tracer, TracerProvider};

    let span = capture.tracer_provider().tracer("test").start("caller");
    work.with_context(Context::current_with_span(span)).await
}
