//! HTTP messages as plain data: what the hook of a library fills in.
//!
//! Only headers are behind a trait, because they are looked up and never copied.

use std::borrow::Cow;
use std::net::SocketAddr;

use otelier_instrument::semconv::http::{
    HttpClientRequest, HttpHeaderValue, HttpHeaders, HttpResponse, HttpServerRequest, HttpVersion,
};

/// A request that a server received.
#[derive(Debug)]
pub struct ServerRequest<'a, H> {
    /// The method.
    pub method: &'a str,
    /// The path of the target.
    pub path: &'a str,
    /// The query of the target, without its `?`.
    pub query: Option<&'a str>,
    /// The scheme of the target, where it has one.
    pub scheme: Option<&'a str>,
    /// The authority of the target, where it has one.
    pub authority: Option<&'a str>,
    /// The version of the protocol.
    pub version: Option<HttpVersion>,
    /// The address at the other end of the connection, where it is known.
    pub peer: Option<SocketAddr>,
    /// The headers.
    pub headers: H,
}

/// A request that a client is about to send.
#[derive(Debug)]
pub struct ClientRequest<'a, H> {
    /// The method.
    pub method: &'a str,
    /// The absolute URL.
    pub url: &'a str,
    /// The scheme of the URL.
    pub scheme: &'a str,
    /// The host of the URL.
    pub host: &'a str,
    /// The port of the URL, if it has one.
    pub port: Option<u16>,
    /// The headers.
    pub headers: H,
}

/// A response, when its headers are known.
#[derive(Debug)]
pub struct Response<H> {
    /// The status code.
    pub status: u16,
    /// The version of the protocol, where a client is to record it.
    pub version: Option<HttpVersion>,
    /// The address at the other end of the connection, where a client knows it.
    pub peer: Option<SocketAddr>,
    /// The headers.
    pub headers: H,
}

/// The headers of a message are those that it holds.
macro_rules! has_headers {
    ($message:ident < $($lifetime:lifetime,)? H >) => {
        impl<H: HttpHeaders> HttpHeaders for $message<$($lifetime,)? H> {
            fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
                self.headers.headers(name)
            }

            fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
                self.headers.all_headers()
            }

            fn header(&self, name: &str) -> Option<HttpHeaderValue<'_>> {
                self.headers.header(name)
            }
        }
    };
}

has_headers!(ServerRequest<'_, H>);
has_headers!(ClientRequest<'_, H>);
has_headers!(Response<H>);

impl<H: HttpHeaders> HttpServerRequest for ServerRequest<'_, H> {
    fn method(&self) -> &str {
        self.method
    }

    fn path(&self) -> &str {
        self.path
    }

    fn query(&self) -> Option<&str> {
        self.query
    }

    fn scheme(&self) -> Option<&str> {
        self.scheme
    }

    fn authority(&self) -> Option<&str> {
        self.authority
    }

    fn version(&self) -> Option<HttpVersion> {
        self.version
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// A hook starts before the request is routed.
    fn route(&self) -> Option<&str> {
        None
    }
}

impl<H: HttpHeaders> HttpClientRequest for ClientRequest<'_, H> {
    fn method(&self) -> &str {
        self.method
    }

    fn url(&self) -> Cow<'_, str> {
        self.url.into()
    }

    fn scheme(&self) -> &str {
        self.scheme
    }

    fn host(&self) -> &str {
        self.host
    }

    fn port(&self) -> Option<u16> {
        self.port
    }
}

impl<H: HttpHeaders> HttpResponse for Response<H> {
    fn status(&self) -> u16 {
        self.status
    }

    fn version(&self) -> Option<HttpVersion> {
        self.version
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }
}

/// Reads and changes the headers of the crate `http` that the calling library has.
///
/// Defines `Headers`, `HeadersMut`, and `version`, which maps a version of the protocol. A macro,
/// because the library's crate `http` is another one than ours.
#[macro_export]
macro_rules! http_headers {
    () => {
        /// Headers that are read in place.
        struct Headers<'a>(&'a ::http::HeaderMap);

        /// The value as it was sent.
        fn header_value(value: &::http::HeaderValue) -> $crate::HttpHeaderValue<'_> {
            $crate::HttpHeaderValue::new(value.as_bytes()).with_sensitive(value.is_sensitive())
        }

        impl $crate::HttpHeaders for Headers<'_> {
            fn headers(
                &self,
                name: &str,
            ) -> impl ::std::iter::Iterator<Item = $crate::HttpHeaderValue<'_>> {
                self.0.get_all(name).iter().map(header_value)
            }

            fn all_headers(
                &self,
            ) -> impl ::std::iter::Iterator<Item = (&str, $crate::HttpHeaderValue<'_>)> {
                self.0.iter().map(|(name, it)| (name.as_str(), header_value(it)))
            }
        }

        /// Headers that the context is written into.
        #[allow(dead_code)]
        struct HeadersMut<'a>(&'a mut ::http::HeaderMap);

        impl $crate::HttpHeadersMut for HeadersMut<'_> {
            fn set_header(&mut self, name: &str, value: ::std::string::String) {
                if let (Ok(name), Ok(value)) =
                    (::http::HeaderName::try_from(name), ::http::HeaderValue::try_from(value))
                {
                    self.0.insert(name, value);
                }
            }

            fn remove_header(&mut self, name: &str) {
                self.0.remove(name);
            }
        }

        /// The version of the protocol, if it is a known one.
        fn version(version: ::http::Version) -> ::std::option::Option<$crate::HttpVersion> {
            match version {
                ::http::Version::HTTP_09 => Some($crate::HttpVersion::Http09),
                ::http::Version::HTTP_10 => Some($crate::HttpVersion::Http10),
                ::http::Version::HTTP_11 => Some($crate::HttpVersion::Http11),
                ::http::Version::HTTP_2 => Some($crate::HttpVersion::Http2),
                ::http::Version::HTTP_3 => Some($crate::HttpVersion::Http3),
                _ => None,
            }
        }
    };
}
