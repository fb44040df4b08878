//! The API side of Otelier: what every integration shares.
//!
//! An integration maps its library's types to an *operation* and never writes an attribute key itself:
//!
//! ```
//! use http::{Request, Response};
//! use otelier_instrument::semconv::http::{HttpOptions, HttpServer};
//! use otelier_instrument::{Operation, Providers, scope};
//!
//! let server = HttpServer::new(scope!(), Providers::default(), HttpOptions::default());
//!
//! let (request, _body) = Request::get("/users/7").body(())?.into_parts();
//! let mut operation = server.start(&request);
//! {
//!     let _attached = operation.context().clone().attach();
//!     // The work; what it starts is a child of the operation's span.
//! }
//! operation.set_route("/users/{id}");
//! operation.set_response(&Response::new(()));
//! operation.end();
//! # Ok::<_, http::Error>(())
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
//! | [`kit`] | what an integration is written with |
//! | [`masking`] | what may leave of URLs and headers |
//!
//! This crate depends on the OpenTelemetry API only: no SDK, no exporter, no TLS.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod kit;
pub mod masking;
pub mod semconv;
pub mod settings;

#[doc(no_inline)]
pub use kit::{
    ErrorType, Operation, Providers, announce_providers, carry_context, catch_panic, drive, enter,
    scope_of,
};
