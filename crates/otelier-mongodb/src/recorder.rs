//! What the events of a MongoDB client mean: operations that start and end, and connections that
//! come and go. Plain data in, operations out: no type of a driver is known here.
//!
//! An adapter maps a driver's events to these types:
//!
//! ```
//! # mod otelier { pub use otelier_mongodb as mongodb; }
//! use otelier_instrument::Providers;
//! use otelier::mongodb::recorder::{
//!     CommandStarted, ConnectionId, Document, Recorders, RecorderOptions, ServerAddress, Value,
//! };
//!
//! /// A document of the driver, as far as it is read: here one field.
//! #[derive(Clone, Copy)]
//! struct Field<'a>(&'a str, &'a str);
//!
//! impl<'a> Document<'a> for Field<'a> {
//!     type Fields = std::iter::Once<(&'a str, Value<'a, Self>)>;
//!     type Items = std::iter::Empty<Value<'a, Self>>;
//!
//!     fn fields(self) -> Self::Fields {
//!         std::iter::once((self.0, Value::Text(self.1)))
//!     }
//! }
//!
//! let recorders = Recorders::new(Providers::default(), RecorderOptions::default());
//! let recorder = recorders.client(Some("shop"));
//! let connection =
//!     ConnectionId { server: ServerAddress::Tcp { host: "localhost", port: 27017 }, number: 1 };
//! recorder.command_started(&CommandStarted {
//!     name: "find",
//!     database: "shop",
//!     command: Field("find", "products"),
//!     connection,
//!     request: 7,
//! });
//! recorder.command_succeeded(1, 7, Field("ok", "1"));
//! ```
//!
//! | item | is |
//! |---|---|
//! | [`Recorders`] | what all clients share: providers, instruments, options |
//! | [`ClientRecorder`] | the state of one client; takes the events |
//! | [`Call`], [`CallRequest`] | a call of the user, which may fail before a command is sent |
//! | [`CommandStarted`], [`CommandFailure`], [`PoolEvent`] | the events |
//! | [`Document`], [`Value`] | how a command or a reply is read |

mod call;
mod client;
mod connections;
mod describe;
mod document;
mod event;
mod extended_json;
mod in_flight;
mod noise;
mod outcome;
mod pools;
mod query_text;
mod recorders;
mod unreachable;

pub use call::{Call, CallRequest};
pub use client::ClientRecorder;
pub use document::{Document, Value};
pub use event::{
    CommandFailure, CommandStarted, ConnectionId, PoolEvent, PoolEventKind, ServerAddress,
};
pub use extended_json::ExtendedJson;
pub use recorders::{RecorderOptions, Recorders};

#[cfg(test)]
crate::document_reader! {
    /// The documents of tests, which need no driver.
    TestDocument over bson
}
