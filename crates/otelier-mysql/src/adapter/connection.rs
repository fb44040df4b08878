//! What can be given where a connection is needed: a connection, a transaction or a pool.
//!
//! The driver's types for this hold its own connections, so they cannot hold a traced one. These
//! mirror them: each knows the server for the recording, and keeps the timer of a pooled connection
//! for as long as it owns the connection. What only borrows a connection has no timer, because its
//! owner has it.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::BoxFuture;
use super::conn::Conn;
use super::getters::connection_getters;
use super::mysql_async;
use super::mysql_async::Result;
use super::pool::Pool;
use super::transaction::Transaction;
use crate::recorder::CheckoutTimer;
use crate::recorder::Server;

/// A connection, owned or borrowed, as [`mysql_async::Connection`].
pub struct Connection<'a, 't> {
    /// What the driver executes on.
    pub(crate) inner: mysql_async::Connection<'a, 't>,
    /// That of the connection, or one that records nothing.
    pub(crate) server: Arc<Server>,
    /// `None` for what is borrowed.
    pub(crate) checkout: Option<CheckoutTimer>,
}

impl Connection<'_, '_> {
    connection_getters!();

    /// Borrows the connection, so that it can be used again afterwards.
    pub fn by_ref(&mut self) -> Connection<'_, '_> {
        Connection { inner: self.inner.by_ref(), server: Arc::clone(&self.server), checkout: None }
    }
}

impl From<Conn> for Connection<'static, 'static> {
    fn from(conn: Conn) -> Self {
        let Conn { inner, server, checkout } = conn;
        Self { inner: inner.into(), server, checkout }
    }
}

impl<'a> From<&'a mut Conn> for Connection<'a, 'static> {
    fn from(conn: &'a mut Conn) -> Self {
        Self { inner: (&mut conn.inner).into(), server: Arc::clone(&conn.server), checkout: None }
    }
}

/// As the driver gives it to a callback of the user's: what is executed on it is not traced.
impl<'a> From<&'a mut mysql_async::Conn> for Connection<'a, 'static> {
    fn from(conn: &'a mut mysql_async::Conn) -> Self {
        Self { inner: conn.into(), server: Arc::clone(Server::noop()), checkout: None }
    }
}

impl<'a, 't> From<&'a mut Transaction<'t>> for Connection<'a, 't> {
    fn from(transaction: &'a mut Transaction<'t>) -> Self {
        let server = Arc::clone(&transaction.server);
        Self { inner: (&mut transaction.inner).into(), server, checkout: None }
    }
}

impl fmt::Debug for Connection<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.id())
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// What [`ToConnection::to_connection`] gives.
pub enum ToConnectionResult<'a, 't> {
    /// A connection.
    Immediate(Connection<'a, 't>),
    /// A connection for which to wait.
    Mediate(BoxFuture<'a, Connection<'a, 't>>),
}

impl<'a, 't: 'a> ToConnectionResult<'a, 't> {
    /// The connection, as soon as it is there.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn resolve(self) -> Result<Connection<'a, 't>> {
        match self {
            Self::Immediate(connection) => Ok(connection),
            Self::Mediate(connection) => connection.await,
        }
    }

    /// Like [`resolve`](Self::resolve), and since when it was waited for, if it was.
    pub(crate) async fn resolve_timed(self) -> Result<(Connection<'a, 't>, Option<Instant>)> {
        match self {
            Self::Immediate(connection) => Ok((connection, None)),
            Self::Mediate(connection) => {
                let since = Instant::now();
                Ok((connection.await?, Some(since)))
            }
        }
    }
}

impl fmt::Debug for ToConnectionResult<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Immediate(_) => "Immediate",
            Self::Mediate(_) => "Mediate",
        })
    }
}

/// Everything that can be given where a connection is needed, as
/// [`mysql_async::prelude::ToConnection`].
pub trait ToConnection<'a, 't: 'a>: Send {
    /// The connection, or a future of it.
    fn to_connection(self) -> ToConnectionResult<'a, 't>;
}

impl<'a, 't: 'a, T: Into<Connection<'a, 't>> + Send> ToConnection<'a, 't> for T {
    fn to_connection(self) -> ToConnectionResult<'a, 't> {
        ToConnectionResult::Immediate(self.into())
    }
}

impl ToConnection<'static, 'static> for Pool {
    fn to_connection(self) -> ToConnectionResult<'static, 'static> {
        (&self).to_connection()
    }
}

impl<'a> ToConnection<'a, 'static> for &Pool {
    fn to_connection(self) -> ToConnectionResult<'a, 'static> {
        let conn = self.get_conn();
        ToConnectionResult::Mediate(Box::pin(async move { Ok(conn.await?.into()) }))
    }
}
