//! The semantic conventions: every attribute key and metric name of the project, and an operation
//! for each domain.

pub mod attribute;
pub mod aws;
pub mod code;
pub mod db;
pub mod exception;
pub mod http;
pub mod messaging;
pub mod metric;
pub mod process;
pub mod resource;
pub mod rpc;

/// The version of the conventions that everything here follows.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.44.0";
