//! Waits for a connection.
//!
//! The wait is the driver's, in which it may open a connection and log in. What is recorded of it
//! is decided by `Connecting`: nothing for a wait that succeeds, unless a statement was executed
//! too.

use std::sync::Arc;

use super::error::finish;
use super::mysql_async::{Conn, Result};
use super::session::session;
use crate::recorder::{Connecting, Server};

/// Waits for `future`, which gets a connection and executes `statement` on it, if there is one.
///
/// `conn` shows the connection in what `future` returns, which is a connection or a transaction. If
/// this future is dropped, so is `Connecting`, and the operation ends as cancelled.
pub(super) async fn acquire<T>(
    server: &Arc<Server>,
    statement: Option<&'static str>,
    future: impl Future<Output = Result<T>>,
    conn: impl FnOnce(&T) -> &Conn,
) -> Result<T> {
    let connecting = Connecting::new(server, statement);
    let result = future.await;
    match &result {
        Ok(value) => connecting.connected(session(conn(value))),
        Err(_) => {
            if let Some(recording) = connecting.failed() {
                finish(recording, &result);
            }
        }
    }
    result
}
