//! HTTP: the operation of a server and that of a client.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/http/>.

mod bodies;
mod client;
mod config;
mod forwarded;
mod headers;
#[cfg(feature = "http")]
mod http_crate;
mod instruments;
mod message;
mod method;
mod server;
mod span_name;
#[cfg(test)]
mod tests;

pub use client::{HttpClient, HttpClientOperation};
pub use config::HttpOptions;
pub use message::{
    HttpClientRequest, HttpHeaderValue, HttpHeaders, HttpHeadersMut, HttpResponse,
    HttpServerRequest, HttpVersion,
};
pub use server::{HttpServer, HttpServerOperation};

use std::fmt::Write;
use std::net::IpAddr;

use arrayvec::ArrayString;
use opentelemetry::StringValue;

use crate::kit::ErrorType;
use crate::kit::value::shared;

/// `error.type` of a response whose status is the error.
fn status_error(status: u16) -> ErrorType {
    ErrorType::from_code(status.to_string())
}

fn default_port(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

/// An IP address as text; one of IPv4 that came over an IPv6 socket as what it is.
fn address(ip: IpAddr) -> StringValue {
    // As long as an IPv6 address with an embedded IPv4 one can get.
    let mut text = ArrayString::<45>::new();
    match write!(text, "{}", ip.to_canonical()) {
        Ok(()) => shared(&text),
        Err(_) => StringValue::from(ip.to_string()),
    }
}
