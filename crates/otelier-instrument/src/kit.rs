//! What an integration is written with: everything here is public, and Otelier's own integrations use nothing else.

mod carrier;
mod carry;
mod catch_panic;
pub(crate) mod derived;
mod error_type;
pub(crate) mod instrumenter;
pub(crate) mod intern;
mod operation;
mod pace;
mod providers;
mod setters;
pub(crate) mod span;
pub(crate) mod state;

pub use carrier::{FieldList, HeaderExtractor, HeaderInjector};
pub use carry::carry_context;
pub use catch_panic::catch_panic;
pub use error_type::ErrorType;
pub use instrumenter::scope_of;
pub use operation::{Operation, drive, enter};
pub use pace::announce_providers;
pub use providers::Providers;
