//! Waits for a connection.

use std::sync::Arc;

use super::error::finish;
use super::mysql_async::{Conn, Result};
use super::session::session;
use crate::recorder::{Connecting, Server};

/// Waits for `future`, which gets a connection and executes `statement` on it, if there is one.
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
