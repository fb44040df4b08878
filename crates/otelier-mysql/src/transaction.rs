//! A transaction: its begin, commit and rollback are operations too.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use mysql_async::{Result, TxOpts};

use crate::call::{Call, Subject};
use crate::endpoint::Endpoint;
use crate::lease::Lease;
use crate::live::Live;

/// A traced transaction, as [`mysql_async::Transaction`].
///
/// Dropped without [`commit`](Self::commit) or [`rollback`](Self::rollback), it is rolled back by the driver when the
/// connection is used again or goes back to its pool; nobody waits for that, and there is no span of it.
#[must_use = "a transaction must be committed or rolled back explicitly"]
pub struct Transaction<'a> {
    pub(crate) inner: mysql_async::Transaction<'a>,
    pub(crate) endpoint: Arc<Endpoint>,
    lease: Option<Lease>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(
        inner: mysql_async::Transaction<'a>,
        endpoint: Arc<Endpoint>,
        lease: Option<Lease>,
    ) -> Self {
        Self { inner, endpoint, lease }
    }

    /// Commits. If that fails, the driver rolls back, and the error is that of the commit.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn commit(self) -> Result<()> {
        let mut live = self.start("COMMIT");
        let Self { inner, lease: _lease, .. } = self;
        let result = live.drive(inner.commit()).await;
        live.finish(&result);
        result
    }

    /// Rolls back.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn rollback(self) -> Result<()> {
        let mut live = self.start("ROLLBACK");
        let Self { inner, lease: _lease, .. } = self;
        let result = live.drive(inner.rollback()).await;
        live.finish(&result);
        result
    }

    fn start(&self, statement: &'static str) -> Live {
        self.endpoint
            .start(Some(&self.inner), Call { subject: Subject::from(statement), ..Call::default() })
    }
}

impl Deref for Transaction<'_> {
    type Target = mysql_async::Conn;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("connection", &self.id())
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// The statement that starts a transaction with `options`.
pub(crate) fn statement(options: &TxOpts) -> &'static str {
    match options.consistent_snapshot() {
        true => "START TRANSACTION WITH CONSISTENT SNAPSHOT",
        false => "START TRANSACTION",
    }
}
