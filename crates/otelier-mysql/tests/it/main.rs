//! The tests of this crate from outside, in one binary. What allocations a query makes is counted
//! in another one, `allocations`, which counts those of its whole process.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod mysql_0_36;
mod mysql_0_37;
#[path = "../../benches/mysql_query/stub.rs"]
mod stub;
