//! Context: the caller's comes in, the request's is current wherever its code runs.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get as on_get;
use futures_util::stream;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use otelier_testing::{Capture, assert_tree, span};
use tower::ServiceExt;

use crate::support::{answer, expected, get, layer};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn caller() -> SpanContext {
    SpanContext::new(
        TraceId::from_hex("0af7651916cd43dd8448eb211c80319c").expect("an id"),
        SpanId::from_hex("b7ad6b7169203331").expect("an id"),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    )
}

#[tokio::test]
async fn the_caller_is_the_parent() {
    let capture = Capture::new();
    let app = Router::new().route("/a", on_get(|| async {})).layer(layer(&capture).build());
    let mut request = get("/a");
    request.headers_mut().insert("traceparent", TRACEPARENT.parse().expect("a value"));
    answer(&app, request).await;
    assert_tree(
        &capture.spans(),
        expected("GET /a", "/a")
            .attr("http.route", "/a")
            .attr("http.response.status_code", 200)
            .remote_parent(caller()),
    );
}

#[tokio::test]
async fn baggage_reaches_the_handler() {
    let capture = Capture::new();
    let handler = || async {
        Context::map_current(|cx| cx.baggage().get("tenant").map(ToString::to_string))
            .unwrap_or_default()
    };
    let app = Router::new().route("/a", on_get(handler)).layer(layer(&capture).build());
    let mut request = get("/a");
    request.headers_mut().insert("baggage", "tenant=blue".parse().expect("a value"));
    let response = app.oneshot(request).await.expect("infallible");
    let body = http_body_util::BodyExt::collect(response.into_body()).await.expect("a body");
    assert_eq!(body.to_bytes(), "blue");
}

#[tokio::test]
async fn handler_and_body_spans_are_children() {
    let capture = Capture::new();
    let tracer = capture.tracer_provider().tracer("user");
    let handler = move || {
        // In the call, in a poll after an await, and in a poll of the body.
        drop(tracer.start("call"));
        let tracer = tracer.clone();
        async move {
            tokio::task::yield_now().await;
            drop(tracer.start("poll"));
            Body::from_stream(stream::once(async move {
                drop(tracer.start("body"));
                Ok::<_, Infallible>(Bytes::from_static(b"x"))
            }))
        }
    };
    let app = Router::new().route("/a", on_get(handler)).layer(layer(&capture).build());
    answer(&app, get("/a")).await;
    assert_tree(
        &capture.spans(),
        expected("GET /a", "/a")
            .attr("http.route", "/a")
            .attr("http.response.status_code", 200)
            .children([span("call"), span("poll"), span("body")]),
    );
}

#[tokio::test]
async fn nothing_is_current_outside_the_request() {
    let capture = Capture::new();
    let app = Router::new()
        .route("/a", on_get(|| async { tokio::task::yield_now().await }))
        .layer(layer(&capture).build());
    let mut request = Box::pin(app.oneshot(get("/a")));
    assert!(futures_util::poll!(&mut request).is_pending());
    assert!(!Context::map_current(Context::has_active_span));
    request.await.expect("infallible");
    assert!(!Context::map_current(Context::has_active_span));
}

#[tokio::test]
async fn two_requests_on_one_task_do_not_mix() {
    let capture = Capture::new();
    let tracer = capture.tracer_provider().tracer("user");
    let handler = move |axum::extract::Path(id): axum::extract::Path<String>| async move {
        for _ in 0..3 {
            tokio::task::yield_now().await;
            drop(
                tracer
                    .span_builder("step")
                    .with_attributes([KeyValue::new("id", id.clone())])
                    .start(&tracer),
            );
        }
    };
    let app = Router::new().route("/a/{id}", on_get(handler)).layer(layer(&capture).build());
    tokio::join!(answer(&app, get("/a/1")), answer(&app, get("/a/2")));

    let spans = capture.spans();
    for step in spans.iter().filter(|span| span.name == "step") {
        let parent = spans.iter().find(|parent| step.is_child_of(parent)).expect("a parent");
        let id = step.attribute("id").and_then(|id| id.as_str()).expect("an id");
        assert_eq!(parent.attribute("url.path"), Some(&format!("/a/{id}").into()));
    }
    assert_eq!(spans.len(), 8);
}
