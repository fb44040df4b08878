//! Handles a signal that comes after its first request, and sends another one.

use std::error::Error;
use std::process;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = answer(stream).await;
        }
    });
    reqwest::get(&url).await?.error_for_status()?;
    let mut handler = signal(SignalKind::terminate())?;
    let killed = Command::new("kill").arg(process::id().to_string()).status().await?;
    assert!(killed.success());
    handler.recv().await;
    reqwest::get(&url).await?.error_for_status()?;
    Ok(())
}

async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let _ = stream.read(&mut [0; 2048]).await?;
    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await
}
