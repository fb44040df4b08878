//! Answers `/ping` with a random string.
//!
//! ```text
//! OTEL_SERVICE_NAME=ping-server cargo run --package ping --bin ping-server
//! ```
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

mod demo;

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use clap::Parser;
use otelier::opentelemetry::trace::{TraceContextExt, Tracer};
use otelier::opentelemetry::{KeyValue, global};
use rand::RngExt;
use tokio::net::TcpListener;

#[derive(Parser)]
#[command(about = "Answers /ping with a random string")]
struct Args {
    /// Where to listen; port 0 is any free one.
    #[arg(long, env = "PING_ADDRESS", default_value = "127.0.0.1:8081")]
    address: SocketAddr,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();

    // Reads the OTEL_* variables. What is dropped at the end of `main` delivers the last spans.
    let _otel = otelier::init()?;

    let app = Router::new()
        .route("/ping", get(ping))
        .merge(demo::routes())
        // After the routes: a span and metrics for each request, also for those that no route
        // matches.
        .layer(otelier::axum::OtelLayer::new());

    let listener = TcpListener::bind(args.address).await?;
    let stopped = otelier::shutdown_signal();
    println!("listening on http://{}", listener.local_addr()?);
    // With connect info, spans tell the client's address too.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(stopped).await?;
    Ok(())
}

async fn ping() -> String {
    random_string()
}

/// 1 to 1024 lower-case letters, under spans of our own: children of the request's.
fn random_string() -> String {
    let tracer = global::tracer("ping-server");
    tracer.in_span("random string", |cx| {
        let length = tracer.in_span("choose length", |_| rand::rng().random_range(1..=1024));
        cx.span().set_attribute(KeyValue::new("ping.length", length));
        tracer.in_span("draw letters", |_| {
            let mut rng = rand::rng();
            (0..length).map(|_| rng.random_range('a'..='z')).collect()
        })
    })
}
