//! The driver's version 3.
//!
//! The text of the adapter is compiled below this module, and finds by `super::` the driver, the
//! trait `DriverOptions`, and what is special about this line.

use ::mongodb;

use crate::catch::{catch_panic, warn_about_unknown_handler};

/// How an example uses `$name` of this line.
macro_rules! line_use {
    ($name:literal) => {
        concat!(
            "# mod otelier { pub use otelier_mongodb as mongodb; }\nuse otelier::mongodb::",
            $name,
            ";"
        )
    };
}

/// How an example finds one document in this line.
macro_rules! line_find_one {
    () => {
        "traced(\"find\", &products, products.find_one(doc! {})).await?;"
    };
}

mod chain;
mod own_instrumentation;

/// What differs between the lines of the driver's versions.
mod line {
    pub(super) use super::chain::{
        CmapEvent, CommandEvent, SdamEvent, chain_commands, chain_monitoring, chain_pools,
    };
    pub(super) use super::own_instrumentation::warn_about_double_instrumentation;
}

#[path = "adapter/modules.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every version of the driver")]
mod adapter;

pub use adapter::*;

/// The options of a client, which are [`ClientOptions`](mongodb::options::ClientOptions) of this
/// version of the driver and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are no options of a client of mongodb 3",
    label = "not the options of mongodb 3",
    note = "for mongodb 2.8, turn on the feature `mongodb-2_8` of `otelier` and use `otelier::mongodb_2_8`"
)]
pub trait DriverOptions: Sized {
    /// The same options with what `change` does to them.
    #[doc(hidden)]
    fn change(self, change: impl FnOnce(&mut mongodb::options::ClientOptions)) -> Self;
}

impl DriverOptions for mongodb::options::ClientOptions {
    fn change(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}
