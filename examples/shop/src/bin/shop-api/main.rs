//! Takes orders: keeps them in MySQL and tells the worker of them through SQS.
//!
//! ```text
//! OTEL_SERVICE_NAME=shop-api cargo run --package shop --bin shop-api
//! ```
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

mod database;
mod failure;
mod orders;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use clap::Parser;
use shop::Queue;
use tokio::net::TcpListener;
use tracing::warn;

use crate::database::Database;

#[derive(Parser)]
#[command(about = "Takes orders: keeps them in MySQL and tells the worker of them through SQS")]
struct Args {
    /// Where to listen; port 0 is any free one.
    #[arg(long, env = "SHOP_ADDRESS", default_value = "127.0.0.1:8082")]
    address: SocketAddr,

    /// What the database and the queue are named after. Shops of different names do not see each
    /// other.
    #[arg(long, env = "SHOP_NAME", default_value = "shop")]
    name: String,

    /// The MySQL server.
    #[arg(long, env, hide_env_values = true, default_value = "mysql://root@localhost:3306")]
    mysql_url: String,

    /// The SQS server; AWS's own if not given.
    #[arg(long, env)]
    sqs_endpoint_url: Option<String>,
}

/// Where orders are kept and where they go.
struct Shop {
    database: Database,
    queue: Queue,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();

    // Reads the OTEL_* variables, and has `tracing` write lines and send log records. What is
    // dropped at the end of `main` delivers the last of them.
    let _otel = otelier::tracing::init()?;

    let database = Database::new(&args.mysql_url, &args.name)?;
    let queue = Queue::new(format!("{}-orders", args.name), args.sqs_endpoint_url.as_deref()).await;
    let shop = Arc::new(Shop { database, queue });
    shop.open().await;

    let app = Router::new()
        .route("/orders", post(orders::place))
        .route("/orders/{id}", get(orders::find))
        .with_state(shop)
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

impl Shop {
    /// Creates what is missing. Each request that needs what is not there tries again, so nothing
    /// of this ends the service.
    async fn open(&self) {
        if let Err(error) = self.database.pool().await {
            warn!(%error, "no database yet");
        }
        if let Err(error) = self.queue.url().await {
            warn!(%error, "no queue yet");
        }
    }
}
