//! The same for version 2.8 of the driver.
//!
//! ```
//! # mod otelier { pub use otelier_mongodb::mongodb_2_8; }
//! # use mongodb_2_8 as mongodb;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> mongodb::error::Result<()> {
//! use mongodb::{Client, options::ClientOptions};
//!
//! let options = ClientOptions::parse("mongodb://localhost:27017/shop").await?;
//! let client = Client::with_options(otelier::mongodb_2_8::instrument(options))?;
//! # Ok(())
//! # }
//! ```

use mongodb_2_8 as mongodb;

use crate::catch::catch_panic;

/// How an example uses `$name` of this line.
macro_rules! line_use {
    ($name:literal) => {
        concat!(
            "# mod otelier { pub use otelier_mongodb::mongodb_2_8; }\n",
            "# use mongodb_2_8 as mongodb;\nuse otelier::mongodb_2_8::",
            $name,
            ";"
        )
    };
}

/// How an example finds one document in this line.
macro_rules! line_find_one {
    () => {
        "traced(\"find\", &products, products.find_one(doc! {}, None)).await?;"
    };
}

mod chain;

/// What differs between the lines of the driver's versions.
mod line {
    pub(super) use super::chain::{
        CmapEvent, CommandEvent, SdamEvent, chain_commands, chain_monitoring, chain_pools,
    };

    /// This line has no instrumentation of its own.
    pub(super) fn warn_about_double_instrumentation() {}
}

#[path = "adapter/modules.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every version of the driver")]
mod adapter;

pub use adapter::*;

/// The options of a client, which are [`ClientOptions`](mongodb::options::ClientOptions) of this
/// version of the driver and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are no options of a client of mongodb 2.8",
    label = "not the options of mongodb 2.8",
    note = "for mongodb 3, turn on the feature `mongodb` of `otelier` and use `otelier::mongodb`"
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
