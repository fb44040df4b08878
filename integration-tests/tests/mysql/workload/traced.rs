//! The program with ours.

pub(super) use otelier::mysql;

#[path = "program.rs"]
pub(super) mod program;
