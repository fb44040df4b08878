//! Servers for the tests of Otelier alone, which fail on request. Not published: the helpers that
//! others can use are in `otelier-testing`.
//!
//! ```
//! use otelier_stubs::{MongoReply, MongoStub};
//!
//! let stub = MongoStub::start();
//! stub.reply("find", MongoReply::error(11601, "Interrupted"));
//! ```
// A helper for tests fails by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod mongo_stub;

pub use mongo_stub::{MongoReply, MongoStub};
