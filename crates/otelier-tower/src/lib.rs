//! OpenTelemetry for tower HTTP servers: one SERVER span and its metrics for each request.
//!
//! For axum, with the feature `axum`:
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
//! ```
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use otelier_tower::OtelLayer;
//! use tower::ServiceBuilder;
//!
//! # async fn hello(_: Request<Full<bytes::Bytes>>) -> Result<Response<Full<bytes::Bytes>>, std::io::Error> {
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
//! | `error.type` | on failure | on failure | the status if 5xx, `cancelled`, `panic`, or the error's type |
//! | `server.address`, `server.port` | yes | | `Forwarded`, `X-Forwarded-Host`, authority, `Host` |
//! | `client.address` | if known | | `Forwarded`, `X-Forwarded-For`, else the peer |
//! | `network.peer.address`, `network.peer.port` | if known | | axum: serve with connect info; else [`PeerAddress`] |
//! | `network.protocol.version` | yes | yes | |
//! | `user_agent.original` | if sent | | |
//! | `http.request.header.<name>`, `http.response.header.<name>` | if allowed | | secret ones masked |
//! | `http.request.body.size`, `http.response.body.size` | with experimental telemetry | | |
//!
//! The status is an error for a 5xx response, a cancelled, failed or panicked request; it is unset otherwise.
//! Source: <https://opentelemetry.io/docs/specs/semconv/http/>.
//!
//! # When a request ends
//!
//! With the last byte of its response's body, or its trailers. A body that knows its own size is handed on as it is, and
//! the request ends with the response's head: all of its size counts as sent. A client that goes away drops the future or the body: `cancelled`. A panic is seen
//! where it passes through the layer, also if something further out catches it: `panic`.
//!
//! # Where to put the layer
//!
//! Outermost, so that it sees all the time a request takes. With axum, `.layer(…)` on the outer `Router` sees every
//! route, fallback and 405. What it cannot see is the route inside a `nest_service`, or any route if it is wrapped
//! around the whole `Router`; another `OtelLayer` inside tells it, and opens no second span of its own.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod adapt;
#[cfg(feature = "axum")]
pub mod axum;
mod body;
mod builder;
mod future;
mod getter;
mod layer;
mod request;
mod service;
mod slot;

pub use adapt::{Http, PeerAddress};
pub use body::OtelBody;
pub use future::ResponseFuture;
pub use otelier_instrument::carry_context;
pub use service::OtelService;

/// Traces the requests of any tower service of `http` requests, and measures them.
pub type OtelLayer = layer::OtelLayer<Http>;

/// Builds an [`OtelLayer`].
pub type OtelLayerBuilder = builder::OtelLayerBuilder<Http>;
