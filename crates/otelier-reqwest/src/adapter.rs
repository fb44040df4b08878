//! Maps reqwest and reqwest-middleware to the recorder.

mod body;
mod builder;
mod error;
mod extension;
mod line;
mod message;
mod middleware;

pub use builder::OtelMiddlewareBuilder;
pub use extension::{DisablePropagation, UrlTemplate};
pub use middleware::OtelMiddleware;
