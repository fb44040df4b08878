//! Spans of the `tracing` crate, bridged by tracing-opentelemetry, take their place between ours.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use opentelemetry::trace::TracerProvider as _;
use otelier::axum::OtelLayer;
use otelier::reqwest::OtelMiddleware;
use otelier_testing::{Capture, assert_tree, span};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::net::TcpListener;
use tracing::instrument;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry};

use crate::support::{asked, served};

/// In two functions, so that a `tracing` span is the child of a `tracing` span as well as of ours.
#[instrument(skip_all, fields(user = 7))]
async fn load_profile(http: ClientWithMiddleware, address: SocketAddr) -> String {
    // Suspends, so that the spans are left and entered again.
    tokio::task::yield_now().await;
    fetch(&http, address).await
}

#[instrument(skip_all)]
async fn fetch(http: &ClientWithMiddleware, address: SocketAddr) -> String {
    let response = http.get(format!("http://{address}/profiles/7")).send().await.unwrap();
    response.text().await.unwrap()
}

#[instrument]
async fn read_profile() -> &'static str {
    tokio::task::yield_now().await;
    "profile"
}

/// One thread runs everything, so the subscriber of the thread is that of all tasks.
#[tokio::test(flavor = "current_thread")]
async fn instrumented_functions_nest_between_server_and_client() {
    let capture = Capture::new();
    // As the documentation of tracing-opentelemetry has it, but for what it says about code and
    // threads.
    let bridge = tracing_opentelemetry::layer()
        .with_tracer(capture.tracer_provider().tracer("tracing"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target(module_path!(), tracing::Level::INFO));
    let _subscriber = tracing::subscriber::set_default(Registry::default().with(bridge));

    let back = serve(&capture, Router::new().route("/profiles/{id}", get(read_profile))).await;
    let http = client(&capture);
    let inner = http.clone();
    let app = Router::new().route("/me", get(move || load_profile(inner, back)));
    let front = serve(&capture, app).await;
    let response = http.get(format!("http://{front}/me")).send().await.unwrap();

    assert_eq!(response.text().await.unwrap(), "profile");
    let back_end = served("/profiles/{id}", "/profiles/7", back.port()).child(span("read_profile"));
    let inner = asked(back.port(), format!("http://{back}/profiles/7")).child(back_end);
    let load = span("load_profile").attr("user", 7).child(span("fetch").child(inner));
    let front_end = served("/me", "/me", front.port()).child(load);
    let outer = asked(front.port(), format!("http://{front}/me"));
    assert_tree(&capture.spans(), outer.root().child(front_end));
    assert_eq!(capture.open_spans(), 0);
}

async fn serve(capture: &Capture, app: Router) -> SocketAddr {
    let layer = OtelLayer::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_propagator(capture.propagator())
        .build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app.layer(layer)).await });
    address
}

fn client(capture: &Capture) -> ClientWithMiddleware {
    let middleware = OtelMiddleware::builder()
        .with_tracer_provider(capture.tracer_provider())
        .with_propagator(capture.propagator())
        .build();
    ClientBuilder::new(reqwest::Client::new()).with(middleware).build()
}
