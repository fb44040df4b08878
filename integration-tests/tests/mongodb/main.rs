//! `otelier::mongodb` against a real server, judged by what a real OTLP receiver got.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod cursors;
mod endings;
mod operations;
mod pools;
mod secrets;
mod support;
mod transactions;
mod workload;
