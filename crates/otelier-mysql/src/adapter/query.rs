//! Queries that are given a connection or a pool: `"SELECT 1".first(&pool)`.
//!
//! A query that gets a pool has to wait for a connection first. Its operation can be described only
//! when there is one, because the session says which server it is; the time at which it began is
//! kept and given to the recording. A wait that fails is an operation named `connect`, and the
//! query is none.
//!
//! The connection belongs to the result from then on, and with it the timer that says how long the
//! connection is out of its pool.

use super::BoxFuture;
use super::connection::{Connection, ToConnection};
use super::error::finish;
use super::execute::{start_batch, start_statement, start_text};
use super::mysql_async;
use super::mysql_async::prelude::{AsQuery, FromRow, Protocol};
use super::mysql_async::{BinaryProtocol, Params, Row, TextProtocol, from_row};
use super::result::QueryResult;
use super::statement::StatementLike;
use super::stream::ResultSetStream;

/// A query that can be run on a connection, a transaction or a pool, as
/// [`mysql_async::prelude::Query`]: text, or text [`with`](WithParams::with) parameters.
///
/// What is emitted is that of the corresponding method of [`Queryable`](super::Queryable). On a
/// pool, the operation includes the wait for a connection.
///
/// # Errors
///
/// Those of the driver, and no others.
pub trait Query: Send + Sized {
    /// The protocol.
    type Protocol: Protocol;

    /// As [`Queryable::query_iter`](super::Queryable::query_iter).
    fn run<'a, 't: 'a, C>(self, conn: C) -> BoxFuture<'a, QueryResult<'a, 't, Self::Protocol>>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a;

    /// As [`Queryable::query_first`](super::Queryable::query_first).
    fn first<'a, 't: 'a, T, C>(self, conn: C) -> BoxFuture<'a, Option<T>>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a,
        T: FromRow + Send + 'static,
    {
        Box::pin(async move { self.run(conn).await?.first_and_drop().await })
    }

    /// As [`Queryable::query`](super::Queryable::query).
    fn fetch<'a, 't: 'a, T, C>(self, conn: C) -> BoxFuture<'a, Vec<T>>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a,
        T: FromRow + Send + 'static,
    {
        Box::pin(async move { self.run(conn).await?.collect_and_drop().await })
    }

    /// As [`Queryable::query_fold`](super::Queryable::query_fold).
    fn reduce<'a, 't: 'a, T, U, F, C>(self, conn: C, init: U, next: F) -> BoxFuture<'a, U>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a,
        F: FnMut(U, T) -> U + Send + 'a,
        T: FromRow + Send + 'static,
        U: Send + 'a,
    {
        Box::pin(async move { self.run(conn).await?.reduce_and_drop(init, next).await })
    }

    /// As [`Queryable::query_map`](super::Queryable::query_map).
    fn map<'a, 't: 'a, T, U, F, C>(self, conn: C, mut map: F) -> BoxFuture<'a, Vec<U>>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a,
        F: FnMut(T) -> U + Send + 'a,
        T: FromRow + Send + 'static,
        U: Send + 'a,
    {
        Box::pin(
            async move { self.run(conn).await?.map_and_drop(|row: Row| map(from_row(row))).await },
        )
    }

    /// As [`Queryable::query_stream`](super::Queryable::query_stream).
    ///
    /// # Panics
    ///
    /// If there is no result set, as the driver's own method does.
    fn stream<'a, 't: 'a, T, C>(
        self,
        conn: C,
    ) -> BoxFuture<'a, ResultSetStream<'a, 'a, 't, T, Self::Protocol>>
    where
        Self: 'a,
        Self::Protocol: Unpin,
        T: Unpin + FromRow + Send + 'static,
        C: ToConnection<'a, 't> + 'a,
    {
        Box::pin(async move { self.run(conn).await?.first_stream().await })
    }

    /// As [`Queryable::query_drop`](super::Queryable::query_drop).
    fn ignore<'a, 't: 'a, C>(self, conn: C) -> BoxFuture<'a, ()>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a,
    {
        Box::pin(async move { self.run(conn).await?.drop_result().await })
    }
}

