//! The official driver, version 3: its events as the recorder's, and its options.

mod builder;
mod chain;
mod events;
mod failure;
mod handlers;
mod own_instrumentation;

pub use builder::OtelEventHandlersBuilder;
pub use handlers::{OtelEventHandlers, builder, instrument};
