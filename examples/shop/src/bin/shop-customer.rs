//! Buys something.
//!
//! ```text
//! OTEL_SERVICE_NAME=shop-customer cargo run --package shop --bin shop-customer -- --article kettle
//! ```
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

use clap::Parser;
use reqwest::Url;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde::Serialize;
use shop::Order;

#[derive(Parser, Serialize)]
#[command(about = "Buys something")]
struct Args {
    /// Where to order.
    #[arg(env = "ORDERS_URL", default_value = "http://localhost:8082/orders")]
    #[serde(skip)]
    url: Url,

    /// What to order.
    #[arg(long, default_value = "teapot")]
    article: String,

    /// For whom.
    #[arg(long, default_value = "Ada")]
    customer: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();

    // Reads the OTEL_* variables, and has `tracing` write lines and send log records. What is
    // dropped at the end of `main` delivers the last of them.
    let _otel = otelier::tracing::init()?;

    // A span, metrics and the trace's context in the headers, for each request.
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otelier::reqwest::OtelMiddleware::new())
        .build();

    match buy(&http, &args).await {
        Ok(order) => println!("bought a {} with order {}", order.article, order.id),
        Err(error) => println!("failed: {error:#}"),
    }
    Ok(())
}

async fn buy(http: &ClientWithMiddleware, args: &Args) -> anyhow::Result<Order> {
    let response = http.post(args.url.clone()).json(args).send().await?.error_for_status()?;
    Ok(response.json().await?)
}
