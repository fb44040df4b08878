//! A program that makes one request, to a server of its own, and returns from `main` at once.
//!
//! Tests start it with all kinds of environments, and look at what it delivers.
#![allow(clippy::print_stdout, reason = "a program talks to its caller")]

use anyhow::Context as _;
use axum::Router;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use axum::routing::get;
use clap::Parser;
use otelier::opentelemetry::global;
use otelier::opentelemetry::trace::Tracer as _;
use reqwest_middleware::ClientBuilder;
use tokio::net::TcpListener;

#[derive(Parser)]
struct Args {
    /// Path and query.
    #[arg(default_value = "/hello")]
    path: String,

    /// `NAME: VALUE`; may be repeated.
    #[arg(long = "header")]
    headers: Vec<String>,

    /// `USER:PASSWORD@`, as part of the URL.
    #[arg(long, default_value = "")]
    userinfo: String,

    /// The cookie that the server sets.
    #[arg(long, default_value = "")]
    cookie: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let _otel = otelier::init()?;

    let cookie = args.cookie;
    let app = Router::new()
        .route("/hello", get(|| async move { hello(&cookie) }))
        .layer(otelier::axum::OtelLayer::new());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });

    let http = ClientBuilder::new(reqwest::Client::new())
        .with(otelier::reqwest::OtelMiddleware::new())
        .build();
    let mut request = http.get(format!("http://{}{address}{}", args.userinfo, args.path));
    for header in &args.headers {
        let (name, value) = header.split_once(": ").context("a header is `NAME: VALUE`")?;
        request = request.header(name, value);
    }
    let response = request.send().await?;
    println!("answered {}", response.status().as_u16());
    Ok(())
}

fn hello(cookie: &str) -> impl IntoResponse + use<> {
    let greeting = global::tracer("one-request").in_span("greet", |_| "hello");
    ([(SET_COOKIE, cookie.to_owned())], greeting)
}
