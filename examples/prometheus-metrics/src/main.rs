//! Serves its metrics at `/metrics`, for Prometheus, and sends them by OTLP as well.
//!
//! ```text
//! OTEL_SERVICE_NAME=shop cargo run --package prometheus-metrics
//! ```
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus::{Encoder as _, Registry, TextEncoder};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // The registry collects when it is asked; the reader beside it sends by OTLP each minute.
    let registry = Registry::new();
    let reader = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build()?;
    let _otel = otelier::builder()
        .with_service_version(env!("CARGO_PKG_VERSION"))
        .with_metric_reader(reader)
        .init()?;

    let app = Router::new()
        .route("/hello", get(|| async { "hello" }))
        .layer(otelier::axum::OtelLayer::new())
        // After the layer, so that Prometheus' own requests have neither spans nor metrics.
        .route("/metrics", get(metrics).with_state(registry));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let stop = otelier::shutdown_signal();
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    Ok(())
}

/// The metrics in Prometheus' text format.
async fn metrics(State(registry): State<Registry>) -> impl IntoResponse {
    let encoder = TextEncoder::new();
    let mut text = Vec::new();
    match encoder.encode(&registry.gather(), &mut text) {
        Ok(()) => Ok(([(header::CONTENT_TYPE, encoder.format_type().to_owned())], text)),
        Err(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
