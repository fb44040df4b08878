//! How a method of the driver's becomes one operation.

use std::sync::Arc;
use std::time::Instant;

use mysql_async::prelude::{AsQuery, Queryable as Driver};
use mysql_async::{BinaryProtocol, Params, TextProtocol};

use crate::BoxFuture;
use crate::call::{Call, Subject};
use crate::comment::with_comment;
use crate::endpoint::Endpoint;
use crate::live::Live;
use crate::result::QueryResult;
use crate::statement::{Statement, StatementLike};

/// The driver's command for a statement that is not executed yet.
const PREPARE: &str = "PREPARE";

/// What the driver executes on.
pub(crate) trait Executor: Driver {
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

pub(crate) fn query_iter<'a, C: Executor, Q: AsQuery + 'a>(
    endpoint: &'a Arc<Endpoint>,
    driver: &'a mut C,
    query: Q,
) -> BoxFuture<'a, QueryResult<'a, 'static, TextProtocol>> {
    Box::pin(async move {
        let (live, commented) = start_text(endpoint, driver.conn(), &query, None);
        match commented {
            Some(query) => QueryResult::open(live, None, driver.query_iter(query)).await,
            None => QueryResult::open(live, None, driver.query_iter(query)).await,
        }
    })
}

pub(crate) fn prep<'a, C: Executor, Q: AsQuery + 'a>(
    endpoint: &'a Arc<Endpoint>,
    driver: &'a mut C,
    query: Q,
) -> BoxFuture<'a, Statement> {
    Box::pin(async move {
        let analysis = endpoint.analyze_ahead(&query.as_query());
        let subject = analysis.as_ref().map_or(Subject::Unknown, Subject::Analyzed);
        let call = Call { subject, operation: Some(PREPARE), ..Call::default() };
        let mut live = endpoint.start(Some(driver.conn()), call);
        let statement = live.drive(driver.prep(query)).await;
        live.finish(&statement);
        Ok(Statement::new(statement?, analysis))
    })
}

pub(crate) fn exec_iter<'a: 's, 's, C: Executor, S: StatementLike + 's>(
    endpoint: &'a Arc<Endpoint>,
    driver: &'a mut C,
    statement: S,
    params: Params,
) -> BoxFuture<'s, QueryResult<'a, 'static, BinaryProtocol>> {
    Box::pin(async move {
        let live = start_statement(endpoint, driver.conn(), &statement, &params, None);
        QueryResult::open(live, None, driver.exec_iter(statement.into_driver(), params)).await
    })
}

pub(crate) fn exec_batch<'a: 'b, 'b, C, S, P, I>(
    endpoint: &'a Arc<Endpoint>,
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
        let mut live = start_batch(endpoint, driver.conn(), &statement, &params, None);
        let mut size = 0;
        let params = params.inspect(|_| size += 1);
        let result = live.drive(driver.exec_batch(statement.into_driver(), params)).await;
        live.set_batch_size(size);
        live.finish(&result);
        result
    })
}

/// Starts the operation of a text query. Also gives the text to send instead, if a comment is to be added to it.
pub(crate) fn start_text<Q: AsQuery>(
    endpoint: &Arc<Endpoint>,
    conn: &mysql_async::Conn,
    query: &Q,
    started: Option<Instant>,
) -> (Live, Option<Vec<u8>>) {
    let text = query.as_query();
    let subject = Subject::Text(text.as_ref().into());
    let live = endpoint.start(Some(conn), Call { subject, started, ..Call::default() });
    let comment = if endpoint.options().sql_commenter { live.sql_comment() } else { None };
    let commented = comment.and_then(|comment| with_comment(&text, &comment));
    (live, commented)
}

/// Starts the operation of a prepared statement.
pub(crate) fn start_statement<S: StatementLike>(
    endpoint: &Arc<Endpoint>,
    conn: &mysql_async::Conn,
    statement: &S,
    parameters: &Params,
    started: Option<Instant>,
) -> Live {
    let subject = statement.subject();
    endpoint.start(
        Some(conn),
        Call { subject, parameters: Some(parameters), started, ..Call::default() },
    )
}

/// Starts the operation of a batch.
pub(crate) fn start_batch<S: StatementLike>(
    endpoint: &Arc<Endpoint>,
    conn: &mysql_async::Conn,
    statement: &S,
    parameters: &impl Iterator,
    started: Option<Instant>,
) -> Live {
    let size = match parameters.size_hint() {
        (least, Some(most)) if least == most => Some(least),
        _ => None,
    };
    let subject = statement.subject();
    endpoint.start(Some(conn), Call { subject, batch: Some(size), started, ..Call::default() })
}
