//! What depends on the settings of the process, or counts its allocations exactly.
//!
//! A binary of its own: the settings that it installs would change what other tests record. Its two
//! tests take turns.
#![cfg(feature = "sqs")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allocations;
mod settings;
#[path = "../it/support.rs"]
mod support;

/// The settings of the process belong to the test that holds this.
static SETTINGS: std::sync::Mutex<()> = std::sync::Mutex::new(());
