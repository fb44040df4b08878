//! OpenTelemetry for [`mysql_async`]: the same `Pool`, `Conn` and `Queryable`, traced.
//!
//! ```
//! use otelier_mysql::{Pool, prelude::*};
//!
//! # async fn run() -> otelier_mysql::Result<()> {
//! let pool = Pool::new("mysql://shop:secret@db.example/shop");
//!
//! let mut conn = pool.get_conn().await?;
//! let songs: Vec<(u64, String)> = conn.query("SELECT id, title FROM songs").await?;
//! conn.exec_drop("INSERT INTO plays (song) VALUES (?)", (songs[0].0,)).await?;
//!
//! let plays: Option<u64> =
//!     "SELECT COUNT(*) FROM plays WHERE song = :song".with(params! { "song" => songs[0].0 }).first(&pool).await?;
//! # Ok(()) }
//! ```
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod acquire;
mod builder;
mod call;
mod comment;
mod conn;
mod connection;
mod endpoint;
mod execute;
mod failure;
mod lease;
mod live;
mod parameters;
mod pool;
pub mod prelude;
mod query;
mod queryable;
mod result;
mod statement;
mod stream;
mod switched;
mod telemetry;
mod transaction;

// The driver's own, of which the items below take the place by name.
pub use mysql_async::*;

pub use builder::Builder;
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
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;
