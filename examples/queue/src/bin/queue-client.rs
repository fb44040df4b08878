//! Orders something.
//!
//! ```text
//! OTEL_SERVICE_NAME=queue-client cargo run --package queue --bin queue-client -- "two pears"
//! ```
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

use clap::Parser;
use reqwest::Url;
use reqwest_middleware::ClientBuilder;

#[derive(Parser)]
#[command(about = "Orders something")]
struct Args {
    /// What to order, each for itself.
    #[arg(default_value = "an apple")]
    orders: Vec<String>,

    /// Where to order it.
    #[arg(long, env = "ORDERS_URL", default_value = "http://localhost:8082/orders")]
    url: Url,
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

    for order in args.orders {
        let response =
            http.post(args.url.clone()).body(order.clone()).send().await?.error_for_status()?;
        println!("ordered {order}: {}", response.text().await?);
    }
    Ok(())
}
