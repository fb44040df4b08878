//! The crate as a user sees it: a layer in a subscriber, and whole processes.

// Helpers of tests panic as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../benches/traced_request/workload.rs"]
mod workload;

mod cost;
mod events;
mod nesting;
mod process;
mod support;
