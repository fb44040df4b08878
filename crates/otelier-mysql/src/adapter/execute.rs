//! How a method of the driver's becomes one operation.
//!
//! Each function does the same: it starts a recording, lets the driver work inside it, and ends the
//! recording or gives it to the result, whose rows are still to come. They are generic over the
//! driver's connection, transaction and `Connection`, so that `Queryable` has one implementation
//! for all of them.
//!
//! The `start_…` functions are also used for queries that bring their own connection. There the
//! call began before the connection was there, so they take the time at which it did.

use std::sync::Arc;
use std::time::Instant;

use super::BoxFuture;
use super::error::finish;
use super::line::Executable as _;
use super::mysql_async;
use super::mysql_async::prelude::{AsQuery, Queryable as Driver};
use super::mysql_async::{BinaryProtocol, Params, TextProtocol};
use super::parameters;
use super::result::QueryResult;
use super::session::session;
use super::statement::{Statement, StatementLike};
use crate::recorder::Recording;
use crate::recorder::Server;
use crate::recorder::{Query, Subject};

/// What the driver executes on.
///
/// It is implemented for the driver's types, because a traced one is taken apart before.
pub(crate) trait Executor: Driver {
    /// The connection below, for what its session tells.
    fn conn(&self) -> &mysql_async::Conn;
}

impl Executor for mysql_async::Conn {
    fn conn(&self) -> &mysql_async::Conn {
        self
    }
}

impl Executor for mysql_async::Transaction<'_> {
    fn conn(&self) -> &mysql_async::Conn {
        self
    }
}

impl<'a, 't: 'a> Executor for mysql_async::Connection<'a, 't> {
    fn conn(&self) -> &mysql_async::Conn {
        self
    }
}

/// The query is sent with a comment if there is one to add, and else unchanged. The operation ends
/// with the result.
pub(crate) fn query_iter<'a, C: Executor, Q: AsQuery + 'a>(
    server: &'a Arc<Server>,
    driver: &'a mut C,
    query: Q,
) -> BoxFuture<'a, QueryResult<'a, 'static, TextProtocol>> {
    Box::pin(async move {
        let (recording, commented) = start_text(server, driver.conn(), &query, None);
        match commented {
            Some(query) => QueryResult::open(recording, None, driver.query_iter(query)).await,
            None => QueryResult::open(recording, None, driver.query_iter(query)).await,
        }
    })
}

/// The statement takes its analysis along, and the server remembers it by the statement's id, for a
/// program that executes the driver's own statement.
pub(crate) fn prep<'a, C: Executor, Q: AsQuery + 'a>(
    server: &'a Arc<Server>,
    driver: &'a mut C,
    query: Q,
) -> BoxFuture<'a, Statement> {
    Box::pin(async move {
        let analysis = server.analyze_ahead(&query.as_query());
        let subject = analysis.as_ref().map_or(Subject::Unknown, Subject::Analyzed);
        let mut recording = server.start(Some(session(driver.conn())), Query::prepare(subject));
        let statement = recording.drive(driver.prep(query)).await;
        finish(recording, &statement);
        let statement = statement?;
        server.prepared(statement.connection_id(), statement.id(), analysis.as_ref());
        Ok(Statement::new(statement, analysis))
    })
}

/// A text is prepared by the driver as a part of this; that is no operation of its own.
pub(crate) fn exec_iter<'a: 's, 's, C: Executor, S: StatementLike + 's>(
    server: &'a Arc<Server>,
    driver: &'a mut C,
    statement: S,
    params: Params,
) -> BoxFuture<'s, QueryResult<'a, 'static, BinaryProtocol>> {
    Box::pin(async move {
        let recording = start_statement(server, driver.conn(), &statement, &params, None);
        QueryResult::open(recording, None, statement.into_driver().exec_iter(driver, params)).await
    })
}

/// One operation for all executions. How many there are may be known only afterwards: the items are
/// counted while the driver takes them.
pub(crate) fn exec_batch<'a: 'b, 'b, C, S, P, I>(
    server: &'a Arc<Server>,
    driver: &'a mut C,
    statement: S,
    params: I,
) -> BoxFuture<'b, ()>
where
    C: Executor,
    S: StatementLike + 'b,
    I: IntoIterator<Item = P> + Send + 'b,
    I::IntoIter: Send,
    P: Into<Params> + Send,
{
    Box::pin(async move {
        let params = params.into_iter();
        let mut recording = start_batch(server, driver.conn(), &statement, &params, None);
        let mut size = 0;
        let params = params.inspect(|_| size += 1);
        let result = recording.drive(driver.exec_batch(statement.into_driver(), params)).await;
        recording.set_batch_size(size);
        finish(recording, &result);
        result
    })
}

/// Starts the operation of a text query. Also gives the text to send instead, if a comment is to be
/// added to it.
pub(crate) fn start_text<Q: AsQuery>(
    server: &Arc<Server>,
    conn: &mysql_async::Conn,
    query: &Q,
    started: Option<Instant>,
) -> (Recording, Option<Vec<u8>>) {
    let text = query.as_query();
    let subject = Subject::Text(text.as_ref().into());
    let query = Query::new(subject).started(started);
    let recording = server.start(Some(session(conn)), query);
    let commented = recording.commented(&text);
    (recording, commented)
}

/// Starts the operation of a prepared statement.
pub(crate) fn start_statement<S: StatementLike>(
    server: &Arc<Server>,
    conn: &mysql_async::Conn,
    statement: &S,
    parameters: &Params,
    started: Option<Instant>,
) -> Recording {
    let texts = |chars| parameters::texts(parameters, chars);
    let query = Query::new(statement.subject()).parameters(&texts).started(started);
    server.start(Some(session(conn)), query)
}

/// Starts the operation of a batch.
pub(crate) fn start_batch<S: StatementLike>(
    server: &Arc<Server>,
    conn: &mysql_async::Conn,
    statement: &S,
    parameters: &impl Iterator,
    started: Option<Instant>,
) -> Recording {
    let size = match parameters.size_hint() {
        (least, Some(most)) if least == most => Some(least),
        _ => None,
    };
    let query = Query::new(statement.subject()).batch(size).started(started);
    server.start(Some(session(conn)), query)
}

/// Not an operation: the server does not answer to it. The recorder forgets the statement.
pub(super) fn close<'a, C: Executor>(
    server: &Server,
    driver: &'a mut C,
    statement: Statement,
) -> BoxFuture<'a, ()> {
    server.closed(statement.connection_id(), statement.id());
    Driver::close(driver, statement.into_inner())
}
