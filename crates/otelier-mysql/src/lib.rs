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

#[cfg(feature = "mysql_async-0_36")]
pub mod mysql_0_36;
#[cfg(feature = "mysql_async-0_37")]
#[doc(hidden)]
pub mod mysql_0_37;
pub mod recorder;

#[cfg(feature = "mysql_async-0_37")]
#[doc(inline)]
pub use mysql_0_37::*;
