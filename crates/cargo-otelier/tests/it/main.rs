//! `cargo otelier` with real cargo and rustc, on small crates in place of libraries and agent.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod agents;
mod building;
mod commands;
mod fallback;
mod graphs;
mod support;
mod wrappers;
