//! A client of HTTP for one server, in plain text. That of the SDK fits no library that is older
//! than itself.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Makes a connection for each request.
#[derive(Debug)]
pub(crate) struct Client;

impl HttpClient for Client {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Self)
    }
}

impl HttpConnector for Client {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(async move {
            send(&request).await.map_err(|error| ConnectorError::other(error, None))
        })
    }
}

async fn send(request: &HttpRequest) -> Result<HttpResponse, BoxError> {
    let (host, path) = request
        .uri()
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .ok_or("the URL is not one of plain HTTP")?;
    let body = request.body().bytes().ok_or("the body is not in memory")?;
    let mut head = format!("{} /{path} HTTP/1.1\r\n", request.method());
    for (name, value) in request.headers().iter() {
        let is_ours = ["connection", "content-length", "host"].contains(&name);
        if !is_ours {
            head += &format!("{name}: {value}\r\n");
        }
    }
    head += &format!("host: {host}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let mut stream = TcpStream::connect(host).await?;
    stream.write_all(&[head.as_bytes(), body].concat()).await?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await?;
    read(&String::from_utf8(response)?)
}

/// The response of a server that closes the connection after it.
fn read(response: &str) -> Result<HttpResponse, BoxError> {
    let (head, body) = response.split_once("\r\n\r\n").ok_or("the head does not end")?;
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("there is no status")?;
    let status = StatusCode::try_from(status.parse::<u16>()?)?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        response.headers_mut().append(name.to_lowercase(), value.to_owned());
    }
    Ok(response)
}
