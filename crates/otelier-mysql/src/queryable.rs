//! The methods of connections and transactions, each of which is one operation.

use std::sync::Arc;
use std::time::Instant;

use mysql_async::prelude::{AsQuery, FromRow};
use mysql_async::{BinaryProtocol, Params, Result, Row, TextProtocol, from_row};

use crate::BoxFuture;
use crate::comment::with_comment;
use crate::conn::Conn;
use crate::connection::Connection;
use crate::endpoint::{Call, Endpoint, Subject};
use crate::live::Live;
use crate::result::QueryResult;
use crate::statement::{Statement, StatementLike};
use crate::stream::ResultSetStream;
use crate::transaction::Transaction;

/// What can be asked of a [`Conn`], a [`Transaction`] and a [`Connection`]: the methods of
/// [`mysql_async::prelude::Queryable`], traced.
///
/// # What is emitted
///
/// For each call one CLIENT span, named after its summary (`SELECT songs artists`), and the metric
/// `db.client.operation.duration` (s). Both last until the last row was read. The crate's documentation lists the
/// attributes. Two methods are not traced: [`ping`](Self::ping) and [`close`](Self::close), which execute nothing.
///
/// # Errors
///
/// Those of the driver, and no others.
pub trait Queryable: Send {
    /// Asks whether the server is there.
    fn ping(&mut self) -> BoxFuture<'_, ()>;

