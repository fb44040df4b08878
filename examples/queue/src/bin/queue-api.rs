//! Takes orders over HTTP and sends them to a queue.
//!
//! ```text
//! OTEL_SERVICE_NAME=queue-api cargo run --package queue --bin queue-api
//! ```
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use clap::Parser;
use tokio::net::TcpListener;
use tracing::{error, info};

#[derive(Parser)]
#[command(about = "Takes orders over HTTP and sends them to a queue")]
struct Args {
    /// Where to listen; port 0 is any free one.
    #[arg(long, env = "QUEUE_API_ADDRESS", default_value = "127.0.0.1:8082")]
    address: SocketAddr,

    #[command(flatten)]
    queue: queue::Queue,
}

#[derive(Clone)]
struct Orders {
    sqs: aws_sdk_sqs::Client,
    url: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();

    // Reads the OTEL_* variables, and has `tracing` write lines and send log records. What is
    // dropped at the end of `main` delivers the last of them.
    let _otel = otelier::tracing::init()?;

    let (sqs, url) = args.queue.open().await?;
    let app = Router::new()
        .route("/orders", post(order))
        .with_state(Orders { sqs, url })
        .layer(otelier::axum::OtelLayer::new());

    let listener = TcpListener::bind(args.address).await?;
    let stopped = otelier::shutdown_signal();
    println!("listening on http://{}", listener.local_addr()?);
    // With connect info, spans tell the client's address too.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(stopped).await?;
    Ok(())
}

async fn order(State(orders): State<Orders>, order: String) -> Result<String, StatusCode> {
    // The message carries the context of the send, which is a child of the request's span.
    let sent = orders.sqs.send_message().queue_url(&orders.url).message_body(order).send().await;
    let sent = sent.map_err(|error| {
        error!(%error, "cannot send the order");
        StatusCode::BAD_GATEWAY
    })?;
    let id = sent.message_id.unwrap_or_default();
    info!(message.id = id, "order taken");
    Ok(id)
}
