//! The tests of this crate from outside, in one binary.

mod mysql;
mod strings;
mod vectors;
