//! The `Pool`, `Conn` and `Queryable` of [mysql_async](https://docs.rs/mysql_async), traced: a
//! CLIENT span and metrics for each query, and metrics of the connection pool.
//!
//! ```
//! use otelier::mysql::{Pool, params, prelude::*};
//!
//! # async fn run() -> otelier::mysql::Result<()> {
//! let pool = Pool::new("mysql://shop:secret@db.example/shop");
//!
//! let mut conn = pool.get_conn().await?;
//! let songs: Vec<(u64, String)> = conn.query("SELECT id, title FROM songs").await?;
//! conn.exec_drop("INSERT INTO plays (song) VALUES (?)", (songs[0].0,)).await?;
//! # Ok(()) }
//! ```
//!
//! # What is emitted
//!
//! | signal | name |
//! |---|---|
//! | CLIENT span | the query's summary, such as `SELECT songs` |
//! | histogram, s | `db.client.operation.duration` |
//! | pool metrics | `db.client.connection.*` |
//!
//! The table of attributes is in the documentation of
//! [`otelier-mysql`](https://docs.rs/otelier-mysql).

#[doc(inline)]
pub use otelier_mysql::mysql_0_37::*;
#[doc(inline)]
pub use otelier_mysql::recorder;
