//! Databases: the operation of a client, and the metrics of its connection pool.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/database/>.

mod client;
mod failure;
mod pool;
mod system;
#[cfg(test)]
mod tests;
mod unreachable;

pub use client::{DbClient, DbOperation, DbRequest};
pub use failure::{DbCode, DbFailure};
pub use pool::{DbPool, DbPoolSource, DbPoolState, DbPools};
pub use system::DbSystem;
pub use unreachable::SERVER_UNREACHABLE;
