//! `otelier::mysql` against a real server, judged by what a real OTLP receiver got.
// Tests fail by panicking, and `workload` is one program twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::duplicate_mod)]

mod failures;
mod operations;
mod options;
mod pools;
mod results;
mod secrets;
mod support;
mod transactions;
mod workload;
