//! What a user of the middleware can rely on, shown against a real server.
// A helper of tests fails by panicking.
#![allow(clippy::expect_used)]

mod attempts;
mod body;
mod configuration;
mod contained;
mod outcomes;
mod propagation;
mod secrets;
mod support;
mod targets;
