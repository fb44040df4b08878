//! Queries that are told where to run: `"SELECT 1".first(&pool)`.

use mysql_async::prelude::{AsQuery, FromRow, Protocol};
use mysql_async::{BinaryProtocol, Params, Row, TextProtocol, from_row};

use crate::BoxFuture;
use crate::connection::{Connection, ToConnection};
use crate::execute::{start_batch, start_statement, start_text};
use crate::result::QueryResult;
use crate::statement::StatementLike;
use crate::stream::ResultSetStream;

/// A query that can be run on a connection, a transaction or a pool, as [`mysql_async::prelude::Query`]: text, or text
/// [`with`](WithParams::with) parameters.
///
/// What is emitted is that of the corresponding method of [`Queryable`](crate::Queryable). On a pool, the operation
/// includes the wait for a connection.
///
/// # Errors
///
/// Those of the driver, and no others.
pub trait Query: Send + Sized {
    /// The protocol.
    type Protocol: Protocol;

    /// As [`Queryable::query_iter`](crate::Queryable::query_iter).
    fn run<'a, 't: 'a, C>(self, conn: C) -> BoxFuture<'a, QueryResult<'a, 't, Self::Protocol>>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a;

    /// As [`Queryable::query_first`](crate::Queryable::query_first).
    fn first<'a, 't: 'a, T, C>(self, conn: C) -> BoxFuture<'a, Option<T>>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a,
        T: FromRow + Send + 'static,
    {
        Box::pin(async move { self.run(conn).await?.first_and_drop().await })
    }

    /// As [`Queryable::query`](crate::Queryable::query).
    fn fetch<'a, 't: 'a, T, C>(self, conn: C) -> BoxFuture<'a, Vec<T>>
    where
        Self: 'a,
        C: ToConnection<'a, 't> + 'a,
        T: FromRow + Send + 'static,
    {
        Box::pin(async move { self.run(conn).await?.collect_and_drop().await })
    }

    /// As [`Queryable::query_fold`](crate::Queryable::query_fold).
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

    /// As [`Queryable::query_map`](crate::Queryable::query_map).
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

    /// As [`Queryable::query_stream`](crate::Queryable::query_stream).
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

    /// As [`Queryable::query_drop`](crate::Queryable::query_drop).
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
            use mysql_async::prelude::Query as Driver;
            let (conn, started) = conn.to_connection().resolve_timed().await?;
            let Connection { inner, endpoint, lease } = conn;
            let (live, commented) = start_text(&endpoint, &inner, &self, started);
            match commented {
                Some(query) => QueryResult::open(live, lease, Driver::run(query, inner)).await,
                None => QueryResult::open(live, lease, Driver::run(self, inner)).await,
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
            use mysql_async::prelude::Query as Driver;
            let (conn, started) = conn.to_connection().resolve_timed().await?;
            let Connection { inner, endpoint, lease } = conn;
            let params = self.params.into();
            let live = start_statement(&endpoint, &inner, &self.query, &params, started);
            let query = mysql_async::QueryWithParams { query: self.query.into_driver(), params };
            QueryResult::open(live, lease, Driver::run(query, inner)).await
        })
    }
}

/// Executes a statement for each item of its parameters, as [`mysql_async::prelude::BatchQuery`].
pub trait BatchQuery {
    /// As [`Queryable::exec_batch`](crate::Queryable::exec_batch).
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
            use mysql_async::prelude::BatchQuery as Driver;
            let (conn, started) = conn.to_connection().resolve_timed().await?;
            let Connection { inner, endpoint, lease: _lease } = conn;
            let params = self.params.into_iter();
            let mut live = start_batch(&endpoint, &inner, &self.query, &params, started);
            let mut size = 0;
            let params = params.inspect(|_| size += 1);
            let query = mysql_async::QueryWithParams { query: self.query.into_driver(), params };
            let result = live.drive(Driver::batch(query, inner)).await;
            live.set_batch_size(size);
            live.finish(&result);
            result
        })
    }
}
