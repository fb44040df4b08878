//! mysql_async's types: its own pool, connections and traits, with a recording around each call.
//!
//! This text is compiled once for each line of the driver's versions. What differs between them is
//! in the `line` beside it.
//!
//! A method does what the driver's own of that name does, and takes and returns the same apart from
//! the types that are traced. `execute` has the recording of a call, `result` and `stream` that of
//! the rows, `acquire` that of the wait for a connection. `error`, `parameters` and `session` turn
//! the driver's values into plain data for the recorder.

mod acquire;
mod builder;
mod conn;
mod connection;
mod error;
mod execute;
mod getters;
mod parameters;
mod pool;
pub mod prelude;
mod query;
mod queryable;
mod result;
mod session;
mod statement;
mod stream;
mod transaction;

use super::{line, mysql_async};

pub use builder::PoolBuilder;
pub use conn::Conn;
pub use connection::{Connection, ToConnectionResult};
pub use pool::Pool;
pub use query::QueryWithParams;
pub use queryable::Queryable;
pub use result::QueryResult;
pub use statement::Statement;
pub use stream::ResultSetStream;
pub use transaction::Transaction;

/// What the methods of [`Queryable`] return, as the driver's do.
pub type BoxFuture<'a, T> =
    std::pin::Pin<Box<dyn Future<Output = mysql_async::Result<T>> + Send + 'a>>;
