//! Answers `/ping` with a random string, after it has asked Redis, MongoDB and MySQL for it; traced
//! by hand.
//!
//! Without `OTEL_SERVICE_NAME` it is the service `unknown_service:ping-manual-server`.
//!
//! What it misses, next to `ping-server`:
//!
//! - a client that disconnects, or a handler that panics, leaves a span that looks like a success
//!   and no measurement;
//! - span and duration end before the body of the response is sent;
//! - a method that somebody makes up becomes a span's name and another time series;
//! - there is no `server.address`, `client.address`, `network.peer.*`, `network.protocol.version`
//!   or `user_agent.original`, and behind a proxy `url.scheme` is wrong;
//! - `url.query` is left out, for want of a way to take secrets out of it;
//! - there are no active requests and no body sizes, nor can headers be captured;
//! - what the drivers of MongoDB and MySQL do has no spans and no metrics.
#![allow(clippy::print_stdout, reason = "a program talks to its terminal")]

mod stores;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clap::Parser;
use opentelemetry::metrics::Histogram;
use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{KeyValue, global};
use opentelemetry_http::HeaderExtractor;
use rand::RngExt;
use tokio::net::TcpListener;

use crate::stores::Stores;

const SCOPE: &str = "ping-manual-server";

#[derive(Parser)]
#[command(about = "Answers /ping with a random string, traced by hand")]
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
    let _telemetry = ping_manual::init()?;

    let duration = ping_manual::duration_histogram(SCOPE, "http.server.request.duration");
    let app = Router::new()
        .route("/ping", get(ping))
        .route("/redis/{n}", get(redis))
        .route("/mongodb/{n}", get(mongodb))
        .route("/sql/{n}", get(sql))
        .route("/rolldice", get(roll_dice))
        .with_state(Arc::new(Stores::new(&args.stores).await?))
        .layer(from_fn_with_state(duration, trace));

    let listener = TcpListener::bind(args.address).await?;
    let stopped = ping_manual::stopped()?;
    println!("listening on http://{}", listener.local_addr()?);
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

/// Any error of a handler: a 500.
struct Failure(anyhow::Error);

/// What `trace` finds in a response that comes from an error.
#[derive(Clone)]
struct Message(String);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Message(self.0.to_string()));
        response
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// A server span and a measurement for each request.
async fn trace(State(duration): State<Histogram<f64>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().to_string();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let name = match &route {
        Some(route) => format!("{method} {route}"),
        None => method.clone(),
    };
    let mut attributes =
        vec![KeyValue::new("http.request.method", method), KeyValue::new("url.scheme", "http")];
    attributes.extend(route.map(|route| KeyValue::new("http.route", route)));

    let parent = global::get_text_map_propagator(|propagator| {
        propagator.extract(&HeaderExtractor(request.headers()))
    });
    let tracer = global::tracer(SCOPE);
    let path = KeyValue::new("url.path", request.uri().path().to_owned());
    let span = tracer
        .span_builder(name)
        .with_kind(SpanKind::Server)
        .with_attributes(attributes.iter().cloned().chain([path]))
        .start_with_context(&tracer, &parent);
    let cx = parent.with_span(span);

    let response = next.run(request).with_context(cx.clone()).await;

    let status = response.status();
    let mut outcome = vec![KeyValue::new("http.response.status_code", i64::from(status.as_u16()))];
    if status.is_server_error() {
        outcome.push(KeyValue::new("error.type", status.as_str().to_owned()));
        let message = response.extensions().get().map(|Message(text)| text.clone());
        cx.span().set_status(Status::error(message.unwrap_or_default()));
    }
    cx.span().set_attributes(outcome.clone());
    cx.span().end();
    attributes.extend(outcome);
    duration.record(started.elapsed().as_secs_f64(), &attributes);
    response
}
