//! Two services that call each other: one trace, with the caller's baggage and trace state all the
//! way.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::{
    FutureExt as _, SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use otelier::axum::OtelLayer;
use otelier::propagation::{BaggagePropagator, TraceContextPropagator};
use otelier::reqwest::OtelMiddleware;
use otelier_testing::{Capture, assert_tree};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::net::TcpListener;

use crate::support::{asked, served};

/// A service with telemetry of its own.
struct Service {
    capture: Capture,
    http: ClientWithMiddleware,
}

impl Service {
    fn new(name: &'static str) -> Self {
        let resource = Resource::builder_empty().with_service_name(name).build();
        let capture = Capture::builder().with_resource(resource).build();
        let middleware = OtelMiddleware::builder()
            .with_tracer_provider(capture.tracer_provider())
            .with_meter_provider(capture.meter_provider())
            .with_propagator(propagator())
            .build();
        let http = ClientBuilder::new(reqwest::Client::new()).with(middleware).build();
        Self { capture, http }
    }

    /// Serves `app` behind the layer.
    async fn serve(&self, app: Router) -> SocketAddr {
        let layer = OtelLayer::builder()
            .with_tracer_provider(self.capture.tracer_provider())
            .with_meter_provider(self.capture.meter_provider())
            .with_propagator(propagator())
            .build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app.layer(layer)).await });
        address
    }
}

fn propagator() -> TextMapCompositePropagator {
    TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ])
}

/// What the current context carries.
async fn carried() -> String {
    Context::map_current(|cx| {
        let state = cx.span().span_context().trace_state().header();
        let mut baggage: Vec<_> =
            cx.baggage().iter().map(|(key, (value, _))| format!("{key}={value}")).collect();
        baggage.sort();
        format!("{state} | {}", baggage.join(","))
    })
}

#[tokio::test]
async fn baggage_and_trace_state_travel_through_two_services() {
    let (caller, front, back) =
        (Service::new("caller"), Service::new("front"), Service::new("back"));
    let back_address = back.serve(Router::new().route("/inner/{id}", get(carried))).await;
    let app = Router::new()
        .route(
            "/outer",
            get(move |State(http): State<ClientWithMiddleware>| async move {
                let inner =
                    http.get(format!("http://{back_address}/inner/7")).send().await.unwrap();
                format!("{}\n{}", carried().await, inner.text().await.unwrap())
            }),
        )
        .with_state(front.http.clone());
    let front_address = front.serve(app).await;

    let parent = SpanContext::new(
        TraceId::from(0xa11ce),
        SpanId::from(0xb0b),
        TraceFlags::SAMPLED,
        true,
        "vendor=opaque,other=1".parse::<TraceState>().unwrap(),
    );
    let cx = Context::new()
        .with_remote_span_context(parent.clone())
        .with_baggage([KeyValue::new("tenant", "blue, green"), KeyValue::new("plan", "größer")]);
    let request = caller.http.get(format!("http://{front_address}/outer"));
    let answer = request.send().with_context(cx).await.unwrap().text().await.unwrap();

    let line = "vendor=opaque,other=1 | plan=größer,tenant=blue, green";
    assert_eq!(answer, format!("{line}\n{line}"));
    let spans = [caller.capture.spans(), front.capture.spans(), back.capture.spans()].concat();
    assert!(spans.iter().all(|span| span.trace_state == "vendor=opaque,other=1"), "{spans:#?}");
    let back_end = served("/inner/{id}", "/inner/7", back_address.port()).service("back");
    let inner =
        asked(back_address.port(), format!("http://{back_address}/inner/7")).service("front");
    let front_end = served("/outer", "/outer", front_address.port()).service("front");
    let outer =
        asked(front_address.port(), format!("http://{front_address}/outer")).service("caller");
    let outer = outer.remote_parent(parent);
    assert_tree(&spans, outer.child(front_end.child(inner.child(back_end))));
}
