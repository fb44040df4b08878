//! The official driver: its events as the recorder's, and its options.
//!
//! This text is compiled once for each line of the driver's versions. What differs between them is
//! in the `line` beside it.
//!
//! `handlers` puts two closures into a client's options, one for commands and one for pools.
//! `events` and `failure` turn what they get into plain data, and the recorder does the rest.

mod builder;
mod events;
mod failure;
mod handlers;

use super::{DriverOptions, line, mongodb};

pub use builder::OtelEventHandlersBuilder;
pub use handlers::{OtelEventHandlers, builder, instrument};