    /// Performs a query and returns its result, which the operation lasts as long as.
    fn query_iter<'a, Q>(&'a mut self, query: Q) -> BoxFuture<'a, QueryResult<'a, 'static, TextProtocol>>
    where
        Q: AsQuery + 'a;

    /// Prepares a statement: an operation named `PREPARE`.
    fn prep<'a, Q>(&'a mut self, query: Q) -> BoxFuture<'a, Statement>
    where
        Q: AsQuery + 'a;

    /// Closes a statement.
    fn close(&mut self, stmt: Statement) -> BoxFuture<'_, ()>;

    /// Executes a statement, which is prepared first if that is necessary, and returns its result.
    fn exec_iter<'a: 's, 's, Q, P>(
        &'a mut self,
        stmt: Q,
        params: P,
    ) -> BoxFuture<'s, QueryResult<'a, 'static, BinaryProtocol>>
    where
        Q: StatementLike + 's,
        P: Into<Params>;

    /// Executes a statement for each item of `params_iter`: one operation with `db.operation.batch.size`.
    fn exec_batch<'a: 'b, 'b, S, P, I>(&'a mut self, stmt: S, params_iter: I) -> BoxFuture<'b, ()>
    where
        S: StatementLike + 'b,
        I: IntoIterator<Item = P> + Send + 'b,
        I::IntoIter: Send,
        P: Into<Params> + Send;

    /// Performs a query and collects the first result set.
    fn query<'a, T, Q>(&'a mut self, query: Q) -> BoxFuture<'a, Vec<T>>
    where
        Q: AsQuery + 'a,
        T: FromRow + Send + 'static,
    {
        Box::pin(async move { self.query_iter(query).await?.collect_and_drop().await })
    }

    /// Performs a query and returns the first row of the first result set.
    fn query_first<'a, T, Q>(&'a mut self, query: Q) -> BoxFuture<'a, Option<T>>
    where
        Q: AsQuery + 'a,
        T: FromRow + Send + 'static,
    {
        Box::pin(async move { first(self.query_iter(query).await?).await })
    }

    /// Performs a query and maps each row of the first result set.
    fn query_map<'a, T, F, Q, U>(&'a mut self, query: Q, mut f: F) -> BoxFuture<'a, Vec<U>>
    where
        Q: AsQuery + 'a,
        T: FromRow + Send + 'static,
        F: FnMut(T) -> U + Send + 'a,
        U: Send,
    {
        Box::pin(async move { self.query_iter(query).await?.map_and_drop(|row: Row| f(from_row(row))).await })
    }

    /// Performs a query and folds the first result set.
    fn query_fold<'a, T, F, Q, U>(&'a mut self, query: Q, init: U, f: F) -> BoxFuture<'a, U>
    where
        Q: AsQuery + 'a,
        T: FromRow + Send + 'static,
        F: FnMut(U, T) -> U + Send + 'a,
        U: Send + 'a,
    {
        Box::pin(async move { self.query_iter(query).await?.reduce_and_drop(init, f).await })
    }

    /// Performs a query and drops its result.
    fn query_drop<'a, Q>(&'a mut self, query: Q) -> BoxFuture<'a, ()>
    where
        Q: AsQuery + 'a,
    {
        Box::pin(async move { self.query_iter(query).await?.drop_result().await })
    }

    /// Executes a statement and collects the first result set.
    fn exec<'a: 'b, 'b, T, S, P>(&'a mut self, stmt: S, params: P) -> BoxFuture<'b, Vec<T>>
    where
        S: StatementLike + 'b,
        P: Into<Params> + Send + 'b,
        T: FromRow + Send + 'static,
    {
        Box::pin(async move { self.exec_iter(stmt, params).await?.collect_and_drop().await })
    }

    /// Executes a statement and returns the first row of the first result set.
    fn exec_first<'a: 'b, 'b, T, S, P>(&'a mut self, stmt: S, params: P) -> BoxFuture<'b, Option<T>>
    where
        S: StatementLike + 'b,
        P: Into<Params> + Send + 'b,
        T: FromRow + Send + 'static,
    {
        Box::pin(async move { first(self.exec_iter(stmt, params).await?).await })
    }

    /// Executes a statement and maps each row of the first result set.
    fn exec_map<'a: 'b, 'b, T, S, P, U, F>(
        &'a mut self,
        stmt: S,
        params: P,
        mut f: F,
    ) -> BoxFuture<'b, Vec<U>>
    where
        S: StatementLike + 'b,
        P: Into<Params> + Send + 'b,
        T: FromRow + Send + 'static,
        F: FnMut(T) -> U + Send + 'a,
        U: Send + 'a,
    {
        Box::pin(async move {
            self.exec_iter(stmt, params).await?.map_and_drop(|row: Row| f(from_row(row))).await
        })
    }

    /// Executes a statement and folds the first result set.
    fn exec_fold<'a: 'b, 'b, T, S, P, U, F>(
        &'a mut self,
        stmt: S,
        params: P,
        init: U,
        f: F,
    ) -> BoxFuture<'b, U>
    where
        S: StatementLike + 'b,
        P: Into<Params> + Send + 'b,
        T: FromRow + Send + 'static,
        F: FnMut(U, T) -> U + Send + 'a,
        U: Send + 'a,
    {
        Box::pin(async move { self.exec_iter(stmt, params).await?.reduce_and_drop(init, f).await })
    }

    /// Executes a statement and drops its result.
    fn exec_drop<'a: 'b, 'b, S, P>(&'a mut self, stmt: S, params: P) -> BoxFuture<'b, ()>
    where
        S: StatementLike + 'b,
        P: Into<Params> + Send + 'b,
    {
        Box::pin(async move { self.exec_iter(stmt, params).await?.drop_result().await })
    }

    /// Performs a query and returns a stream of the first result set.
    ///
    /// # Panics
    ///
    /// If there is no result set, as the driver's own method does.
    fn query_stream<'a, T, Q>(
        &'a mut self,
        query: Q,
    ) -> BoxFuture<'a, ResultSetStream<'a, 'a, 'static, T, TextProtocol>>
    where
        T: Unpin + FromRow + Send + 'static,
        Q: AsQuery + 'a,
    {
        Box::pin(async move { stream(self.query_iter(query).await?).await })
    }

    /// Executes a statement and returns a stream of the first result set.
    ///
    /// # Panics
    ///
    /// If there is no result set, as the driver's own method does.
    fn exec_stream<'a: 's, 's, T, Q, P>(
        &'a mut self,
        stmt: Q,
        params: P,
    ) -> BoxFuture<'s, ResultSetStream<'a, 'a, 'static, T, BinaryProtocol>>
    where
        T: Unpin + FromRow + Send + 'static,
        Q: StatementLike + 's,
        P: Into<Params> + Send + 's,
    {
        Box::pin(async move { stream(self.exec_iter(stmt, params).await?).await })
    }
}

