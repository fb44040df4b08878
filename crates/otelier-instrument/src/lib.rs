//! The API side of Otelier: what every integration shares.
//!
//! An integration maps its library's types to an *operation* and never writes an attribute key itself:
//!
//! ```
//! use http::{HeaderMap, Method, StatusCode, Uri, Version};
//! use otelier_instrument::semconv::http::{HttpOptions, HttpServer, HttpServerRequest};
//! use otelier_instrument::{Operation, Providers, scope};
//!
//! let server = HttpServer::new(scope!(), Providers::default(), HttpOptions::default());
//!
//! let (uri, headers) = (Uri::from_static("/users/7"), HeaderMap::new());
//! let mut operation = server.start(&HttpServerRequest {
//!     method: &Method::GET,
//!     uri: &uri,
//!     version: Version::HTTP_11,
//!     headers: &headers,
//!     peer: None,
//!     route: Some("/users/{id}"),
//! });
//! {
//!     let _attached = operation.context().clone().attach();
//!     // The work; what it starts is a child of the operation's span.
//! }
//! operation.set_response(StatusCode::OK, &headers);
//! operation.end();
//! ```
//!
//! An operation starts with what a sampler may look at, is told the rest on the way, and ends once. From the same
//! values it writes the span *and* the metrics. Dropped without an end, it ends itself as `cancelled`, or as `panic`
//! while its thread unwinds. Where nobody records, it costs next to nothing and passes the context on.
//!
//! | module | holds |
//! |---|---|
//! | [`semconv`] | every attribute key and metric name, and the operations |
//! | [`settings`] | what the user configured for all integrations, as plain data |
//! | [`propagation`] | carriers for HTTP headers |
//! | [`redact`] | what may leave of URLs and headers |
//!
//! This crate depends on the OpenTelemetry API only: no SDK, no exporter, no TLS.

mod carry;
mod contain;
mod derived;
mod error_type;
mod instrumenter;
mod intern;
mod life;
mod operation;
mod pace;
pub mod propagation;
mod providers;
pub mod redact;
pub mod semconv;
mod setters;
pub mod settings;
mod span;

pub use carry::carry_context;
pub use contain::contain;
pub use error_type::ErrorType;
pub use instrumenter::scope_of;
pub use operation::{Operation, drive, enter};
pub use pace::announce_providers;
pub use providers::Providers;
