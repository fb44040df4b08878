//! A service whose handler logs, and the kinds of telemetry that it is measured with.
//!
//! A request makes two spans with `#[instrument]` and five events with `info!`. Spans, log records
//! and measurements end in processors and readers that drop them, so what is measured is what the
//! thread of a request does, without formatting of lines and without export.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use futures_util::FutureExt as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::metrics::{ManualReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use tower_service::Service as _;
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

/// Who records the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A subscriber with a filter, and nothing that records.
    Bare,
    /// Otelier: traces and logs.
    Otelier,
    /// Otelier: traces, logs and metrics.
    OtelierWithMetrics,
    /// axum-tracing-opentelemetry, tracing-opentelemetry and opentelemetry-appender-tracing: traces
    /// and logs. There are no metrics in these.
    ByHand,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Bare, Self::Otelier, Self::OtelierWithMetrics, Self::ByHand];

    /// What the tables call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "no telemetry",
            Self::Otelier => "Otelier, traces and logs",
            Self::OtelierWithMetrics => "Otelier, traces, logs and metrics",
            Self::ByHand => "by hand, traces and logs",
        }
    }

    /// The application, and the subscriber that it needs.
    #[must_use]
    pub fn service(self) -> (Router, Dispatch) {
        let app = Router::new().route("/users/{id}", get(handle));
        let registry = Registry::default().with(EnvFilter::new("info"));
        let tracers = SdkTracerProvider::builder().with_span_processor(Discard).build();
        let loggers = SdkLoggerProvider::builder().with_log_processor(Discard).build();
        match self {
            Self::Bare => (app, registry.into()),
            Self::Otelier | Self::OtelierWithMetrics => {
                let layer = otelier_tower::axum::OtelLayer::builder()
                    .with_tracer_provider(tracers.clone())
                    .with_logger_provider(loggers.clone());
                let layer = match self {
                    Self::OtelierWithMetrics => layer.with_meter_provider(meters()),
                    _ => layer.with_meter_provider(no_meters()),
                };
                let bridge = otelier_tracing::layer_builder()
                    .with_tracer_provider(tracers)
                    .with_logger_provider(loggers)
                    .build();
                (app.layer(layer.build()), registry.with(bridge).into())
            }
            Self::ByHand => {
                // So that no event is exported twice: as a log record, and on its span.
                let spans = tracing_opentelemetry::layer()
                    .with_tracer(tracers.tracer("by hand"))
                    .with_filter(tracing_subscriber::filter::filter_fn(|it| it.is_span()));
                let logs = OpenTelemetryTracingBridge::new(&loggers);
                (app.layer(OtelAxumLayer::default()), registry.with(spans).with(logs).into())
            }
        }
    }
}

fn meters() -> SdkMeterProvider {
    SdkMeterProvider::builder().with_reader(ManualReader::builder().build()).build()
}

fn no_meters() -> opentelemetry::metrics::noop::NoopMeterProvider {
    opentelemetry::metrics::noop::NoopMeterProvider::new()
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
///
/// # Panics
///
/// Never: it is valid.
#[must_use]
pub fn request() -> Request<Body> {
    let request = Request::get("/users/7")
        .header("host", "example.com")
        .header("user-agent", "curl/8.10.1")
        .body(Body::empty());
    request.expect("a valid request")
}

/// Answers `request`: nothing in the application waits. The response is dropped, body included.
///
/// # Panics
///
/// If the application waits after all.
pub fn answer(app: &mut Router, request: Request<Body>) {
    let Ok(response) = app.call(request).now_or_never().expect("nothing waits");
    drop(response);
}

/// An event that the filter leaves out.
pub fn disabled_event(value: u64) {
    tracing::debug!(value, "not shown");
}

/// Takes spans and log records and keeps none.
#[derive(Debug)]
struct Discard;

impl SpanProcessor for Discard {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl LogProcessor for Discard {
    fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
}
