//! Sends requests to a server of its own, which refuses those that carry no context.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::{io, thread};

use tokio::runtime::Runtime;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/songs", listener.local_addr()?);
    thread::spawn(move || listener.incoming().try_for_each(|stream| answer(stream?)));

    let body = reqwest::blocking::get(&url)?.error_for_status()?.text()?;
    assert_eq!(body, "GET /songs");
    Runtime::new()?.block_on(async {
        let client = reqwest::Client::new();
        let posted = client.post(&url).body("one").send().await?.error_for_status()?;
        assert_eq!(posted.text().await?, "POST /songs");
        let got = client.get(&url).send().await?.error_for_status()?;
        assert_eq!(got.text().await?, "GET /songs");
        Ok(())
    })
}

/// Answers with method and path.
fn answer(stream: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(&stream);
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push(line);
    }
    reader.read_exact(&mut vec![0; length])?;
    let begin = head.first().and_then(|line| line.rsplit_once(' ')).unwrap_or_default().0;
    let is_traced = head.iter().any(|line| line.starts_with("traceparent: "));
    let status = if is_traced { "200 OK" } else { "400 Bad Request" };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}", begin.len());
    write!(&stream, "{head}\r\nconnection: close\r\n\r\n{begin}")
}
