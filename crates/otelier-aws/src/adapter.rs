//! Maps the AWS SDK's types to the recorder: interceptor, HTTP client, identity cache, services.
//!
//! The SDK calls the hooks of `interceptor` in the course of each call. They turn what the SDK
//! shows into plain data for the recorder, which decides what is recorded. `call_state` keeps the
//! recorded call between the hooks, `outcome` reads how a call ended, and `services` knows the
//! types of the services that have attributes or messages of their own.
//!
//! `http_client` and `identity_cache` exist because hooks cannot make a span current: they run
//! before and after the work, not around it. Only a wrapper can attach the context to each poll.

mod builder;
mod call_state;
mod http_client;
mod identity_cache;
mod interceptor;
mod macros;
mod outcome;
pub mod private;
mod service;
pub(crate) mod services;

pub use builder::OtelInterceptorBuilder;
pub use interceptor::OtelInterceptor;
