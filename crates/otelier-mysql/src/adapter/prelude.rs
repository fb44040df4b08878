//! The traits, as in the driver's own prelude: its traits, except for those that a traced one
//! replaces.

pub use super::connection::ToConnection;
pub use super::mysql_async::prelude::*;
pub use super::query::{BatchQuery, Query, WithParams};
pub use super::queryable::Queryable;
pub use super::statement::StatementLike;
