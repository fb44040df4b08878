//! What becomes of the calls to a server in telemetry: plain data in, operations out.
//!
//! Nothing here knows a driver. An adapter says what a program does with its connections; the
//! recorder decides which operations there are, how long they last, how they end, and which
//! database they are on.
//!
//! ```
//! # mod otelier { pub use otelier_mysql as mysql; }
//! use otelier::mysql::recorder::{Failure, Options, Query, Server, Session, Telemetry};
//!
//! let telemetry = Telemetry::new(Default::default(), Options::default());
//! let server = Server::new(telemetry, "db.example", Some(3306), Some("shop"));
//!
//! let session = Session { id: 7, version: (9, 7, 0), database: Some("shop") };
//! let mut recording = server.start(Some(session), Query::text("SELECT title FROM songs"));
//! // The server is asked within `recording.drive(…)`.
//! recording.reached_result();
//! recording.fail(Failure::server(1146, Some("42S02")));
//! ```

mod checkout;
mod comment;
mod connecting;
mod parameters;
mod pool;
mod prepared;
mod query;
mod recording;
mod server;
mod session;
mod telemetry;
#[cfg(test)]
mod tests;

pub use checkout::CheckoutTimer;
pub use connecting::Connecting;
pub use otelier_instrument::semconv::db::DbFailure as Failure;
pub use otelier_sql::Analysis;
pub use parameters::bounded;
pub use pool::{PoolCounts, PoolRecorder, PoolWait};
pub use query::{Query, Subject, begin_statement};
pub use recording::Recording;
pub use server::{Server, Session};
pub use telemetry::{Options, Telemetry};
