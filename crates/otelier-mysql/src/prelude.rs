//! The traits, as [`mysql_async::prelude`]: the driver's own, but for those of which a traced one takes the place.

pub use mysql_async::prelude::*;

pub use crate::connection::ToConnection;
pub use crate::query::{BatchQuery, Query, WithParams};
pub use crate::queryable::Queryable;
pub use crate::statement::StatementLike;
