//! What an integration is written with: everything here is public, and Otelier's own integrations use nothing else.

mod carrier;
mod carry;
mod catch_panic;
pub(crate) mod change;
mod error_type;
mod from_settings;
pub(crate) mod instrumenter;
pub(crate) mod integration;
mod operation;
mod providers;
mod resolved;
mod setters;
pub(crate) mod span;
pub(crate) mod state;
pub mod value;

pub use carrier::{FieldList, HeaderExtractor, HeaderInjector};
pub use carry::carry_context;
pub use catch_panic::catch_panic;
pub use error_type::ErrorType;
pub use from_settings::FromSettings;
pub use instrumenter::{EnabledSignals, Instrumenter, Instruments};
pub use integration::{Integration, scope_of};
pub use operation::{Operation, drive, enter};
pub use providers::{Providers, announce_providers};
