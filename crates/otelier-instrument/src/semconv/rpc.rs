//! Remote procedure calls: the operation of a client.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/rpc/>.

mod client;
mod system;
#[cfg(test)]
mod tests;

pub use client::{RpcClient, RpcOperation, RpcRequest};
pub use system::RpcSystem;
