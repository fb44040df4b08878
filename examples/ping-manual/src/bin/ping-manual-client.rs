//! Asks a ping server again and again, traced by hand.
//!
//! Without `OTEL_SERVICE_NAME` it is the service `unknown_service:ping-manual-client`.
//!
//! What it misses, next to `ping-client`:
//!
//! - each function that makes a request must do all of this again, or be left out of the trace;
//! - a request that is cancelled leaves a span that looks like a success, and no measurement;
//! - attempts of a retry cannot be told apart;
//! - whatever password or signature is in the URL is in `url.full`;
//! - there is no `network.peer.*` or `network.protocol.version`, and headers cannot be captured;
//! - requests are not named by their template, so all those of a method look alike.
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::Parser;
use opentelemetry::metrics::Histogram;
use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_http::HeaderInjector;
use ping_manual::span;
use reqwest::header::HeaderMap;
use reqwest::{Client, Response, Url};
use tokio::time::sleep;

const SCOPE: &str = "ping-manual-client";

#[derive(Parser)]
#[command(about = "Asks a ping server again and again, traced by hand")]
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
    let _telemetry = ping_manual::init()?;

    let http = Client::new();
    let duration = ping_manual::duration_histogram(SCOPE, "http.client.request.duration");
    let stopped = ping_manual::stopped()?;
    tokio::select! {
        () = ping_repeatedly(&http, &duration, &args) => {}
        () = stopped => {}
    }
    Ok(())
}

async fn ping_repeatedly(http: &Client, duration: &Histogram<f64>, args: &Args) {
    for n in 0..args.count.unwrap_or(u64::MAX) {
        if n > 0 {
            sleep(args.interval).await;
        }
        match span(SCOPE, "client operation", ping(http, duration, &args.url)).await {
            Ok(bytes) => println!("got {} bytes", bytes.len()),
            Err(error) => println!("failed: {error}"),
        }
    }
}

async fn ping(http: &Client, duration: &Histogram<f64>, url: &Url) -> reqwest::Result<Bytes> {
    get(http, duration, url).await?.error_for_status()?.bytes().await
}

/// Makes a request with a client span, a measurement, and the context in its headers.
async fn get(http: &Client, duration: &Histogram<f64>, url: &Url) -> reqwest::Result<Response> {
    let started = Instant::now();
    let mut attributes = vec![
        KeyValue::new("http.request.method", "GET"),
        KeyValue::new("server.address", url.host_str().unwrap_or_default().to_owned()),
        KeyValue::new("server.port", i64::from(url.port_or_known_default().unwrap_or_default())),
    ];

    let tracer = global::tracer(SCOPE);
    let request = tracer
        .span_builder("GET")
        .with_kind(SpanKind::Client)
        .with_attributes(
            attributes.iter().cloned().chain([KeyValue::new("url.full", url.to_string())]),
        )
        .start(&tracer);
    let cx = Context::current_with_span(request);
    let mut headers = HeaderMap::new();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&cx, &mut HeaderInjector(&mut headers));
    });

    let result = http.get(url.clone()).headers(headers).send().with_context(cx.clone()).await;

    let mut outcome = Vec::new();
    let error = match &result {
        Ok(response) => {
            let status = response.status();
            outcome.push(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
            (status.is_client_error() || status.is_server_error())
                .then(|| status.as_str().to_owned())
        }
        Err(error) if error.is_timeout() => Some("timeout".to_owned()),
        Err(error) if error.is_connect() => Some("connect".to_owned()),
        Err(_) => Some("request".to_owned()),
    };
    if let Some(error) = error {
        outcome.push(KeyValue::new("error.type", error));
        cx.span().set_status(Status::error(""));
    }
    cx.span().set_attributes(outcome.clone());
    cx.span().end();
    attributes.extend(outcome);
    duration.record(started.elapsed().as_secs_f64(), &attributes);
    result
}

fn seconds(text: &str) -> anyhow::Result<Duration> {
    Ok(Duration::try_from_secs_f64(text.parse()?)?)
}
