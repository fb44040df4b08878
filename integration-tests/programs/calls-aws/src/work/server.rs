//! A server that answers as it is told, and says in its answer what it was sent.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Result, tell};

/// An answer: its status, and the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer(pub(super) u16, pub(super) &'static str);

/// Starts a server that gives these answers in turn. It is gone with the program.
///
/// The identifier of a request is made of the names of what it carries context in, so that it is
/// recorded whether they are there.
pub(super) async fn start(answers: &'static [Answer]) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tell("PORT", address.port());
    tokio::spawn(async move {
        for answer in answers {
            let Ok((stream, _)) = listener.accept().await else { return };
            let _ = serve(stream, *answer).await;
        }
    });
    Ok(url(address))
}

/// Starts a server that answers nothing.
pub(super) async fn silent() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tell("PORT", address.port());
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    Ok(url(address))
}

/// An address that nobody listens at.
pub(super) async fn closed() -> Result<String> {
    let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    tell("PORT", address.port());
    Ok(url(address))
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Reads one request, answers it and closes the connection.
async fn serve(mut stream: TcpStream, Answer(status, text): Answer) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    while !is_complete(&request) {
        match stream.read(&mut part).await? {
            0 => break,
            length => request.extend_from_slice(&part[..length]),
        }
    }
    let request = String::from_utf8_lossy(&request).to_lowercase();
    let fields = ["\"traceparent\"", "\"b3\"", "\"awstraceheader\"", "\nx-amzn-trace-id"];
    let carried = fields.into_iter().filter(|field| request.contains(field));
    let carried: Vec<&str> = carried.map(|field| field.trim_matches(['"', '\n'])).collect();
    let answer = format!(
        "HTTP/1.1 {status} X\r\nx-amzn-requestid: with({})\r\nconnection: close\r\n\
         content-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n{text}",
        carried.join(","),
        text.len(),
    );
    stream.write_all(answer.as_bytes()).await
}

fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.and_then(|it| it.parse().ok()).unwrap_or(0)
}
