//! A layer for [axum](https://docs.rs/axum) routers: one SERVER span and its metrics for each
//! request.
//!
//! ```
//! use axum::{Router, routing::get};
//! use otelier::axum::OtelLayer;
//!
//! let app: Router = Router::new()
//!     .route("/users/{id}", get(|| async { "hello" }))
//!     .layer(OtelLayer::new()); // after the routes: requests that no route matches are seen too
//!
//! // With connect info, spans have the client's address.
//! let app = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
//! # drop(app);
//! ```
//!
//! `OtelLayer::builder()` has a setter for each choice that differs from that of
//! [`init`](crate::init):
//!
//! ```
//! use otelier::axum::OtelLayer;
//!
//! let layer = OtelLayer::builder()
//!     .with_filter(|request| request.uri.path() != "/healthz") // no span, no metrics
//!     .with_captured_request_headers(["x-request-id"])
//!     .build();
//! # drop(layer);
//! ```
//!
//! # What is emitted
//!
//! | signal | name |
//! |---|---|
//! | SERVER span | `{method} {route}`, or `{method}` without a route |
//! | histogram, s | `http.server.request.duration` |
//! | up-down counter | `http.server.active_requests`, if experimental telemetry is on |
//! | histograms, By | `http.server.request.body.size`, `http.server.response.body.size`, if it is on |
//!
//! The table of attributes is in the documentation of
//! [`otelier-tower`](https://docs.rs/otelier-tower).

#[doc(inline)]
pub use otelier_tower::axum::*;
