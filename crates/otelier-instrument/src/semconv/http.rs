//! HTTP: the operation of a server and that of a client.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/http/>.

mod client;
mod config;
mod forwarded;
mod headers;
mod instruments;
mod method;
mod name;
mod server;

pub use client::{HttpClient, HttpClientOperation, HttpClientRequest, HttpClientResponse};
pub use config::HttpOptions;
pub use server::{HttpServer, HttpServerOperation, HttpServerRequest};

use std::fmt::Write;
use std::net::IpAddr;

use ::http::{StatusCode, Version};
use arrayvec::ArrayString;
use opentelemetry::StringValue;

use crate::kit::ErrorType;
use crate::kit::intern::shared;

/// `network.protocol.version`, where it is one that a connection can have told.
fn protocol_version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

/// `error.type` of a response whose status is itself the failure.
fn status_error(status: StatusCode) -> ErrorType {
    ErrorType::from_code(status.as_str())
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
