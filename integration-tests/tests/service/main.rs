//! A whole service with secrets planted wherever it has values, judged by all that leaves it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and a program talks to its caller"
)]

mod child;
mod run;
mod secrets;

/// The service itself, as a process of its own: telemetry is set up once per process.
#[test]
#[ignore = "the other tests run it, in processes of their own"]
fn child() {
    child::run();
}
