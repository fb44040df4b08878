//! What the layer records: exact spans and metrics for each outcome of a request.
// Helpers of tests fail by panicking.
#![allow(clippy::expect_used)]

mod attributes;
mod axum_0_7;
mod contained;
mod context;
mod errors;
mod lifecycle;
mod metrics;
mod off;
mod payloads;
mod routes;
mod secrets;
mod support;
mod tower;
mod tower_0_4;
mod wire;
