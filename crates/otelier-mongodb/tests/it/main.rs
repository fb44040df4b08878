//! What the handlers record of the driver's events, against a server with scripted answers.
// A helper of tests fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod chaining;
mod commands;
mod cursors;
mod endings;
mod filters;
mod mongodb_2_8;
mod payloads;
mod pools;
mod secrets;
mod support;
mod unreachable;
