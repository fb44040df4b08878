//! A layer for [axum](https://docs.rs/axum/0.7) 0.7 routers: one SERVER span and its metrics for
//! each request.
//!
//! ```
//! # use axum_0_7 as axum;
//! use axum::{Router, routing::get};
//! use otelier::axum_0_7::OtelLayer;
//!
//! let app: Router = Router::new()
//!     .route("/users/:id", get(|| async { "hello" }))
//!     .layer(OtelLayer::new()); // after the routes: requests that no route matches are seen too
//!
//! // With connect info, spans have the client's address.
//! let app = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
//! # drop(app);
//! ```
//!
//! `OtelLayer::builder()` has a setter for each choice that differs from that of
//! [`init`](crate::init). What is emitted is the same as for axum 0.8, whose module is `axum`.

#[doc(inline)]
pub use otelier_tower::axum_0_7::*;
