//! The driver's connection, as the recorder reads it.

use super::mysql_async::{Conn, Opts};
use crate::recorder::{Server, Session, Telemetry};
use std::sync::Arc;

/// The server that `opts` name.
pub(super) fn server(telemetry: Arc<Telemetry>, opts: &Opts) -> Arc<Server> {
    match opts.socket() {
        Some(socket) => Server::new(telemetry, socket, None, opts.db_name()),
        None => {
            Server::new(telemetry, opts.ip_or_hostname(), Some(opts.tcp_port()), opts.db_name())
        }
    }
}

/// Read for each operation, because a change of the user changes the options of a connection.
pub(super) fn session(conn: &Conn) -> Session<'_> {
    Session { id: conn.id(), version: conn.server_version(), database: conn.opts().db_name() }
}
