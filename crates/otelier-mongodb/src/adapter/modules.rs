//! The official driver: its events as the recorder's, and its options.
//!
//! This text is compiled once for each line of the driver's versions. What differs between them is
//! in the `line` beside it.
//!
//! `handlers` puts closures into a client's options: for commands, for pools, and for what the
//! driver finds out about its servers. `events` and `failure` turn what they get into plain data,
//! and the recorder does the rest. `call` goes around a call, for what has no event.
//!
//! `events`, `failure` and the `chain` of each line are also what `cargo otelier` puts into the
//! driver. So they name nothing but what is beside them, and use no syntax of edition 2024.

mod builder;
mod call;
mod events;
mod failure;
mod handlers;

use otelier_instrument::ErrorType;

use super::{DriverOptions, line, mongodb};
use crate::{document_reader, recorder};

pub use builder::OtelEventHandlersBuilder;
pub use call::{CallTarget, traced, traced_sync};
pub use handlers::{OtelEventHandlers, builder, instrument};
