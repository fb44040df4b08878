//! An integration of a library that Otelier does not know, and a domain of its own.
//!
//! It uses what `otelier-instrument` publishes and nothing else, so it can be copied out of this
//! repository. A program that uses it calls `otelier::init()` first; an integration itself depends
//! on no SDK.
//!
//! | module | what it shows |
//! |---|---|
//! | [`tinydb`] | the library: a database client, as it might come from crates.io |
//! | [`traced`] | its integration, by the operation that Otelier has for databases |
//! | [`job`] | a domain that Otelier does not have: an operation with a metric of its own |
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use custom_integration::tinydb::Client;
//! use custom_integration::traced::TracedClient;
//!
//! let db = TracedClient::new(Client::new("localhost", 7070, "shop"));
//! db.set("color", "green").await?;
//! assert_eq!(db.get("color").await?, Some("green".to_owned()));
//! # Ok::<(), custom_integration::tinydb::Error>(())
//! # }).unwrap();
//! ```

pub mod job;
pub mod tinydb;
pub mod traced;
