//! The statements of a MySQL client.
//!
//! A connection does one thing at a time, so it keeps the operation whose rows are still to be
//! read. Plain data goes to the recorder, which decides.

use std::sync::Arc;

use otelier_instrument::catch_panic;
#[doc(no_inline)]
pub use otelier_mysql::recorder::{Failure, Query, Recording, Session, Subject};
use otelier_mysql::recorder::{Server, Telemetry};

use crate::process;

/// What is kept with a connection.
#[derive(Debug, Default)]
pub struct Connection {
    /// Set by the first statement.
    server: Option<Arc<Server>>,
    /// The operation whose rows are still to be read.
    open: Option<Recording>,
}

/// The server that a connection was opened to.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// A host, or without a port the path of a socket.
    pub host: &'a str,
    /// The port.
    pub port: Option<u16>,
    /// The database that was asked for.
    pub database: Option<&'a str>,
}

impl Connection {
    /// A connection of which nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self { server: None, open: None }
    }

    /// Starts the operation of a statement. What was not read of an earlier one is not awaited any
    /// more.
    ///
    /// `None` where nothing is to be done.
    pub fn start(
        &mut self,
        address: Address<'_>,
        session: Session<'_>,
        query: Query<'_>,
    ) -> Option<Recording> {
        if !process::is_on() {
            return None;
        }
        let server = self.server.get_or_insert_with(|| server(Telemetry::shared(), address));
        catch_panic(|| server.start(Some(session), query))
    }

    /// Keeps the operation until its rows are read.
    pub fn keep(&mut self, recording: Recording) {
        self.open = Some(recording);
    }

    /// The operation whose rows are being read. While the program waits for the server, it belongs
    /// to the call: one that is dropped is cancelled.
    #[must_use]
    pub fn take(&mut self) -> Option<Recording> {
        self.open.take()
    }

    /// A result set is over. It was the last one if nothing `is_pending`.
    pub fn finish_set(&mut self, is_pending: bool) {
        catch_panic(|| match &mut self.open {
            Some(recording) if is_pending => recording.reached_result(),
            _ => {
                if let Some(recording) = self.open.take() {
                    recording.succeed();
                }
            }
        });
    }

    /// Reading has failed.
    pub fn fail(&mut self, failure: Failure<'_>) {
        if let Some(mut recording) = self.open.take() {
            catch_panic(|| recording.fail(failure));
        }
    }
}

fn server(telemetry: Arc<Telemetry>, address: Address<'_>) -> Arc<Server> {
    Server::new(telemetry, address.host, address.port, address.database)
}

#[cfg(test)]
mod tests;
