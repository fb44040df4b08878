//! Asks a ping server again and again.
//!
//! ```text
//! OTEL_SERVICE_NAME=ping-client cargo run --package ping --bin ping-client -- --count 3
//! ```
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

use std::time::Duration;

use bytes::Bytes;
use clap::Parser;
use reqwest::Url;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::time::sleep;

#[derive(Parser)]
#[command(about = "Asks a ping server again and again")]
struct Args {
    /// What to ask for.
    #[arg(env = "DESTINATION_URL", default_value = "http://localhost:8081/ping")]
    url: Url,

    /// How many times; for ever if not given.
    #[arg(long)]
    count: Option<u64>,

    /// Seconds between two requests.
    #[arg(long, default_value = "5", value_parser = seconds)]
    interval: Duration,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();

    // Reads the OTEL_* variables. What is dropped at the end of `main` delivers the last spans.
    let _otel = otelier::init()?;

    // A span, metrics and the trace's context in the headers, for each request.
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otelier::reqwest::OtelMiddleware::new())
        .build();

    let stopped = otelier::shutdown_signal();
    tokio::select! {
        () = ping_repeatedly(&http, &args) => {}
        () = stopped => {}
    }
    Ok(())
}

async fn ping_repeatedly(http: &ClientWithMiddleware, args: &Args) {
    for n in 0..args.count.unwrap_or(u64::MAX) {
        if n > 0 {
            sleep(args.interval).await;
        }
        // A span around the whole call, which has the error if there is one.
        match otelier::span("client operation", ping(http, &args.url)).await {
            Ok(bytes) => println!("got {} bytes", bytes.len()),
            Err(error) => println!("failed: {error:#}"),
        }
    }
}

async fn ping(http: &ClientWithMiddleware, url: &Url) -> Result<Bytes, reqwest_middleware::Error> {
    let response = http.get(url.clone()).send().await?.error_for_status()?;
    Ok(response.bytes().await?)
}

fn seconds(text: &str) -> anyhow::Result<Duration> {
    Ok(Duration::try_from_secs_f64(text.parse()?)?)
}
