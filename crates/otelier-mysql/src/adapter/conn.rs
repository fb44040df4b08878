//! One connection.
//!
//! A traced connection is the driver's own and beside it what a recording needs: the server, which
//! knows where telemetry goes, and for a connection of a pool the time since which it is out.
//! Methods that execute something are in `Queryable`. Here are those of the connection as a whole.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::BoxFuture;
use super::acquire::acquire;
use super::error::finish;
use super::mysql_async;
use super::mysql_async::{ChangeUserOpts, Opts, Result, TxOpts};
use super::session;
use super::transaction::Transaction;
use crate::recorder::CheckoutTimer;
use crate::recorder::Server;
use crate::recorder::Telemetry;
use crate::recorder::{Query, begin_statement};

/// A traced connection, as [`mysql_async::Conn`], which it dereferences to: what is called on that
/// is not traced.
///
/// See [`Queryable`](super::Queryable) for what it emits.
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

    /// Closes the connection.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn disconnect(self) -> Result<()> {
        self.inner.disconnect().await
    }

    /// The driver's connection.
    #[must_use]
    pub fn into_inner(self) -> mysql_async::Conn {
        self.inner
    }
}

impl Deref for Conn {
    type Target = mysql_async::Conn;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl DerefMut for Conn {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
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
