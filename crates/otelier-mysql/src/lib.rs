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
//! let count = "SELECT COUNT(*) FROM plays WHERE song = :song";
//! let plays: Option<u64> = count.with(params! { "song" => songs[0].0 }).first(&pool).await?;
//! # Ok(()) }
//! ```
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod recorder;
#[cfg(feature = "mysql_async-0_37")]
mod v0_37;

// The driver's own, of which the items of the same name below take the place.
#[cfg(feature = "mysql_async-0_37")]
#[doc(no_inline)]
pub use mysql_async::*;

#[cfg(feature = "mysql_async-0_37")]
#[doc(inline)]
pub use v0_37::{
    BoxFuture, Conn, Connection, Pool, PoolBuilder, QueryResult, QueryWithParams, Queryable,
    ResultSetStream, Statement, ToConnectionResult, Transaction, prelude,
};
