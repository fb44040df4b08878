//! What instrumented libraries call in a program that `cargo otelier` builds.
//!
//! `cargo otelier` compiles a library such as axum from a copy with a few edits. The code that it
//! adds there calls this crate, which decides as the layers and wrappers of Otelier do: it drives
//! the recorders of `otelier-tower`, `otelier-reqwest` and their kin. Programs never name it.
//!
//! ```
//! use otelier_agent::client::{self, REQWEST};
//! use otelier_agent::{ClientRequest, HttpHeaderValue, HttpHeaders, Response};
//!
//! struct NoHeaders;
//!
//! impl HttpHeaders for NoHeaders {
//!     fn headers(&self, _: &str) -> impl Iterator<Item = HttpHeaderValue<'_>> {
//!         std::iter::empty()
//!     }
//!     fn all_headers(&self) -> impl Iterator<Item = (&str, HttpHeaderValue<'_>)> {
//!         std::iter::empty()
//!     }
//! }
//!
//! fn send(work: impl FnOnce() -> u16) -> u16 {
//!     let mut request = REQWEST.start(&ClientRequest {
//!         method: "GET",
//!         url: "http://example.com/",
//!         scheme: "http",
//!         host: "example.com",
//!         port: None,
//!         headers: NoHeaders,
//!     });
//!     let status = client::Request::poll(&mut request, work);
//!     if let Some(mut request) = request {
//!         let response = Response { status, version: None, peer: None, headers: NoHeaders };
//!         let _ends_with_body = request.set_response(&response);
//!         let _none = request.observe_body(false, Some(0));
//!     }
//!     status
//! }
//! ```
//!
//! # What hooks may rely on
//!
//! The crate is compiled from a dependency graph of its own, so its API has types of `std` and its
//! own only: the program's `http` or `axum` are other crates than those that are compiled here.
//!
//! - **The first hook sets telemetry up**, from the environment as it is then. When the process
//!   ends, `otelier-core` delivers what is pending.
//! - **Builds are left alone.** In build scripts, procedural macros and the compiler, no hook does
//!   anything.
//! - **Off is cheap.** With `OTELIER_SWITCH_OFF` a hook loads one atomic.
//! - **Nothing is copied that is not recorded.** Headers are looked up where they are.
//! - **A panic in here does not leave.** A panic of the library's or the user's own work does, as
//!   without hooks, and is recorded.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "aws")]
pub mod aws;
mod body;
pub mod client;
mod context;
mod inert;
mod integration;
mod message;
pub mod mongodb;
pub mod mysql;
mod process;
pub mod server;
pub mod sqlx;
#[cfg(test)]
mod test_support;

pub use body::{ObserveBody, RequestBody, ResponseBody};
pub use context::Captured;
pub use message::{ClientRequest, Response, ServerRequest};
#[doc(no_inline)]
pub use otelier_instrument::semconv::http::{
    HttpHeaderValue, HttpHeaders, HttpHeadersMut, HttpVersion,
};
#[doc(no_inline)]
pub use otelier_instrument::{ErrorType, catch_panic};
pub use process::{is_on, signal_handled};
