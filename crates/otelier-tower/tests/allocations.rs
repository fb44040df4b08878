//! How many allocations the layer costs a request: exact numbers, so that a change of them is seen.
#![allow(missing_docs, clippy::expect_used)]

#[path = "../benches/http_server/workload.rs"]
mod workload;

use allocation_counter::measure;
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use http::Request;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry_sdk::trace::Sampler;
use otelier_testing::discarding_tracer_provider;
use otelier_tower::axum::OtelLayer;
use workload::Mode;

/// What each state of the layer may cost over a layer that does nothing. One of them is axum's,
/// which boxes a layer that has any state.
const COSTS: [(Mode, u64); 4] =
    [(Mode::NoProvider, 1), (Mode::SampledOut, 5), (Mode::Traces, 6), (Mode::TracesAndMetrics, 6)];

fn allocations(mode: Mode) -> u64 {
    let mut app = mode.app();
    // The first requests fill tables that the later ones use.
    for _ in 0..3 {
        workload::answer(&mut app, workload::request());
    }
    // Now and then one looks whether there are global providers by now.
    let requests = (0..8).map(|_| workload::request());
    requests
        .map(|request| measure(|| drop(workload::answer(&mut app, request))).count_total)
        .min()
        .expect("eight")
}

#[test]
fn request_costs_exact_allocations() {
    let identity = allocations(Mode::IdentityLayer);
    let costs = COSTS.map(|(mode, _)| (mode, allocations(mode) - identity));
    assert_eq!(costs, COSTS);
    assert_eq!(Mode::ALL.len(), COSTS.len() + 2, "every mode but the two without the layer");
    assert!(allocations(Mode::Bare) < identity, "a layer of any kind costs something");
}

/// What a body costs in a layer that captures bodies, or does not, over one that does nothing.
fn allocations_of_body(content_type: &'static str, captures: bool) -> u64 {
    let answer = move || async move { ([("content-type", content_type)], "hello") };
    let layer = OtelLayer::builder()
        .with_tracer_provider(discarding_tracer_provider(Sampler::AlwaysOn))
        .with_meter_provider(NoopMeterProvider::new())
        .with_payload_capture(captures)
        .build();
    let mut app = Router::new().route("/", post(answer)).layer(layer);
    let request = || {
        let request = Request::post("/").header("content-type", content_type);
        request.body(Body::from("hello")).expect("a request")
    };
    for _ in 0..3 {
        workload::answer(&mut app, request());
    }
    let requests = (0..8).map(|_| request());
    requests
        .map(|request| measure(|| drop(workload::answer(&mut app, request))).count_total)
        .min()
        .expect("eight")
}

#[test]
fn body_that_is_not_captured_costs_nothing() {
    let off = allocations_of_body("text/plain", false);
    assert_eq!(allocations_of_body("image/png", false), off);
    assert_eq!(allocations_of_body("image/png", true), off, "of no type that is captured");
    assert!(allocations_of_body("text/plain", true) > off, "so that this can fail");
}
