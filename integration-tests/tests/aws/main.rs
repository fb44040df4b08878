//! `otelier::aws` against a real server of AWS's protocols, judged by what an OTLP receiver got.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod connections;
mod databases;
mod failures;
mod limits;
mod objects;
mod payloads;
mod processing;
mod queues;
mod support;
mod topics;
mod xray;
