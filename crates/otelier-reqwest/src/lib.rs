//! OpenTelemetry traces, metrics and propagation for [`reqwest`], as a [`reqwest_middleware`].
//!
//! ```
//! use otelier_reqwest::{OtelMiddleware, UrlTemplate};
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
//! A CLIENT span for each request, named `{method}`, or `{method} {template}` with a
//! [`UrlTemplate`]. It is the parent of the spans that are started while the request is sent, and
//! its context is injected into the headers.
//!
//! | attribute | on the span | on the metrics | when |
//! |---|---|---|---|
//! | `http.request.method` | yes | yes | always; `_OTHER` unless known |
//! | `http.request.method_original` | yes | | where it differs |
//! | `server.address`, `server.port` | yes | yes | always |
//! | `url.full` | yes | | always; [masked](otelier_instrument::masking) |
//! | `url.template` | yes | yes | with a [`UrlTemplate`] |
//! | `http.response.status_code` | yes | yes | with a response |
//! | `network.protocol.version` | yes | yes | with a response |
//! | `network.peer.address`, `network.peer.port` | yes | | with a response, where reqwest knows it |
//! | `error.type` | yes | yes | on failure, see below |
//! | `otelier.cancelled` | yes | | `true` if the caller dropped the request |
//! | `http.request.resend_count` | yes | | from the second attempt on |
//! | `http.request.header.<name>`, `http.response.header.<name>` | yes | | for the headers that were asked for |
//! | `http.request.body.size`, `http.response.body.size` | yes | | with experimental telemetry, where known |
//! | `http.request.body`, `http.response.body` | yes | | with payload capture; [masked and cut](otelier_instrument::payload) |
//!
//! | metric | unit | |
//! |---|---|---|
//! | `http.client.request.duration` | s | always |
//! | `http.client.request.body.size`, `http.client.response.body.size` | By | with experimental telemetry, where known |
//!
//! `error.type` is the status from 400 on, and otherwise the first of these that is true of the
//! error: `timeout`, `dns`, `connect`, `redirect`, `decode`, `body`, `upgrade`, `builder`,
//! `request`, or `middleware` where it came from one below. The span's status is Error then. A
//! request that panicked below says `panic`. One whose future was dropped is no error: it has no
//! `error.type`, its span has `otelier.cancelled`, and the status is unset.
//!
//! Sources: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span> and
//! <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#http-client>.
//!
//! # Where to put it
//!
//! Behind a retry middleware there is one span for each attempt, with `http.request.resend_count`.
//! In front of it there is one span for all attempts. Put it last to record what is sent. reqwest
//! follows redirects itself: one span covers them all, with the URL of the first request and the
//! response to the last.
//!
//! Two middlewares of this type make one span for an attempt, if they see the same request value: a
//! retry between them sends a clone, which has a span of its own. The resend count starts anew
//! after an attempt that was answered with a status below 400.
//!
//! # When it ends
//!
//! A span ends when the headers of the response have arrived. With [`with_response_body`] it ends
//! with the body instead, and so does one whose response body is captured.
//!
//! # What it never does
//!
//! It does not change the response, returns no error of its own, and records no header that you did
//! not ask for. Values of those that you did are [masked](otelier_instrument::masking) if they are
//! secret. Without a provider it records nothing, and the current context is still injected if
//! there is a propagator.
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `reqwest` | [`OtelMiddleware`] for reqwest 0.13 and reqwest-middleware 0.5; on by default |
//! | `reqwest-0_12` | [`reqwest_0_12::OtelMiddleware`] for reqwest 0.12 and reqwest-middleware 0.3 or 0.4 |
//!
//! One program may use both. [`UrlTemplate`] and [`DisablePropagation`] are the same types in both.
//! A middleware does not fit a client of the other version:
//!
//! ```compile_fail,E0277
//! reqwest_middleware_0_4::ClientBuilder::new(reqwest_0_12::Client::new())
//!     .with(otelier_reqwest::OtelMiddleware::new()); // for reqwest 0.13
//! ```
//!
//! The compiler says that `OtelMiddleware` does not implement `Middleware`. It cannot name the
//! feature to turn on, since that trait is the library's own, and so is the method that asks for
//! it. For reqwest 0.12 turn on `reqwest-0_12` of `otelier` and take
//! `otelier::reqwest_0_12::OtelMiddleware`; for 0.13 it is `reqwest` and `otelier::reqwest`.
//!
//! Without any, there is only the [`recorder`], which depends on no HTTP library.
//!
//! [`with_response_body`]: OtelMiddlewareBuilder::with_response_body
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "reqwest", feature = "reqwest-0_12"))]
mod extension;
pub mod recorder;
#[cfg(feature = "reqwest-0_12")]
pub mod reqwest_0_12;
#[cfg(feature = "reqwest")]
mod reqwest_0_13;

#[cfg(feature = "reqwest")]
pub use reqwest_0_13::{DisablePropagation, OtelMiddleware, OtelMiddlewareBuilder, UrlTemplate};
