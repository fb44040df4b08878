//! How a request and a response are read: through getters of standard types, so that any HTTP
//! library can give its own types without copying them.

use std::borrow::Cow;
use std::net::SocketAddr;

use opentelemetry::propagation::{Extractor, Injector};

/// Reads the headers of a message. Names are in lower case.
pub trait HttpHeaders {
    /// The values of the header `name`, in the order in which they were sent.
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>>;

    /// Every header that was sent: one with several values is there several times.
    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)>;

    /// The first value of the header `name`.
    fn header(&self, name: &str) -> Option<HttpHeaderValue<'_>> {
        self.headers(name).next()
    }
}

/// Changes the headers of a message.
pub trait HttpHeadersMut {
    /// Sets the header `name` to one value. What cannot be a header is left out: a missing header
    /// is harmless, a malformed request is not.
    fn set_header(&mut self, name: &str, value: String);

    /// Removes the header `name`.
    fn remove_header(&mut self, name: &str);
}

/// Reads a request that a server received.
pub trait HttpServerRequest: HttpHeaders {
    /// The method, as it was sent.
    fn method(&self) -> &str;

    /// The path of the target, before a router removed a part of it.
    fn path(&self) -> &str;

    /// The query of the target, without its `?`.
    fn query(&self) -> Option<&str>;

    /// The scheme of the target, where it has one.
    fn scheme(&self) -> Option<&str>;

    /// The authority of the target, where it has one: `:authority` of HTTP/2.
    fn authority(&self) -> Option<&str>;

    /// The version of the protocol, where it is known.
    fn version(&self) -> Option<HttpVersion>;

    /// The address at the other end of the connection, where it is known.
    fn peer(&self) -> Option<SocketAddr>;

    /// The template of the route, where it is known already.
    fn route(&self) -> Option<&str>;
}

/// Reads a request that a client is about to send.
pub trait HttpClientRequest: HttpHeaders {
    /// The method.
    fn method(&self) -> &str;

    /// The absolute URL.
    fn url(&self) -> Cow<'_, str>;

    /// The scheme of the URL.
    fn scheme(&self) -> &str;

    /// The host of the URL. An IPv6 literal may have its brackets.
    fn host(&self) -> &str;

    /// The port of the URL, if it has one.
    fn port(&self) -> Option<u16>;

    /// The template that the user says the URL was made from.
    fn template(&self) -> Option<&str> {
        None
    }

    /// How often the request was sent before.
    fn resend_count(&self) -> u32 {
        0
    }
}

/// Reads a response, when its headers are known.
pub trait HttpResponse: HttpHeaders {
    /// The status code.
    fn status(&self) -> u16;

    /// The version of the protocol, where it is known.
    fn version(&self) -> Option<HttpVersion> {
        None
    }

    /// The address at the other end of the connection, where it is known.
    fn peer(&self) -> Option<SocketAddr> {
        None
    }
}

/// The value of a header, as the bytes that were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpHeaderValue<'a> {
    bytes: &'a [u8],
    is_sensitive: bool,
}

impl<'a> HttpHeaderValue<'a> {
    /// A value of these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, is_sensitive: false }
    }

    /// Marks the value as sensitive, or not: a sensitive one is masked wherever it is recorded.
    #[must_use]
    pub const fn with_sensitive(mut self, is_sensitive: bool) -> Self {
        self.is_sensitive = is_sensitive;
        self
    }

    /// Whether the value is marked as sensitive.
    #[must_use]
    pub const fn is_sensitive(self) -> bool {
        self.is_sensitive
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The value, if it consists of visible ASCII characters, spaces and tabs.
    #[must_use]
    pub fn to_str(self) -> Option<&'a str> {
        let is_text = |byte: &u8| matches!(*byte, b' '..=b'~' | b'\t');
        self.bytes.iter().all(is_text).then(|| std::str::from_utf8(self.bytes).ok()).flatten()
    }

    /// The value as text. Bytes that are no UTF-8 become replacement characters.
    #[must_use]
    pub fn to_text(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes)
    }
}

/// A version of HTTP.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HttpVersion {
    /// HTTP/0.9
    Http09,
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    Http2,
    /// HTTP/3
    Http3,
}

impl HttpVersion {
    /// The version as `network.protocol.version` has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http09 => "0.9",
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2",
            Self::Http3 => "3",
        }
    }
}

/// Headers as a carrier that a propagator reads.
///
/// A field that was sent several times gives all of its values in order. Values that are not
/// visible ASCII count as absent.
pub(super) struct HeadersExtractor<'a, H>(pub(super) &'a H);

impl<H: HttpHeaders> Extractor for HeadersExtractor<'_, H> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.header(key)?.to_str()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.all_headers().map(|(name, _)| name).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let mut values = self.0.headers(key).map(HttpHeaderValue::to_str).peekable();
        values.peek()?;
        values.collect()
    }
}

/// Headers as a carrier that a propagator writes. An empty field is left out.
pub(super) struct HeadersInjector<'a, H>(pub(super) &'a mut H);

impl<H: HttpHeadersMut> Injector for HeadersInjector<'_, H> {
    fn set(&mut self, key: &str, value: String) {
        if !value.is_empty() {
            self.0.set_header(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_visible_ascii_and_spaces() {
        for (bytes, text) in [
            (&b"a b\tc~"[..], Some("a b\tc~")),
            (b"", Some("")),
            (b"a\x7f", None),
            (b"a\nb", None),
            ("ü".as_bytes(), None),
        ] {
            assert_eq!(HttpHeaderValue::new(bytes).to_str(), text);
        }
        assert_eq!(HttpHeaderValue::new("ü".as_bytes()).to_text(), "ü");
        assert_eq!(HttpHeaderValue::new(b"a\xff").to_text(), "a\u{fffd}");
    }
}
