//! What a user of the middleware can rely on, shown against a real server. Compiled once for each
//! line of reqwest's versions.

mod attempts;
mod body;
mod configuration;
mod contained;
mod outcomes;
mod payloads;
mod propagation;
mod secrets;
mod support;
mod targets;

use super::{otelier_reqwest, reqwest, reqwest_middleware, reqwest_retry};
