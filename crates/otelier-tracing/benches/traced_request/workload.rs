//! A route whose handler logs, and the subscribers that it is measured with.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures_util::FutureExt as _;
use http::Request;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::trace::Sampler;
use otelier_testing::discarding_tracer_provider;
use tower_service::Service as _;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

/// Who records the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A filter, and nothing that records.
    Bare,
    /// Otelier's layer for `tracing`.
    Otelier,
    /// The layers that are put together by hand.
    ByHand,
}

impl Mode {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Bare, Self::Otelier, Self::ByHand];

    /// Makes the subscriber that of this thread.
    pub(crate) fn subscribe(self) -> DefaultGuard {
        let registry = || Registry::default().with(EnvFilter::new("info"));
        let tracers = discarding_tracer_provider(Sampler::AlwaysOn);
        let loggers = SdkLoggerProvider::builder().with_log_processor(Discard).build();
        match self {
            Self::Bare => tracing::subscriber::set_default(registry()),
            Self::Otelier => {
                let layer = otelier_tracing::layer_builder()
                    .with_tracer_provider(tracers)
                    .with_logger_provider(loggers)
                    .build();
                tracing::subscriber::set_default(registry().with(layer))
            }
            Self::ByHand => {
                let spans = tracing_opentelemetry::layer().with_tracer(tracers.tracer("by hand"));
                // So that no event is exported twice: as a log record, and on its span.
                let spans = spans.with_filter(tracing_subscriber::filter::filter_fn(is_span));
                let logs = OpenTelemetryTracingBridge::new(&loggers);
                tracing::subscriber::set_default(registry().with(spans).with(logs))
            }
        }
    }
}

/// The application.
pub(crate) fn app() -> Router {
    Router::new().route("/users/{id}", get(handle))
}

async fn handle() -> &'static str {
    tracing::info!(user = 7, "asked");
    load(7).await;
    tracing::info!("answered");
    "hello"
}

#[tracing::instrument]
async fn load(user: u64) {
    tracing::info!("looking up");
    query(user).await;
    tracing::info!(rows = 1, "found");
}

#[tracing::instrument]
async fn query(user: u64) {
    tracing::info!(table = "users", "querying");
}

/// A request as a client sends it through hyper: a host and a user agent.
pub(crate) fn request() -> Request<Body> {
    Request::get("/users/7")
        .header("host", "example.com")
        .header("user-agent", "curl/8.10.1")
        .body(Body::empty())
        .expect("a request")
}

/// Answers `request`: nothing in the application waits. The response is dropped, body included.
pub(crate) fn answer(app: &mut Router, request: Request<Body>) {
    let response = app.call(request).now_or_never().expect("ready").expect("infallible");
    drop(response);
}

/// Takes log records and keeps none.
#[derive(Debug)]
struct Discard;

impl LogProcessor for Discard {
    fn emit(&self, _: &mut SdkLogRecord, _: &opentelemetry::InstrumentationScope) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
}

fn is_span(metadata: &tracing::Metadata<'_>) -> bool {
    metadata.is_span()
}
