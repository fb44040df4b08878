//! The service at a socket: what it is sent went through a real HTTP client.

use std::io;

use aws_types::SdkConfig;
use opentelemetry::trace::SpanContext;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{Reply, Seen, Service};

impl Service {
    /// Listens, and gives the configuration of a client that goes there with the SDK's own HTTP
    /// client.
    pub(crate) async fn listen(&self) -> SdkConfig {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let service = self.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(service.clone().serve(connection));
            }
        });
        let http = aws_smithy_http_client::Builder::new().build_http();
        self.config().into_builder().endpoint_url(endpoint).http_client(http).build()
    }

    async fn serve(self, connection: TcpStream) -> io::Result<()> {
        let mut connection = BufReader::new(connection);
        while let Some(request) = read(&mut connection).await? {
            let response = match self.reply(request) {
                Reply::Http { status, headers, body } => {
                    let mut head =
                        format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n", body.len());
                    headers
                        .iter()
                        .for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
                    format!("{head}\r\n{body}")
                }
                Reply::Head => "HTTP/1.1 200 x\r\ncontent-length: 1\r\n\r\n".to_owned(),
                Reply::Never => std::future::pending().await,
                Reply::Io | Reply::Panic => break,
            };
            connection.write_all(response.as_bytes()).await?;
        }
        Ok(())
    }
}

/// Reads a request as it is on the wire.
async fn read(connection: &mut BufReader<TcpStream>) -> io::Result<Option<Seen>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if connection.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.strip_suffix("\r\n").unwrap() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut request_line = lines[0].split(' ').map(str::to_owned);
    let (method, path) = (request_line.next().unwrap(), request_line.next().unwrap());
    let header = |line: &String| {
        line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let mut seen = Seen {
        method,
        uri: String::new(),
        headers: lines[1..].iter().map(|line| header(line).unwrap()).collect(),
        body: String::new(),
        current: SpanContext::NONE,
    };
    seen.uri = format!("http://{}{path}", seen.header("host").unwrap());
    let mut body =
        vec![0; seen.header("content-length").map_or(0, |length| length.parse().unwrap())];
    connection.read_exact(&mut body).await?;
    seen.body = String::from_utf8(body).unwrap();
    Ok(Some(seen))
}
