//! The getters, of the types of the crate [`http`].

use std::net::SocketAddr;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, Version, request, response};

use super::message::{
    HttpHeaderValue, HttpHeaders, HttpHeadersMut, HttpResponse, HttpServerRequest, HttpVersion,
};

impl<'a> From<&'a HeaderValue> for HttpHeaderValue<'a> {
    fn from(value: &'a HeaderValue) -> Self {
        Self::new(value.as_bytes()).with_sensitive(value.is_sensitive())
    }
}

impl HttpVersion {
    /// The version that `version` is; `None` for one that is not known here.
    #[must_use]
    pub fn of(version: Version) -> Option<Self> {
        match version {
            Version::HTTP_09 => Some(Self::Http09),
            Version::HTTP_10 => Some(Self::Http10),
            Version::HTTP_11 => Some(Self::Http11),
            Version::HTTP_2 => Some(Self::Http2),
            Version::HTTP_3 => Some(Self::Http3),
            _ => None,
        }
    }
}

impl HttpHeaders for HeaderMap {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        self.get_all(name).into_iter().map(HttpHeaderValue::from)
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        self.iter().map(|(name, value)| (name.as_str(), value.into()))
    }

    fn header(&self, name: &str) -> Option<HttpHeaderValue<'_>> {
        self.get(name).map(HttpHeaderValue::from)
    }
}

impl HttpHeadersMut for HeaderMap {
    fn set_header(&mut self, name: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.insert(name, value);
        }
    }

    fn remove_header(&mut self, name: &str) {
        self.remove(name);
    }
}

/// Reads the headers of a type through its field or method `headers`.
macro_rules! headers_of {
    ($self:ident => $headers:expr) => {
        fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
            let $self = self;
            HttpHeaders::headers($headers, name)
        }

        fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
            let $self = self;
            HttpHeaders::all_headers($headers)
        }

        fn header(&self, name: &str) -> Option<HttpHeaderValue<'_>> {
            let $self = self;
            HttpHeaders::header($headers, name)
        }
    };
}

impl HttpHeaders for request::Parts {
    headers_of!(this => &this.headers);
}

impl<B> HttpHeaders for Request<B> {
    headers_of!(this => this.headers());
}

impl HttpHeaders for response::Parts {
    headers_of!(this => &this.headers);
}

impl<B> HttpHeaders for Response<B> {
    headers_of!(this => this.headers());
}

/// Knows neither the address of the client nor the route.
impl HttpServerRequest for request::Parts {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        self.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    fn scheme(&self) -> Option<&str> {
        self.uri.scheme_str()
    }

    fn authority(&self) -> Option<&str> {
        self.uri.authority().map(http::uri::Authority::as_str)
    }

    fn version(&self) -> Option<HttpVersion> {
        HttpVersion::of(self.version)
    }

    fn peer(&self) -> Option<SocketAddr> {
        None
    }

    fn route(&self) -> Option<&str> {
        None
    }
}

impl HttpResponse for response::Parts {
    fn status(&self) -> u16 {
        self.status.as_u16()
    }

    fn version(&self) -> Option<HttpVersion> {
        HttpVersion::of(self.version)
    }
}

impl<B> HttpResponse for Response<B> {
    fn status(&self) -> u16 {
        Response::status(self).as_u16()
    }

    fn version(&self) -> Option<HttpVersion> {
        HttpVersion::of(Response::version(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_cannot_be_are_left_out() {
        let mut headers = HeaderMap::new();
        headers.set_header("bad name", "v".to_owned());
        headers.set_header("good", "line\nbreak".to_owned());
        assert!(headers.is_empty());
    }

    #[test]
    fn a_repeated_header_gives_every_value() {
        let mut headers = HeaderMap::new();
        headers.append("a", HeaderValue::from_static("1"));
        headers.append("a", HeaderValue::from_static("2"));
        let values: Vec<_> =
            HttpHeaders::headers(&headers, "A").map(HttpHeaderValue::as_bytes).collect();
        assert_eq!(values, [b"1", b"2"]);
        assert_eq!(headers.all_headers().count(), 2);
        assert_eq!(HttpHeaders::header(&headers, "b"), None);
    }
}
