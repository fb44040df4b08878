//! Reads a request and a response of reqwest for the recorder.

use std::borrow::Cow;
use std::net::SocketAddr;

use otelier_instrument::semconv::http::{
    HttpClientRequest, HttpHeaderValue, HttpHeaders, HttpResponse, HttpVersion,
};
use reqwest::{Request, Response};

/// A request, with what its extensions say of it.
pub(crate) struct ClientRequest<'a> {
    pub(crate) request: &'a Request,
    pub(crate) template: Option<&'a str>,
    pub(crate) resend_count: u32,
}

impl HttpHeaders for ClientRequest<'_> {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        self.request.headers().headers(name)
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        self.request.headers().all_headers()
    }
}

impl HttpClientRequest for ClientRequest<'_> {
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

    fn resend_count(&self) -> u32 {
        self.resend_count
    }
}

/// A response.
pub(crate) struct ClientResponse<'a>(pub(crate) &'a Response);

impl HttpHeaders for ClientResponse<'_> {
    fn headers(&self, name: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
        self.0.headers().headers(name)
    }

    fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
        self.0.headers().all_headers()
    }
}

impl HttpResponse for ClientResponse<'_> {
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
