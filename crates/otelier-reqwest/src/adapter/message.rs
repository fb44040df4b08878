//! Reads a request and a response of reqwest for the recorder.

use std::borrow::Cow;
use std::net::SocketAddr;

use otelier_instrument::semconv::http::{
    HttpClientRequest, HttpHeaderValue, HttpHeaders, HttpResponse, HttpVersion,
};

use super::reqwest::{Request, Response};

/// A request, with the template that its extensions name.
pub(super) struct RequestReader<'a> {
    pub(super) request: &'a Request,
    pub(super) template: Option<&'a str>,
}

impl HttpHeaders for RequestReader<'_> {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        self.request.headers().headers(name)
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        self.request.headers().all_headers()
    }
}

impl HttpClientRequest for RequestReader<'_> {
    fn method(&self) -> &str {
        self.request.method().as_str()
    }

    fn url(&self) -> Cow<'_, str> {
        self.request.url().as_str().into()
    }

    fn scheme(&self) -> &str {
        self.request.url().scheme()
    }

    fn host(&self) -> &str {
        self.request.url().host_str().unwrap_or_default()
    }

    fn port(&self) -> Option<u16> {
        self.request.url().port()
    }

    fn template(&self) -> Option<&str> {
        self.template
    }
}

/// A response.
pub(super) struct ResponseReader<'a>(pub(super) &'a Response);

impl HttpHeaders for ResponseReader<'_> {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        self.0.headers().headers(name)
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        self.0.headers().all_headers()
    }
}

impl HttpResponse for ResponseReader<'_> {
    fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    fn version(&self) -> Option<HttpVersion> {
        HttpVersion::of(self.0.version())
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.0.remote_addr()
    }
}