macro_rules! queryable {
    ($($type:ty [$($lifetimes:tt)*])*) => {$(
        impl<$($lifetimes)*> Queryable for $type {
            fn ping(&mut self) -> BoxFuture<'_, ()> {
                mysql_async::prelude::Queryable::ping(&mut self.inner)
            }

            fn query_iter<'a, Q>(
                &'a mut self,
                query: Q,
            ) -> BoxFuture<'a, QueryResult<'a, 'static, TextProtocol>>
            where
                Q: AsQuery + 'a,
            {
                Box::pin(async move {
                    use mysql_async::prelude::Queryable as _;
                    let (live, commented) = start_text(&self.endpoint, &self.inner, &query, None);
                    match commented {
                        Some(query) => QueryResult::open(live, None, self.inner.query_iter(query)).await,
                        None => QueryResult::open(live, None, self.inner.query_iter(query)).await,
                    }
                })
            }

            fn prep<'a, Q>(&'a mut self, query: Q) -> BoxFuture<'a, Statement>
            where
                Q: AsQuery + 'a,
            {
                Box::pin(async move {
                    let analysis = self.endpoint.analyse_ahead(&query.as_query());
                    let subject = analysis.as_ref().map_or(Subject::Unknown, Subject::Analysed);
                    let call = Call { subject, operation: Some(PREPARE), ..Call::default() };
                    let mut live = self.endpoint.start(Some(&self.inner), call);
                    let prepare = mysql_async::prelude::Queryable::prep(&mut self.inner, query);
                    let statement = live.drive(prepare).await;
                    live.finish(&statement);
                    Ok(Statement::new(statement?, analysis))
                })
            }

            fn close(&mut self, stmt: Statement) -> BoxFuture<'_, ()> {
                mysql_async::prelude::Queryable::close(&mut self.inner, stmt.into_inner())
            }

            fn exec_iter<'a: 's, 's, Q, P>(
                &'a mut self,
                stmt: Q,
                params: P,
            ) -> BoxFuture<'s, QueryResult<'a, 'static, BinaryProtocol>>
            where
                Q: StatementLike + 's,
                P: Into<Params>,
            {
                let params = params.into();
                Box::pin(async move {
                    let live = start_statement(&self.endpoint, &self.inner, &stmt, &params, None);
                    let stmt = stmt.into_driver();
                    let execute = mysql_async::prelude::Queryable::exec_iter(&mut self.inner, stmt, params);
                    QueryResult::open(live, None, execute).await
                })
            }

            fn exec_batch<'a: 'b, 'b, S, P, I>(
                &'a mut self,
                stmt: S,
                params_iter: I,
            ) -> BoxFuture<'b, ()>
            where
                S: StatementLike + 'b,
                I: IntoIterator<Item = P> + Send + 'b,
                I::IntoIter: Send,
                P: Into<Params> + Send,
            {
                Box::pin(async move {
                    let params = params_iter.into_iter();
                    let mut live = start_batch(&self.endpoint, &self.inner, &stmt, &params, None);
                    let mut size = 0;
                    let params = params.inspect(|_| size += 1);
                    let stmt = stmt.into_driver();
                    let execute = mysql_async::prelude::Queryable::exec_batch(&mut self.inner, stmt, params);
                    let result = live.drive(execute).await;
                    live.set_batch_size(size);
                    live.finish(&result);
                    result
                })
            }
        }
    )*};
}

queryable! {
    Conn []
    Transaction<'_> []
    Connection<'c, 't> ['c, 't: 'c]
}

/// The driver's command for a statement that is not executed yet.
const PREPARE: &str = "PREPARE";

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
    endpoint.start(Some(conn), Call { subject, parameters: Some(parameters), started, ..Call::default() })
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

/// The first row of the first result set.
pub(crate) async fn first<T, P>(mut result: QueryResult<'_, '_, P>) -> Result<Option<T>>
where
    T: FromRow + Send + 'static,
    P: mysql_async::prelude::Protocol,
{
    let row = if result.is_empty() { None } else { result.next().await? };
    result.drop_result().await?;
    Ok(row.map(from_row))
}

/// The first result set as a stream.
pub(crate) async fn stream<'a, 't: 'a, T, P>(
    result: QueryResult<'a, 't, P>,
) -> Result<ResultSetStream<'a, 'a, 't, T, P>>
where
    T: Unpin + FromRow + Send + 'static,
    P: mysql_async::prelude::Protocol + Unpin,
{
    match result.stream_and_drop().await.transpose() {
        Some(stream) => stream,
        None => panic!("At least one result set is expected"),
    }
}
