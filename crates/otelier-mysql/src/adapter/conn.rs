//! One connection.
//!
//! A traced connection is the driver's own and beside it what a recording needs: the server, which
//! knows where telemetry goes, and for a connection of a pool the time since which it is out.
//! Methods that execute something are in `Queryable`. Here are those of the connection as a whole.

use std::fmt;
use std::sync::Arc;

use super::BoxFuture;
use super::acquire::acquire;
use super::error::finish;
use super::getters::connection_getters;
use super::mysql_async;
use super::mysql_async::{ChangeUserOpts, InfileData, Opts, Result, TxOpts};
use super::session;
use super::transaction::Transaction;
use crate::recorder::CheckoutTimer;
use crate::recorder::Server;
use crate::recorder::Telemetry;
use crate::recorder::{Query, begin_statement};

/// A traced connection, as [`mysql_async::Conn`].
///
/// See [`Queryable`](super::Queryable) for what it emits. It does not dereference to the driver's:
/// with the driver's traits in place of those of [`prelude`](super::prelude), a program does not
/// compile, and so cannot execute statements of which nothing is recorded.
///
/// ```compile_fail
#[doc = line_use!("Conn")]
#[doc = line_driver_queryable!()]
///
/// async fn not_traced(conn: &mut Conn) {
///     let _ = conn.ping().await;
/// }
/// ```
///
/// [`inner_mut`](Self::inner_mut) is the driver's connection, for what has to be given one.
pub struct Conn {
    /// Dropped first, as the first field: it then goes back to its pool, if it has one.
    pub(crate) inner: mysql_async::Conn,
    /// Shared by all connections of a pool.
    pub(crate) server: Arc<Server>,
    /// `None` for a connection of no pool, and where no metrics are recorded.
    pub(crate) checkout: Option<CheckoutTimer>,
}

impl Conn {
    /// A connection for `opts`, with the global providers and the default options.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub fn new<T: Into<Opts>>(opts: T) -> BoxFuture<'static, Self> {
        Self::with_telemetry(opts.into(), Telemetry::shared())
    }

    /// A connection for the connection string `url`.
    ///
    /// # Errors
    ///
    /// If the URL is not one of a MySQL server, and those of the driver.
    pub async fn from_url<T: AsRef<str>>(url: T) -> Result<Self> {
        Self::new(Opts::from_url(url.as_ref())?).await
    }

    /// Connects. A failure is an operation named `connect`; a success is none.
    pub(crate) fn with_telemetry(
        opts: Opts,
        telemetry: Arc<Telemetry>,
    ) -> BoxFuture<'static, Self> {
        Box::pin(async move {
            let server = session::server(telemetry, &opts);
            let inner = acquire(&server, None, mysql_async::Conn::new(opts), |conn| conn).await?;
            Ok(Self::with_checkout(inner, server, None))
        })
    }

    /// A connection that is there already.
    pub(crate) fn with_checkout(
        inner: mysql_async::Conn,
        server: Arc<Server>,
        checkout: Option<CheckoutTimer>,
    ) -> Self {
        Self { inner, server, checkout }
    }

    /// Starts a transaction. The span is that of `START TRANSACTION` and what goes before it.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn start_transaction(&mut self, options: TxOpts) -> Result<Transaction<'_>> {
        let query = Query::text(begin_statement(options.consistent_snapshot()));
        let mut recording = self.server.start(Some(session::session(&self.inner)), query);
        let result = recording.drive(self.inner.start_transaction(options)).await;
        finish(recording, &result);
        Ok(Transaction::new(result?, Arc::clone(&self.server), None))
    }

    /// Logs in anew, as the driver's own method. This is not traced.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn change_user(&mut self, opts: ChangeUserOpts) -> Result<()> {
        self.server.reset_user(self.inner.id());
        self.inner.change_user(opts).await
    }

    /// Resets the session, as the driver's own method. This is not traced.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn reset(&mut self) -> Result<bool> {
        self.inner.reset().await
    }

    /// Whether the session is reset when the connection goes back to its pool.
    pub fn reset_connection(&mut self, reset_connection: bool) {
        self.inner.reset_connection(reset_connection);
    }

    /// Gives the server what it asks for in a `LOAD DATA LOCAL INFILE`, instead of what the options
    /// have for that.
    pub fn set_infile_handler<T>(&mut self, handler: T)
    where
        T: Future<Output = Result<InfileData>> + Send + Sync + 'static,
    {
        self.inner.set_infile_handler(handler);
    }

    /// Closes the connection.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn disconnect(self) -> Result<()> {
        self.inner.disconnect().await
    }

    connection_getters!();

    /// The driver's connection. What is executed on it is not traced.
    pub fn inner_mut(&mut self) -> &mut mysql_async::Conn {
        &mut self.inner
    }

    /// The driver's connection, which is not traced.
    #[must_use]
    pub fn into_inner(self) -> mysql_async::Conn {
        self.inner
    }
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn")
            .field("id", &self.inner.id())
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
