//! The layer with signals off, sampled out, filtered, or without providers.

use axum::Router;
use axum::routing::get as on_get;
use opentelemetry::Context;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry_sdk::trace::Sampler;
use otelier_testing::Capture;
use otelier_tower::axum::OtelLayer;
use tower::ServiceExt;

use crate::support::{answer, answered, assert_duration, get, layer};

const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";

/// The identity that a handler sees as current.
async fn current_in(layer: OtelLayer) -> (String, bool) {
    let handler = || async {
        Context::map_current(|cx| {
            let span = cx.span();
            format!("{} {}", span.span_context().trace_id(), span.span_context().is_sampled())
        })
    };
    let app = Router::new().route("/a", on_get(handler)).layer(layer);
    let mut request = get("/a");
    let traceparent = format!("00-{TRACE_ID}-b7ad6b7169203331-01");
    request.headers_mut().insert("traceparent", traceparent.parse().expect("a value"));
    let response = app.oneshot(request).await.expect("infallible");
    let body =
        http_body_util::BodyExt::collect(response.into_body()).await.expect("a body").to_bytes();
    let text = String::from_utf8_lossy(&body).into_owned();
    let (id, sampled) = text.split_once(' ').expect("two parts");
    (id.to_owned(), sampled == "true")
}

#[tokio::test]
async fn without_a_provider_the_context_passes_through() {
    // No global provider is set in this process, and a propagator is given.
    let layer = OtelLayer::builder().with_propagator(Capture::new().propagator()).build();
    assert_eq!(current_in(layer).await, (TRACE_ID.to_owned(), true));
}

#[tokio::test]
async fn without_anything_nothing_is_current() {
    let (id, sampled) = current_in(OtelLayer::new()).await;
    assert_eq!((id.trim_matches('0'), sampled), ("", false));
}

#[tokio::test]
async fn metrics_alone_pass_the_context_through() {
    let capture = Capture::new();
    let layer = layer(&capture).with_tracer_provider(NoopTracerProvider::new()).build();
    assert_eq!(current_in(layer).await, (TRACE_ID.to_owned(), true));
    assert!(capture.spans().is_empty());
    assert_duration(&capture, answered("/a"));
}

#[tokio::test]
async fn with_metrics_off_spans_are_recorded() {
    let capture = Capture::new();
    current_in(layer(&capture).with_meter_provider(NoopMeterProvider::new()).build()).await;
    assert_eq!(capture.spans().len(), 1);
    assert!(capture.metrics().is_empty());
}

#[tokio::test]
async fn sampled_out_request_is_still_measured() {
    let capture = Capture::builder().with_sampler(Sampler::AlwaysOff).build();
    assert_eq!(current_in(layer(&capture).build()).await, (TRACE_ID.to_owned(), false));
    assert!(capture.spans().is_empty());
    assert_eq!(capture.metrics().len(), 1);
}

#[tokio::test]
async fn filtered_request_passes_its_context_through() {
    let capture = Capture::new();
    let layer = layer(&capture).with_filter(|parts| parts.uri.path() != "/a").build();
    assert_eq!(current_in(layer).await, (TRACE_ID.to_owned(), true));
    assert!(capture.spans().is_empty() && capture.metrics().is_empty());
}

#[tokio::test]
async fn a_filter_that_panics_counts_as_true() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/a", on_get(|| async {}))
        .layer(layer(&capture).with_filter(|_| panic!("on purpose")).build());
    assert_eq!(answer(&app, get("/a")).await.status(), 200);
    assert_eq!(capture.spans().len(), 1);
}

#[tokio::test]
async fn where_telemetry_is_suppressed_nothing_is_recorded() {
    let capture = Capture::new();
    let layer = layer(&capture).with_experimental_telemetry(true).build();
    let app = Router::new().route("/a", on_get(|| async {})).layer(layer);
    let suppressed = Context::new().with_telemetry_suppressed();
    opentelemetry::context::FutureExt::with_context(answer(&app, get("/a")), suppressed).await;
    assert!(capture.spans().is_empty() && capture.metrics().is_empty(), "{:?}", capture.metrics());
}

#[tokio::test]
async fn filter_of_outer_layer_holds_for_inner() {
    let capture = Capture::new();
    let inner = Router::new().route("/a", on_get(|| async {})).layer(layer(&capture).build());
    let unwanted = layer(&capture).with_filter(|parts| parts.uri.path() != "/svc/a").build();
    let app = Router::new().nest_service("/svc", inner).layer(unwanted);
    assert_eq!(answer(&app, get("/svc/a")).await.status(), 200);
    assert!(capture.spans().is_empty() && capture.metrics().is_empty(), "{:?}", capture.spans());
}
