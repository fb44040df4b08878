//! Ships what is ordered, or says so.
//!
//! ```text
//! OTEL_SERVICE_NAME=shop-shipping cargo run --package shop --bin shop-shipping
//! ```
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

use std::net::SocketAddr;

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use clap::Parser;
use shop::Order;
use tokio::net::TcpListener;
use tracing::info;

#[derive(Parser)]
#[command(about = "Ships what is ordered, or says so")]
struct Args {
    /// Where to listen; port 0 is any free one.
    #[arg(long, env = "SHIPPING_ADDRESS", default_value = "127.0.0.1:8083")]
    address: SocketAddr,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();

    // Reads the OTEL_* variables, and has `tracing` write lines and send log records. What is
    // dropped at the end of `main` delivers the last of them.
    let _otel = otelier::tracing::init()?;

    // A span and metrics for each request, in the trace of its caller.
    let app = Router::new().route("/shipments", post(ship)).layer(otelier::axum::OtelLayer::new());

    let listener = TcpListener::bind(args.address).await?;
    let stopped = otelier::shutdown_signal();
    println!("listening on http://{}", listener.local_addr()?);
    // With connect info, spans tell the client's address too.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(stopped).await?;
    Ok(())
}

async fn ship(Json(order): Json<Order>) -> StatusCode {
    info!(order.id, order.article, "shipped");
    StatusCode::CREATED
}
