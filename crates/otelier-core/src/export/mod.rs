//! The exporters of each signal: OTLP over HTTP and gRPC, and what watches over them.

mod grpc;
mod health;
mod http;
mod otlp;
mod own_thread;

pub(crate) use self::grpc::ExportRuntime;
pub(crate) use self::health::Health;
pub(crate) use self::otlp::{OtlpExporters, RuntimeSlot};
pub(crate) use self::own_thread::ExceptExporter;
