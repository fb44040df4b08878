//! Maps the AWS SDK's types to the recorder: interceptor, HTTP client, identity cache, services.
//!
//! The SDK calls the hooks of `interceptor` in the course of each call. `hooks` turns what the SDK
//! shows into plain data for the recorder, which decides what is recorded. `call_state` keeps the
//! recorded call between the hooks, `outcome` reads how a call ended, and `services` knows the
//! types of the services that have attributes or messages of their own.
//!
//! `cargo otelier` adds `hooks`, `outcome`, `service` and the files of the services to the SDK's
//! own crates, so they name the rest of Otelier by `names` alone, and are of the edition of 2021.
//!
//! `http_client` and `identity_cache` exist because hooks cannot make a span current: they run
//! before and after the work, not around it. Only a wrapper can attach the context to each poll.

mod builder;
mod call_state;
mod hooks;
mod http_client;
mod identity_cache;
mod interceptor;
mod macros;
mod names;
mod outcome;
pub mod private;
mod service;
pub(crate) mod services;

pub use builder::OtelInterceptorBuilder;
pub use interceptor::OtelInterceptor;
