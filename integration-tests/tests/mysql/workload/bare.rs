//! The program with the driver's types.

pub(super) use mysql_async as mysql;

#[path = "program.rs"]
pub(super) mod program;
