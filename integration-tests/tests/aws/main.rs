//! `otelier::aws` against a real server of AWS's protocols, judged by what a real OTLP receiver got.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod connections;
mod databases;
mod failures;
mod objects;
mod queues;
mod scopes;
mod support;
mod topics;
mod xray;
