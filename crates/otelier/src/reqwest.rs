//! A middleware for [reqwest](https://docs.rs/reqwest): one CLIENT span and its metrics for each
//! request, and the trace's context in its headers.
//!
//! ```
//! use otelier::reqwest::{OtelMiddleware, UrlTemplate};
//!
//! # async fn example() -> Result<(), reqwest_middleware::Error> {
//! let http = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
//!     .with(OtelMiddleware::new())
//!     .build();
//!
//! let user = http
//!     .get("https://example.com/users/7")
//!     .with_extension(UrlTemplate::new("/users/{id}")) // optional: names the span `GET /users/{id}`
//!     .send()
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is emitted
//!
//! | signal | name |
//! |---|---|
//! | CLIENT span | `{method}`, or `{method} {template}` with a [`UrlTemplate`] |
//! | histogram, s | `http.client.request.duration` |
//! | histograms, By | `http.client.request.body.size`, `http.client.response.body.size`, if experimental telemetry is on |
//!
//! The table of attributes is in the documentation of
//! [`otelier-reqwest`](https://docs.rs/otelier-reqwest).

#[doc(inline)]
pub use otelier_reqwest::{
    DisablePropagation, OtelMiddleware, OtelMiddlewareBuilder, UrlTemplate, recorder,
};
