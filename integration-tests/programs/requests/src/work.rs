//! The service, and the requests to it. Compiled with the libraries alone and with Otelier.

use std::env;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::libraries;

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Sends as many requests as the command line says.
pub(crate) async fn run() -> Result {
    let count: u32 = env::args().nth(1).ok_or("say how many requests")?.parse()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = libraries::router(Router::new().route("/users/{id}", get(user)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = libraries::client(reqwest::Client::builder().no_proxy().build()?);
    for id in 0..count {
        let response = client.get(format!("http://{address}/users/{id}")).send().await?;
        assert_eq!(response.text().await?, format!("user {id}"));
    }
    Ok(())
}

async fn user(Path(id): Path<u32>) -> String {
    format!("user {id}")
}
