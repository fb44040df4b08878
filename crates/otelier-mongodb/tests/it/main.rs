//! What the handlers make of the driver's events, against a server that answers as it is told.
// A helper of tests fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod chaining;
mod commands;
mod cursors;
mod endings;
mod filters;
mod pools;
mod secrets;
mod support;
