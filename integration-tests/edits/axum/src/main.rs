//! Serves requests of its own: by a router with another one in it, and by a handler alone.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> io::Result<()> {
    let shop = Router::new().route("/prices", get(|| async { "6 euros" }));
    let router = Router::new().route("/songs", get(|| async { "one" })).nest("/shop", shop);
    let (listener, address) = listen().await?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    for (method, path, status) in [
        ("GET", "/songs", 200),
        ("GET", "/shop/prices", 200),
        ("POST", "/songs", 405),
        ("GET", "/nowhere", 404),
    ] {
        assert_eq!(ask(address, method, path).await?, status, "{method} {path}");
    }

    let (listener, address) = listen().await?;
    tokio::spawn(async move { axum::serve(listener, get(|| async { "alone" })).await });
    assert_eq!(ask(address, "GET", "/anywhere").await?, 200);
    Ok(())
}

async fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The status of the answer, which is read to its end.
async fn ask(address: SocketAddr, method: &str, path: &str) -> io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("{method} {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1).and_then(|it| it.parse().ok());
    status.ok_or_else(|| io::Error::other(answer))
}
