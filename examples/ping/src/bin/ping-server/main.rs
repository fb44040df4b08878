//! Answers `/ping` with a random string, after it has asked Redis, MongoDB and MySQL for it.
//!
//! ```text
//! OTEL_SERVICE_NAME=ping-server cargo run --package ping --bin ping-server
//! ```
//!
//! Without the stores, `/ping` fails, and the trace shows where: each span from the operation up to
//! the request has the error. `/rolldice` needs no store.
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

mod demo;
mod failure;
mod stores;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use clap::Parser;
use rand::RngExt;
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::stores::Stores;

#[derive(Parser)]
#[command(about = "Answers /ping with a random string")]
struct Args {
    /// Where to listen; port 0 is any free one.
    #[arg(long, env = "PING_ADDRESS", default_value = "127.0.0.1:8081")]
    address: SocketAddr,

    #[command(flatten)]
    stores: stores::Addresses,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();

    // Reads the OTEL_* variables. What is dropped at the end of `main` delivers the last spans.
    let _otel = otelier::init()?;

    let app = Router::new()
        .route("/ping", get(ping))
        .route("/redis/{n}", get(redis))
        .route("/mongodb/{n}", get(mongodb))
        .route("/sql/{n}", get(sql))
        .route("/rolldice", get(roll_dice))
        .merge(demo::routes())
        .with_state(Arc::new(Stores::new(&args.stores).await?))
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

async fn ping(State(stores): State<Arc<Stores>>) -> Result<String, Failure> {
    let text = letters(rand::rng().random_range(1..=1024));
    let text = stores.redis(&text).await?;
    stores.mongodb().await?;
    Ok(stores.sql(&text).await?)
}

async fn redis(State(stores): State<Arc<Stores>>, Path(n): Path<u16>) -> Result<String, Failure> {
    Ok(stores.redis(&letters(n)).await?)
}

async fn mongodb(State(stores): State<Arc<Stores>>, Path(n): Path<u16>) -> Result<String, Failure> {
    stores.mongodb().await?;
    Ok(letters(n))
}

async fn sql(State(stores): State<Arc<Stores>>, Path(n): Path<u16>) -> Result<String, Failure> {
    Ok(stores.sql(&letters(n)).await?)
}

async fn roll_dice() -> String {
    rand::rng().random_range(1..=6).to_string()
}

/// Lower-case letters.
fn letters(n: u16) -> String {
    let mut rng = rand::rng();
    (0..n).map(|_| rng.random_range('a'..='z')).collect()
}
