//! A shop that asks itself for a price. It prints what it is answered, and ends with status 3.

use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use reqwest::Client;
use tokio::net::TcpListener;

/// What a handler needs to ask the shop itself.
#[derive(Clone)]
struct Shop {
    client: Client,
    address: SocketAddr,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let shop = Shop { client: Client::new(), address: listener.local_addr()? };
    let router = Router::new()
        .route("/orders/{id}", get(order))
        .route("/prices/{id}", get(price))
        .with_state(shop.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });

    for path in ["/orders/7", "/orders/0", "/nowhere"] {
        let (status, text) = shop.ask(path).await?;
        println!("{path}: {status} {text}");
    }
    Ok(ExitCode::from(3))
}

impl Shop {
    async fn ask(&self, path: &str) -> reqwest::Result<(StatusCode, String)> {
        let response = self.client.get(format!("http://{}{path}", self.address)).send().await?;
        Ok((response.status(), response.text().await?))
    }
}

/// An order, with the price that the shop has for it.
async fn order(State(shop): State<Shop>, Path(id): Path<u32>) -> (StatusCode, String) {
    match shop.ask(&format!("/prices/{id}")).await {
        Ok((StatusCode::OK, price)) => (StatusCode::OK, format!("order {id} is {price}")),
        Ok((status, _)) => (StatusCode::BAD_GATEWAY, format!("no price: {status}")),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()),
    }
}

/// A price; the first one there is not.
async fn price(Path(id): Path<u32>) -> Result<String, StatusCode> {
    let price = id.checked_mul(6).filter(|price| *price > 0).ok_or(StatusCode::NOT_FOUND)?;
    Ok(format!("{price} euros"))
}
