//! A middleware for [reqwest](https://docs.rs/reqwest/0.12) 0.12, with reqwest-middleware 0.3 or
//! 0.4: one CLIENT span and its metrics for each request, and the trace's context in its headers.
//!
//! ```
//! # use {reqwest_0_12 as reqwest, reqwest_middleware_0_4 as reqwest_middleware};
//! use otelier::reqwest_0_12::{OtelMiddleware, UrlTemplate};
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
//! What is emitted is the same as for reqwest 0.13, whose module is `reqwest`.
//!
//! Cargo takes reqwest-middleware 0.4 for it. If your program has 0.3, the compiler says that
//! `OtelMiddleware` does not implement `Middleware`, until both have one version:
//! `cargo update reqwest-middleware@0.4.2 --precise 0.3.3`.

#[doc(inline)]
pub use otelier_reqwest::reqwest_0_12::*;
