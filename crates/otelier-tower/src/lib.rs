//! OpenTelemetry for tower HTTP servers: one SERVER span and its metrics for each request.
//!
//! For axum, with the feature `axum` (0.8) or `axum-0_7`:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Router, routing::get};
//! use otelier_tower::axum::OtelLayer;
//!
//! let app: Router = Router::new()
//!     .route("/users/{id}", get(|| async { "hello" }))
//!     .layer(OtelLayer::new());
//! ```
//!
//! For any other service of `http` requests:
//!
#![cfg_attr(feature = "tower", doc = "```")]
#![cfg_attr(not(feature = "tower"), doc = "```ignore")]
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use otelier_tower::OtelLayer;
//! use tower::ServiceBuilder;
//!
//! # async fn hello(
//! #     _: Request<Full<bytes::Bytes>>,
//! # ) -> Result<Response<Full<bytes::Bytes>>, std::io::Error> {
//! #     Ok(Response::default())
//! # }
//! let service = ServiceBuilder::new().layer(OtelLayer::new()).service_fn(hello);
//! ```
//!
//! # What is emitted
//!
//! | signal | name | remarks |
//! |---|---|---|
//! | SERVER span | `{method} {route}`, or `{method}` without a route | child of the context in the request's headers |
//! | histogram, s | `http.server.request.duration` | |
//! | up-down counter | `http.server.active_requests` | with experimental telemetry |
//! | histogram, By | `http.server.request.body.size`, `http.server.response.body.size` | with experimental telemetry |
//!
//! | attribute | on the span | on the duration | remarks |
//! |---|---|---|---|
//! | `http.request.method` | yes | yes | `_OTHER` if not a known one |
//! | `http.request.method_original` | if it differs | | |
//! | `url.scheme` | yes | yes | `Forwarded`, `X-Forwarded-Proto`, the URI, else the connection |
//! | `url.path` | yes | | |
//! | `url.query` | if there is one | | [masked](otelier_instrument::masking) |
//! | `http.route` | if one matched | if one matched | the template |
//! | `http.response.status_code` | yes | yes | |
//! | `error.type` | on an error | on an error | see below |
//! | `server.address`, `server.port` | if known | | `Forwarded`, `X-Forwarded-Host`, authority, `Host` |
//! | `client.address` | if known | | `Forwarded`, `X-Forwarded-For`, else the peer |
//! | `network.peer.address`, `network.peer.port` | if known | | axum: serve with connect info; else `PeerAddress` |
//! | `network.protocol.version` | yes | yes | |
//! | `user_agent.original` | if sent | | |
//! | `http.request.header.<name>`, `http.response.header.<name>` | if allowed | | secret ones masked |
//! | `http.request.body.size`, `http.response.body.size` | with experimental telemetry | | |
//! | `http.request.body`, `http.response.body` | with payload capture | | [masked and cut](otelier_instrument::payload) |
//!
//! `error.type` is the status if that is none of 100 to 499, `cancelled`, `panic`, or the type of
//! the
//! error that the service or the body returned. A boxed error is `timeout` if it is a timeout of
//! tower or of `std::io`, else `_OTHER`. The span's status is Error then, and unset otherwise.
//! Source: <https://opentelemetry.io/docs/specs/semconv/http/>.
//!
//! An error that a handler gives to [`record_error`] becomes the log record
//! `http.server.request.exception`, linked to the span, and describes the status of a request that
//! fails. Attributes of your own, and a response header with the trace id, are set on the builder.
//!
//! # When a request ends
//!
//! When the last byte of the response's body was sent, or its trailers. A body that knows its own
//! size is not wrapped, unless it is captured: the request ends when the response is returned, and
//! all of the body counts as sent. If the client disconnects, the future or the body is dropped:
//! `cancelled`. A panic in the service is `panic`, also if a layer further out catches it.
//!
//! # Where to put the layer
//!
//! Outermost, so that it measures all of the time that a request takes. With axum, `.layer(…)` on
//! the outer `Router` sees every route, the fallback and 405.
//!
//! The layer does not know the route of a request inside `nest_service`, or of any request if you
//! wrap the `Router` from outside. Add a second `OtelLayer` inside: it gives the outer one the
//! route and makes no second span.
//!
//! The layer for one version of axum does not compile on a router of the other; the compiler says
//! which feature to turn on. Nor does it for requests whose body is not axum's own, as around a
//! router or behind a layer that changes the body: [`OtelLayer`] takes any.
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `tower` | [`OtelLayer`] for any service of `http` requests; on by default |
//! | `axum` | [`axum::OtelLayer`] for axum 0.8 |
//! | `axum-0_7` | [`axum_0_7::OtelLayer`] for axum 0.7 |
//! | `tower-0_4` | [`OtelLayer`] takes services of tower 0.4 as it is; this tells their timeouts from other errors |
//!
//! Without any, there is only the [`recorder`], which depends on no HTTP library.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "tower")]
mod adapter;
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "axum-0_7")]
pub mod axum_0_7;
pub mod recorder;
#[cfg(feature = "tower")]
mod service;

#[cfg(feature = "tower")]
pub use adapter::{PeerAddress, ResponseObserver};
pub use otelier_instrument::carry_context;
pub use recorder::record_error;
#[cfg(feature = "tower")]
pub use service::{OtelBody, OtelLayer, OtelLayerBuilder, OtelService, ResponseFuture};
