//! The `Pool`, `Conn` and `Queryable` of [mysql_async](https://docs.rs/mysql_async/0.36) 0.36,
//! traced: a CLIENT span and metrics for each query, and metrics of the connection pool.
//!
//! ```
//! use otelier::mysql_0_36::{Pool, params, prelude::*};
//!
//! # async fn run() -> otelier::mysql_0_36::Result<()> {
//! let pool = Pool::new("mysql://shop:secret@db.example/shop");
//!
//! let mut conn = pool.get_conn().await?;
//! let songs: Vec<(u64, String)> = conn.query("SELECT id, title FROM songs").await?;
//! conn.exec_drop("INSERT INTO plays (song) VALUES (?)", (songs[0].0,)).await?;
//! # Ok(()) }
//! ```
//!
//! What is emitted is the same as for mysql_async 0.37, whose module is `mysql`, but for this:
//! after a `USE` on a connection of a pool, `db.namespace` is left out for that connection once the
//! pool has lost one. This line of the driver does not say which connections are new.

#[doc(inline)]
pub use otelier_mysql::mysql_0_36::*;
