//! What depends on the whole process: exact numbers of allocations, global providers and settings.
//!
//! A binary of its own with one test, since other tests beside it would change the numbers or see
//! the global providers.
// A helper of tests fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod allocations;
mod settings;
#[path = "../../benches/mongodb_command/workload.rs"]
mod workload;

#[test]
fn costs_are_exact_and_settings_apply() {
    // Without global providers first.
    allocations::check();
    settings::check();
}
