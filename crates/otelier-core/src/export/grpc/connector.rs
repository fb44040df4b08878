//! How gRPC connects: name, TCP and TLS, without a thread that cannot be had and without a provider
//! of cryptography that is not asked for.
//!
//! The connectors of `tonic` resolve names on the blocking pool of tokio, and take the provider of
//! cryptography from features. This one resolves on a thread of its own, whose failure to start is
//! an error and not a panic, and takes the configuration that the HTTP exporters have too.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tower_service::Service;

use super::super::resolve::resolve_then;
#[cfg(feature = "tls")]
use super::super::tls;
use crate::config::OtlpSettings;

/// Connects to one endpoint.
/// It is cloned for each connection.
#[derive(Clone)]
pub(super) struct GrpcConnector {
    /// Host and port.
    /// An IPv6 address is in brackets.
    pub(super) host: String,
    /// What encrypts the connection, and the name that the certificate must have; `None` for
    /// `http`.
    #[cfg(feature = "tls")]
    tls: Option<(tokio_rustls::TlsConnector, rustls::pki_types::ServerName<'static>)>,
}

impl GrpcConnector {
    /// Without a port it is 443 for `https` and 80 otherwise. Fails with the reason if the TLS
    /// settings cannot be used or this build has no TLS.
    pub(super) fn new(uri: &Uri, settings: &OtlpSettings) -> Result<Self, String> {
        let name = uri.host().unwrap_or_default();
        let is_https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let host = format!("{name}:{port}");
        #[cfg(not(feature = "tls"))]
        {
            let _ = settings;
            if is_https { Err(super::super::NO_TLS.to_owned()) } else { Ok(Self { host }) }
        }
        #[cfg(feature = "tls")]
        {
            if !is_https {
                return Ok(Self { host, tls: None });
            }
            let mut config = tls::client_config(&settings.tls.value)?;
            config.alpn_protocols = vec![b"h2".to_vec()];
            let name = rustls::pki_types::ServerName::try_from(name.trim_matches(['[', ']']))
                .map_err(|error| error.to_string())?
                .to_owned();
            let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
            Ok(Self { host, tls: Some((connector, name)) })
        }
    }

    /// One connection, ready for HTTP/2. A server that did not agree to `h2` in the TLS handshake
    /// is an error here, since what it would send then is not readable. There is no timeout: that
    /// of the request covers this.
    async fn connect(self) -> io::Result<TokioIo<Box<dyn Stream>>> {
        let stream = connect_first(resolve(self.host).await?).await?;
        stream.set_nodelay(true)?;
        #[cfg(feature = "tls")]
        if let Some((connector, name)) = self.tls {
            let stream = connector.connect(name, stream).await?;
            if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
                return Err(io::Error::other("the server speaks TLS, but not HTTP/2"));
            }
            return Ok(TokioIo::new(Box::new(stream)));
        }
        Ok(TokioIo::new(Box::new(stream)))
    }
}

/// What a request travels on.
/// With or without TLS, so that both have one type.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The interface by which `tonic` connects. An error becomes the source of a status.
impl Service<Uri> for GrpcConnector {
    type Response = TokioIo<Box<dyn Stream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    /// Always ready: each call makes a connection of its own.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// The URI is the endpoint's without TLS, so the host that was set at the start is used
    /// instead.
    fn call(&mut self, _: Uri) -> Self::Future {
        Box::pin(self.clone().connect())
    }
}

/// Waits without blocking the only thread of the runtime. An address needs no thread.
async fn resolve(host: String) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let (sender, found) = oneshot::channel();
    resolve_then(host, move |addresses| {
        let _ = sender.send(addresses);
    })?;
    found.await.unwrap_or_else(|_| Err(io::Error::other("the resolver has ended")))
}

/// Tries one address after the other. If none answers, the error is that of the last one.
async fn connect_first(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut result = Err(io::Error::other("the host has no address"));
    for address in addresses {
        result = TcpStream::connect(address).await;
        if result.is_ok() {
            break;
        }
    }
    result
}
