//! A transaction: its begin, commit and rollback are operations too.
//!
//! Statements in a transaction are operations of their own: the transaction has no span. `COMMIT`
//! and `ROLLBACK` are recorded as if the program had sent the text.

use std::fmt;
use std::sync::Arc;

use super::error::finish;
use super::getters::connection_getters;
use super::mysql_async;
use super::mysql_async::Result;
use super::session::session;
use crate::recorder::CheckoutTimer;
use crate::recorder::Recording;
use crate::recorder::{Query, Server};

/// A traced transaction, as [`mysql_async::Transaction`].
///
/// Dropped without [`commit`](Self::commit) or [`rollback`](Self::rollback), it is rolled back by
/// the driver when the connection is used again or goes back to its pool; there is no span of that.
#[must_use = "a transaction must be committed or rolled back explicitly"]
pub struct Transaction<'a> {
    /// Rolls back if it is dropped, at the next use of the connection.
    pub(crate) inner: mysql_async::Transaction<'a>,
    /// That of the connection.
    pub(crate) server: Arc<Server>,
    /// That of a connection which the pool gave for this transaction alone.
    checkout: Option<CheckoutTimer>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(
        inner: mysql_async::Transaction<'a>,
        server: Arc<Server>,
        checkout: Option<CheckoutTimer>,
    ) -> Self {
        Self { inner, server, checkout }
    }

    connection_getters!();

    /// Commits. If that fails, the driver rolls back, and the error is that of the commit.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn commit(self) -> Result<()> {
        let mut recording = self.start("COMMIT");
        let Self { inner, checkout: _checkout, .. } = self;
        let result = recording.drive(inner.commit()).await;
        finish(recording, &result);
        result
    }

    /// Rolls back.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn rollback(self) -> Result<()> {
        let mut recording = self.start("ROLLBACK");
        let Self { inner, checkout: _checkout, .. } = self;
        let result = recording.drive(inner.rollback()).await;
        finish(recording, &result);
        result
    }

    /// The operation of a statement that the driver sends by itself.
    fn start(&self, statement: &'static str) -> Recording {
        self.server.start(Some(session(&self.inner)), Query::text(statement))
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("connection", &self.id())
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
