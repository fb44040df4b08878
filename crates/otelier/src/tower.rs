//! A layer for any [tower](https://docs.rs/tower) service of HTTP requests: one SERVER span and its
//! metrics for each request.
//!
//! ```
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use otelier::tower::OtelLayer;
//! use tower::ServiceBuilder;
//!
//! # use bytes::Bytes;
//! # async fn hello(_: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, std::io::Error> {
//! #     Ok(Response::default())
//! # }
//! let service = ServiceBuilder::new().layer(OtelLayer::new()).service_fn(hello);
//! # drop(service);
//! ```
//!
//! What is emitted is the same as for [axum](crate::axum). The layer does not know the route of a
//! request, and the client's address only from [`PeerAddress`], an extension of the request that
//! your server sets.
//!
//! It serves tower 0.4 as well as 0.5. The feature `tower-0_4` adds that a timeout of tower 0.4 is
//! reported as one, and not as `_OTHER`.

#[doc(inline)]
pub use otelier_tower::*;
