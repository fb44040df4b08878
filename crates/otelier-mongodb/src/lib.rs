//! OpenTelemetry for the official [MongoDB driver](mongodb): command spans and connection pool
//! metrics.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> mongodb::error::Result<()> {
//! use mongodb::bson::{Document, doc};
//! use mongodb::{Client, options::ClientOptions};
//!
//! let options = ClientOptions::parse("mongodb://localhost:27017/shop").await?;
//! let client = Client::with_options(otelier_mongodb::instrument(options))?;
//!
//! let products = client.database("shop").collection::<Document>("products");
//! # let call = async move {
//! products.find_one(doc! { "price": { "$gt": 10 } }).await?; // the span `find products`
//! # mongodb::error::Result::Ok(())
//! # };
//! # Ok(())
//! # }
//! ```
//!
//! Nothing else changes: the client, its results and its errors are the driver's own.
//! `mongodb::sync` takes the same options and is traced in the same way.
//!
//! # What is emitted
//!
//! A CLIENT span for each command that is sent, as a child of the span that is current there: one
//! for each attempt of the driver, and one for each `getMore` of a cursor. Its name is
//! `{command} {collection}`, or `{command} {database}` for a command without a collection.
//!
//! If no server is found in time, or no connection can be opened, the driver sends no command and
//! has no event. Such a call has a span only if [`traced`] goes around it, or [`traced_sync`] with
//! `mongodb::sync`. It takes `serverSelectionTimeoutMS` until the driver gives up, 30 seconds by
//! default.
//!
//! A server that does not answer is said in any case, once a minute for each server: as a log
//! record (WARN) called `otelier.db.server_unreachable`, with `db.system.name`, `server.address`,
//! `server.port` and `error.type`, and as a warning of `tracing` with the target `otelier`.
//!
//! | attribute | on the span | on the duration | when |
//! |---|---|---|---|
//! | `db.system.name` | yes | yes | always; `mongodb` |
//! | `db.operation.name` | yes | yes | always; the command: `find`, `getMore`, `commitTransaction` |
//! | `db.namespace` | yes | yes | always; the database |
//! | `db.collection.name` | yes | yes | for a command on one collection |
//! | `server.address` | yes | yes | always; the host, or the path of a Unix socket |
//! | `server.port` | yes | yes | unless it is 27017 |
//! | `db.operation.batch.size` | yes | | for several writes in one command |
//! | `db.request.body`, `db.response.body` | yes | | if [enabled][payloads]; as Extended JSON, masked and cut |
//! | `db.query.text` | yes | | if [enabled][text]; every value replaced by `?`, and names of fields that are data |
//! | `db.response.status_code` | yes | yes | on failure, if the server gave a code |
//! | `error.type` | yes | yes | on failure, see below |
//!
//! | metric | unit | |
//! |---|---|---|
//! | `db.client.operation.duration` | s | for each command |
//! | `db.client.connection.count` | {connection} | by their state, `idle` or `used` |
//! | `db.client.connection.max`, `.idle.max` | {connection} | `maxPoolSize`, which bounds both |
//! | `db.client.connection.idle.min` | {connection} | `minPoolSize`, if set |
//! | `db.client.connection.pending_requests` | {request} | waiters for a connection |
//! | `db.client.connection.timeouts` | {timeout} | waiters that gave up; the driver sets no limit as of 3.9 |
//! | `db.client.connection.create_time` | s | to open a connection, with its handshake |
//! | `db.client.connection.wait_time` | s | to get a connection |
//! | `db.client.connection.use_time` | s | from getting a connection to giving it back |
//!
//! Pools are distinguished by `db.client.connection.pool.name`: `{host}:{port}`, followed by
//! `/{database}` if the connection string names a default one.
//!
//! `error.type` is the server's code, of the command or of the first write in it that failed.
//! Without a code it is `timeout`, or the name of the driver's
//! [`ErrorKind`](mongodb::error::ErrorKind) such as `Io` and `ServerSelection`, or `_OTHER`. The
//! span's status is Error then. A command whose future was dropped is no error: it has no
//! `error.type`, its span has `otelier.cancelled`, and the status is unset.
//!
//! Sources: <https://opentelemetry.io/docs/specs/semconv/database/mongodb/> and
//! <https://opentelemetry.io/docs/specs/semconv/database/database-metrics/>.
//!
//! # What is left out
//!
//! - `hello`, `isMaster`, `ping`, `endSessions`, `refreshSessions`, `buildInfo` and
//!   authentication, unless the process-wide setting or the [builder][noise] says otherwise.
//! - `abortTransaction` and `killCursors` outside of any span. The driver sends them for sessions
//!   and cursors that were dropped, from tasks of its own, and each would be a trace by itself.
//!
//! # What it never does
//!
//! Unless you [ask for payloads][payloads], it records no value of a command or a reply, no
//! message of an error and no credential. Of commands that the driver hides, such as `createUser`,
//! it records only name and database. Handlers that the options had are called as before, and
//! cannot make a command fail by panicking. If the driver's own feature `opentelemetry` is on too,
//! both record; a warning is logged once.
//!
//! # What it costs
//!
//! With any event handler the driver decodes each command and each reply into a document for it,
//! in addition to the user's own types. That is most of the cost and grows with the size of the
//! command and the reply. **It is paid even while nothing is recorded**: without a provider a
//! `find_one` of one small document takes about 4.1 µs and 51 allocations more than without
//! handlers, and an insert of 100 documents 88 µs and 1,532 allocations. Otelier itself adds
//! nothing then. If your program knows that telemetry is off, do not call [`instrument`].
//!
//! For the same `find_one` the driver makes 87 allocations alone, 138 with a handler that does
//! nothing, and 148 with our spans and metrics (`cargo bench -p otelier-mongodb`, mongodb 3.9.1).
//!
//! # Without the driver
//!
//! The feature `mongodb-3`, on by default, is the adapter for version 3 of the driver, and
//! `mongodb-2_8` the one for 2.8, in the module [`mongodb_2_8`]. One program may use both. Without
//! them there is only the [`recorder`], which knows no driver and is what another adapter is
//! written with.
//!
//! [payloads]: OtelEventHandlersBuilder::with_payload_capture
//! [text]: OtelEventHandlersBuilder::with_query_text
//! [noise]: OtelEventHandlersBuilder::with_noise_filter
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "mongodb-3", feature = "mongodb-2_8"))]
mod catch;
#[cfg(feature = "mongodb-2_8")]
pub mod mongodb_2_8;
#[cfg(feature = "mongodb-3")]
mod mongodb_3;
pub mod recorder;

#[cfg(feature = "mongodb-3")]
pub use mongodb_3::{
    CallTarget, DriverOptions, OtelEventHandlers, OtelEventHandlersBuilder, builder, instrument,
    traced, traced_sync,
};
