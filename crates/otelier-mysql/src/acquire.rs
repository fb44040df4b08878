//! Getting a connection: an operation that is worth reporting only if it does not work out.

use std::sync::Arc;
use std::time::Instant;

use mysql_async::Result;
use opentelemetry::Context;

use crate::call::{Call, Subject};
use crate::endpoint::Endpoint;
use crate::live::Live;

/// What a connection that cannot be had is reported as.
const CONNECT: &str = "connect";

/// Waits for `future`, which gets a connection and executes `statement` on it, if there is one.
///
/// Nothing is known of the server before there is a connection, so the operation is described afterwards: that of the
/// statement, or if getting a connection is all there is to do, one named `connect` in case it fails or is given up.
pub(crate) async fn acquire<T>(
    endpoint: &Arc<Endpoint>,
    statement: Option<&'static str>,
    future: impl Future<Output = Result<T>>,
    conn: impl FnOnce(&T) -> &mysql_async::Conn,
) -> Result<T> {
    let mut pending = Pending::new(endpoint, statement);
    let result = future.await;
    let conn = result.as_ref().ok().map(conn);
    if let Some(conn) = conn {
        endpoint.learn(conn);
    }
    if conn.is_some() && statement.is_none() {
        pending.since = None;
    } else if let Some(live) = pending.start(conn) {
        live.finish(&result);
    }
    result
}

/// What is still to be described.
struct Pending<'a> {
    endpoint: &'a Arc<Endpoint>,
    statement: Option<&'static str>,
    /// The call's time and parent, unless it was described or nobody records.
    since: Option<(Instant, Context)>,
}

impl<'a> Pending<'a> {
    fn new(endpoint: &'a Arc<Endpoint>, statement: Option<&'static str>) -> Self {
        let since = endpoint.enabled().then(|| (Instant::now(), Context::current()));
        Self { endpoint, statement, since }
    }

    fn start(&mut self, conn: Option<&mysql_async::Conn>) -> Option<Live> {
        let (started, parent) = self.since.take()?;
        let _attached = parent.attach();
        let call = match self.statement {
            Some(text) => {
                Call { subject: Subject::from(text), started: Some(started), ..Call::default() }
            }
            None => Call { operation: Some(CONNECT), started: Some(started), ..Call::default() },
        };
        Some(self.endpoint.start(conn, call))
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if let Some(live) = self.start(None) {
            live.give_up();
        }
    }
}