impl<Q: AsQuery> Query for Q {
    type Protocol = TextProtocol;

    fn run<'a, 't: 'a, C>(self, conn: C) -> BoxFuture<'a, QueryResult<'a, 't, TextProtocol>>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a,
    {
        Box::pin(async move {
            use super::mysql_async::prelude::Query as Driver;
            let (conn, started) = conn.to_connection().resolve_timed().await?;
            let Connection { inner, server, checkout } = conn;
            let (recording, commented) = start_text(&server, &inner, &self, started);
            match commented {
                Some(query) => {
                    QueryResult::open(recording, checkout, Driver::run(query, inner)).await
                }
                None => QueryResult::open(recording, checkout, Driver::run(self, inner)).await,
            }
        })
    }
}

/// A statement and its parameters, as [`mysql_async::QueryWithParams`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryWithParams<Q, P> {
    /// The statement.
    pub query: Q,
    /// The parameters; those of each execution in a [batch](BatchQuery).
    pub params: P,
}

/// Gives parameters to a statement, as [`mysql_async::prelude::WithParams`].
pub trait WithParams: Sized {
    /// The statement with `params`.
    fn with<P>(self, params: P) -> QueryWithParams<Self, P>;
}

impl<T: StatementLike> WithParams for T {
    fn with<P>(self, params: P) -> QueryWithParams<Self, P> {
        QueryWithParams { query: self, params }
    }
}

impl<Q, P> Query for QueryWithParams<Q, P>
where
    Q: StatementLike,
    P: Into<Params> + Send,
{
    type Protocol = BinaryProtocol;

    fn run<'a, 't: 'a, C>(self, conn: C) -> BoxFuture<'a, QueryResult<'a, 't, BinaryProtocol>>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a,
    {
        Box::pin(async move {
            use super::mysql_async::prelude::Query as Driver;
            let (conn, started) = conn.to_connection().resolve_timed().await?;
            let Connection { inner, server, checkout } = conn;
            let params = self.params.into();
            let recording = start_statement(&server, &inner, &self.query, &params, started);
            let query = mysql_async::QueryWithParams { query: self.query.into_driver(), params };
            QueryResult::open(recording, checkout, Driver::run(query, inner)).await
        })
    }
}

/// Executes a statement for each item of its parameters, as [`mysql_async::prelude::BatchQuery`].
pub trait BatchQuery {
    /// As [`Queryable::exec_batch`](super::Queryable::exec_batch).
    ///
    /// # Errors
    ///
    /// Those of the driver, and no others.
    fn batch<'a, 't: 'a, C>(self, conn: C) -> BoxFuture<'a, ()>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a;
}

impl<Q, I, P> BatchQuery for QueryWithParams<Q, I>
where
    Q: StatementLike,
    I: IntoIterator<Item = P> + Send,
    I::IntoIter: Send,
    P: Into<Params> + Send,
{
    fn batch<'a, 't: 'a, C>(self, conn: C) -> BoxFuture<'a, ()>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a,
    {
        Box::pin(async move {
            use super::mysql_async::prelude::BatchQuery as Driver;
            let (conn, started) = conn.to_connection().resolve_timed().await?;
            let Connection { inner, server, checkout: _checkout } = conn;
            let params = self.params.into_iter();
            let mut recording = start_batch(&server, &inner, &self.query, &params, started);
            let mut size = 0;
            let params = params.inspect(|_| size += 1);
            let query = mysql_async::QueryWithParams { query: self.query.into_driver(), params };
            let result = recording.drive(Driver::batch(query, inner)).await;
            recording.set_batch_size(size);
            finish(recording, &result);
            result
        })
    }
}
