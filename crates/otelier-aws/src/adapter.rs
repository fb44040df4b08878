//! Maps the AWS SDK's types to the recorder: interceptor, HTTP client, identity cache, services.

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
