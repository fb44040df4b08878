//! One connection.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use mysql_async::{ChangeUserOpts, Opts, Result, TxOpts};

use crate::BoxFuture;
use crate::acquire::acquire;
use crate::call::{Call, Subject};
use crate::endpoint::Endpoint;
use crate::lease::Lease;
use crate::telemetry::Telemetry;
use crate::transaction::{self, Transaction};

/// A traced connection, as [`mysql_async::Conn`], which it dereferences to: what is called on that is not traced.
///
/// See [`Queryable`](crate::Queryable) for what it emits.
pub struct Conn {
    pub(crate) inner: mysql_async::Conn,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) lease: Option<Lease>,
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

    pub(crate) fn with_telemetry(
        opts: Opts,
        telemetry: Arc<Telemetry>,
    ) -> BoxFuture<'static, Self> {
        Box::pin(async move {
            let endpoint = Endpoint::new(telemetry, &opts);
            let inner = acquire(&endpoint, None, mysql_async::Conn::new(opts), |conn| conn).await?;
            Ok(Self::new_leased(inner, endpoint, None))
        })
    }

    pub(crate) fn new_leased(
        inner: mysql_async::Conn,
        endpoint: Arc<Endpoint>,
        lease: Option<Lease>,
    ) -> Self {
        Self { inner, endpoint, lease }
    }

    /// Starts a transaction. The span is that of `START TRANSACTION` and what goes before it.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn start_transaction(&mut self, options: TxOpts) -> Result<Transaction<'_>> {
        let subject = Subject::from(transaction::statement(&options));
        let mut live = self.endpoint.start(Some(&self.inner), Call { subject, ..Call::default() });
        let result = live.drive(self.inner.start_transaction(options)).await;
        live.finish(&result);
        Ok(Transaction::new(result?, Arc::clone(&self.endpoint), None))
    }

    /// Logs in anew, as the driver's own method. This is not traced.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn change_user(&mut self, opts: ChangeUserOpts) -> Result<()> {
        self.endpoint.forget_switch(&self.inner);
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
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
