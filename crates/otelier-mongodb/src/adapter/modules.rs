//! The official driver: its events as the recorder's, and its options.
//!
//! This text is compiled once for each line of the driver's versions. What differs between them is
//! in the `line` beside it.
//!
//! `handlers` puts closures into a client's options: for commands, for pools, and for what the
//! driver finds out about its servers. `events` and `failure` turn what they get into plain data,
//! and the recorder does the rest. `call` goes around a call, for what has no event.

mod builder;
mod call;
mod events;
mod failure;
mod handlers;

use super::{DriverOptions, line, mongodb};

pub use builder::OtelEventHandlersBuilder;
pub use call::{CallTarget, traced};
pub use handlers::{OtelEventHandlers, builder, instrument};
