//! What integrations and domains are written with. Otelier's own use nothing that is not public
//! here.
//!
//! | to | there is |
//! |---|---|
//! | name an integration | [`integration!`](crate::integration!), [`scope!`](crate::scope!), [`Integration`] |
//! | let users choose where telemetry goes | [`Providers`], [`provider_setters!`](crate::provider_setters!) |
//! | follow the settings | [`FromSettings`], [`Settings`](crate::settings::Settings) |
//! | run the work of an operation | [`Operation`], [`enter`], [`drive`], [`carry_context`] |
//! | say how it ended | [`ErrorType`], [`Outcome`], [`Exception`] |
//! | carry context over HTTP or elsewhere | [`HeaderExtractor`], [`HeaderInjector`], [`FieldList`] |
//! | make attributes of outside text | [`value`] |
//! | write a domain | [`Instruments`], [`Instrumenter`], [`OperationSpan`], [`OperationState`], [`Recording`], [`operation!`](crate::operation!) |
//! | call what may panic | [`catch_panic`] |

mod carrier;
mod carry;
mod catch_panic;
pub(crate) mod change;
mod error_type;
mod exception;
mod from_settings;
mod instrumenter;
mod integration;
mod operation;
mod outcome;
mod providers;
mod resolved;
mod setters;
mod span;
mod state;
pub mod value;

pub use carrier::FieldList;
#[cfg(feature = "http")]
pub use carrier::{HeaderExtractor, HeaderInjector};
pub use carry::{carry_context, carry_future};
pub use catch_panic::catch_panic;
pub use error_type::ErrorType;
pub(crate) use exception::Entry;
pub use exception::{Exception, set_logger_provider};
pub use from_settings::FromSettings;
pub use instrumenter::{EnabledSignals, Instrumenter, Instruments};
pub use integration::{Integration, scope_of};
pub use operation::{Operation, drive, enter};
pub use outcome::Outcome;
pub use providers::{Providers, announce_providers};
pub use span::OperationSpan;
pub use state::{OperationState, Recording};

#[doc(hidden)]
pub use opentelemetry;
