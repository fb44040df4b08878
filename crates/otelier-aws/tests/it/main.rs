//! Calls of the SDK against a service in the test, judged by what was captured.
//!
//! The recorder's tests are beside it, and need no SDK.
#![cfg(feature = "sqs")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod instrumented_twice;
#[cfg(all(feature = "sns", feature = "dynamodb", feature = "s3"))]
mod readme;
#[cfg(feature = "s3")]
mod s3_addresses;
#[cfg(feature = "sns")]
mod skipped_fields;
#[cfg(feature = "sns")]
mod sns_publish;
mod sqs_poll;
mod sqs_process;
mod sqs_send;
mod support;
mod telemetry_panics;
#[cfg(feature = "s3")]
mod unsent;
#[cfg(feature = "sns")]
mod wire;
