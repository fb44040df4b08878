//! HTTP from end to end: real processes, a real OTLP receiver, and services that call each other.
#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml exempts test functions, not the helpers beside them"
)]

mod delivery;
mod filters;
mod secrets;
mod services;
mod support;
mod tracing_spans;
mod variables;
