//! Maps reqwest and reqwest-middleware to the recorder.
//!
//! This text is compiled once for each line of reqwest's versions. What differs between them is in
//! the `line` beside it.

mod body;
mod builder;
mod error;
mod message;
mod middleware;

use super::{line, reqwest, reqwest_middleware};

pub use crate::extension::{DisablePropagation, UrlTemplate};

pub use builder::OtelMiddlewareBuilder;
pub use middleware::OtelMiddleware;
