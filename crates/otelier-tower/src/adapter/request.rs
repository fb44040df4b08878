//! Reads a request for the recorder.

use std::net::SocketAddr;

use http::Uri;
use http::request::Parts;
use otelier_instrument::semconv::http::{
    HttpHeaderValue, HttpHeaders, HttpServerRequest, HttpVersion,
};

/// The address at the other end of the connection, as an extension of the request. For servers that
/// do not have axum's connect info.
///
/// ```
/// # mod otelier { pub use otelier_tower as tower; }
/// use otelier::tower::PeerAddress;
///
/// # use std::net::TcpStream;
/// # fn example(stream: &TcpStream, request: &mut http::Request<()>) -> std::io::Result<()> {
/// request.extensions_mut().insert(PeerAddress(stream.peer_addr()?));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

/// A request, with what a framework knows of it.
pub(crate) struct RequestReader<'a> {
    pub(crate) parts: &'a Parts,
    /// The target before a router removed a part of it.
    pub(crate) original_uri: Option<&'a Uri>,
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) route: Option<&'a str>,
}

impl RequestReader<'_> {
    fn uri(&self) -> &Uri {
        self.original_uri.unwrap_or(&self.parts.uri)
    }
}

impl HttpHeaders for RequestReader<'_> {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        self.parts.headers(name)
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        self.parts.all_headers()
    }

    fn header(&self, name: &str) -> Option<HttpHeaderValue<'_>> {
        self.parts.header(name)
    }
}

impl HttpServerRequest for RequestReader<'_> {
    fn method(&self) -> &str {
        self.parts.method.as_str()
    }

    fn path(&self) -> &str {
        self.uri().path()
    }

    fn query(&self) -> Option<&str> {
        self.uri().query()
    }

    fn scheme(&self) -> Option<&str> {
        self.uri().scheme_str()
    }

    fn authority(&self) -> Option<&str> {
        self.uri().authority().map(http::uri::Authority::as_str)
    }

    fn version(&self) -> Option<HttpVersion> {
        HttpVersion::of(self.parts.version)
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    fn route(&self) -> Option<&str> {
        self.route
    }
}
