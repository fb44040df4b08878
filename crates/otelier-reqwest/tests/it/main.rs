//! The same tests for each line of reqwest's versions.
// A helper of tests fails by panicking.
#![allow(clippy::expect_used)]

mod reqwest_0_12;
mod reqwest_0_13;
