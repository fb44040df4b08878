//! What tests against real processes need, and the demo, which is such a test that one can watch.

pub mod demo;
mod diagnostics;
#[cfg(doctest)]
mod pages;
pub mod process;
pub mod program;
pub mod telemetry;
pub mod untouched;

pub use diagnostics::Diagnostics;
