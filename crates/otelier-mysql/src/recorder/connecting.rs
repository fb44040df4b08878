//! Getting a connection: an operation that is reported only if it fails or is given up.
//!
//! A pool usually has a connection at hand, and a span for each time that one is taken would say
//! nothing. The metrics of the pool have the times. A failure is another matter: the program has no
//! connection, and without this operation its trace would not show why.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry::Context;

use super::{Query, Recording, Server, Session};

/// The name of the operation of a connection that cannot be had.
///
/// It stands for the name of an operation, since no statement is executed.
const CONNECT: &str = "connect";

/// A call that waits for a connection, and then executes `statement` on it, if there is one.
///
/// Nothing is known of the server before there is a connection, so the operation is described
/// afterwards: that of the statement, or if getting a connection is all there is to do, one named
/// `connect` if it fails or is dropped.
#[derive(Debug)]
pub struct Connecting<'a> {
    server: &'a Arc<Server>,
    /// That of a transaction: the driver gets the connection and starts the transaction in one
    /// call.
    statement: Option<&'static str>,
    /// The time and the parent of the call, unless it was described or nothing is recorded.
    since: Option<(Instant, Context)>,
}

impl<'a> Connecting<'a> {
    /// Starts to wait.
    #[must_use]
    pub fn new(server: &'a Arc<Server>, statement: Option<&'static str>) -> Self {
        let since = server.enabled().then(|| (Instant::now(), Context::current()));
        Self { server, statement, since }
    }

    /// There is a connection, and the statement was executed.
    pub fn connected(mut self, session: Session<'_>) {
        self.server.learn(session);
        if self.statement.is_none() {
            self.since = None;
        } else if let Some(recording) = self.start(Some(session)) {
            recording.succeed();
        }
    }

    /// The operation of which to say how it failed, without a connection.
    #[must_use]
    pub fn failed(mut self) -> Option<Recording> {
        self.start(None)
    }

    /// The operation that began when the wait did, as a child of what was current then. `None` if
    /// it was started before, or if nothing is recorded.
    fn start(&mut self, session: Option<Session<'_>>) -> Option<Recording> {
        let (started, parent) = self.since.take()?;
        let _attached = parent.attach();
        let query = match self.statement {
            Some(text) => Query::text(text),
            None => Query::operation(CONNECT),
        };
        Some(self.server.start(session, query.started(Some(started))))
    }
}

impl Drop for Connecting<'_> {
    fn drop(&mut self) {
        if let Some(recording) = self.start(None) {
            recording.give_up();
        }
    }
}
