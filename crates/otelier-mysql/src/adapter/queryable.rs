//! The methods of connections and transactions, each of which is one operation.
//!
//! The trait has six methods that reach the server, and all others are made of them and of the
//! methods of a result. The six are written once, in a macro, for each type that can execute: it
//! says where that type has its server and the driver's connection.

use super::BoxFuture;
use super::conn::Conn;
use super::connection::Connection;
use super::execute;
use super::mysql_async;
use super::mysql_async::prelude::{AsQuery, FromRow};
use super::mysql_async::{BinaryProtocol, Params, Row, TextProtocol, from_row};
use super::result::QueryResult;
use super::statement::{Statement, StatementLike};
use super::stream::ResultSetStream;
use super::transaction::Transaction;
use crate::recorder::Server;

/// What can be asked of a [`Conn`], a [`Transaction`] and a [`Connection`]: the methods of
/// [`mysql_async::prelude::Queryable`], traced.
///
/// # What is emitted
///
/// For each call one CLIENT span, named after its summary (`SELECT songs artists`), and the metric
/// `db.client.operation.duration` (s). Both last until the last row was read. The crate's
/// documentation lists the attributes. Two methods are not traced: [`ping`](Self::ping) and
/// [`close`](Self::close), which execute nothing.
///
/// The driver's own [`mysql_async::Conn`] has these methods too, since the driver gives one to
/// callbacks of the user. On that nothing is traced.
///
/// # Errors
///
/// Those of the driver, and no others.
///
/// # With another version of the driver
///
/// A connection of another line is not accepted, and the compiler says which module to take
/// instead:
///
/// ```compile_fail,E0277
#[doc = line_use!("prelude::Queryable")]
#[doc = line_other_driver!()]
///
/// async fn count(db: &mut impl Queryable) -> Option<u64> {
///     db.query_first("SELECT COUNT(*) FROM songs").await.unwrap()
/// }
///
/// async fn not_traced(conn: &mut other_driver::Conn) {
///     count(conn).await;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no connection of this version of mysql_async that `otelier` traces",
    label = "not a `Conn` or `Transaction` of the module that this `Queryable` is from",
    note = "`otelier::mysql` is for mysql_async 0.37, and `otelier::mysql_0_36`, by the feature `mysql_async-0_36`, for 0.36",
    note = "a program takes `Pool`, `Conn` and the traits from there, in place of those of `mysql_async`"
)]
pub trait Queryable: Send {
    /// Asks whether the server is there.
    fn ping(&mut self) -> BoxFuture<'_, ()>;

    /// Performs a query and returns its result, which the operation lasts as long as.
    fn query_iter<'a, Q>(
        &'a mut self,
        query: Q,
    ) -> BoxFuture<'a, QueryResult<'a, 'static, TextProtocol>>
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

    /// Executes a statement for each item of `params_iter`: one operation with
    /// `db.operation.batch.size`.
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
        Box::pin(async move { self.query_iter(query).await?.first_and_drop().await })
    }

    /// Performs a query and maps each row of the first result set.
    fn query_map<'a, T, F, Q, U>(&'a mut self, query: Q, mut f: F) -> BoxFuture<'a, Vec<U>>
    where
        Q: AsQuery + 'a,
        T: FromRow + Send + 'static,
        F: FnMut(T) -> U + Send + 'a,
        U: Send,
    {
        Box::pin(async move {
            self.query_iter(query).await?.map_and_drop(|row: Row| f(from_row(row))).await
        })
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
        Box::pin(async move {
            let row: Option<Row> = self.exec_iter(stmt, params).await?.first_and_drop().await?;
            // Here, other than for text, the driver converts last.
            Ok(row.map(from_row))
        })
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
        Box::pin(async move { self.query_iter(query).await?.first_stream().await })
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
        Box::pin(async move { self.exec_iter(stmt, params).await?.first_stream().await })
    }
}

/// For each type: its lifetimes, the name for `self`, and from that the server and the driver's
/// own.
macro_rules! queryable {
    ($($type:ty [$($lifetimes:tt)*] |$this:ident| ($server:expr, $driver:expr),)*) => {$(
        impl<$($lifetimes)*> Queryable for $type {
            fn ping(&mut self) -> BoxFuture<'_, ()> {
                let $this = self;
                mysql_async::prelude::Queryable::ping($driver)
            }

            fn query_iter<'a, Q>(
                &'a mut self,
                query: Q,
            ) -> BoxFuture<'a, QueryResult<'a, 'static, TextProtocol>>
            where
                Q: AsQuery + 'a,
            {
                let $this = self;
                execute::query_iter($server, $driver, query)
            }

            fn prep<'a, Q>(&'a mut self, query: Q) -> BoxFuture<'a, Statement>
            where
                Q: AsQuery + 'a,
            {
                let $this = self;
                execute::prep($server, $driver, query)
            }

            fn close(&mut self, stmt: Statement) -> BoxFuture<'_, ()> {
                let $this = self;
                execute::close($server, $driver, stmt)
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
                let $this = self;
                execute::exec_iter($server, $driver, stmt, params.into())
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
                let $this = self;
                execute::exec_batch($server, $driver, stmt, params_iter)
            }
        }
    )*};
}

queryable! {
    Conn [] |this| (&this.server, &mut this.inner),
    Transaction<'_> [] |this| (&this.server, &mut this.inner),
    Connection<'c, 't> ['c, 't: 'c] |this| (&this.server, &mut this.inner),
    // What the driver gives to a callback of the user's, which runs before there is a connection of
    // ours.
    mysql_async::Conn [] |this| (Server::noop(), this),
}
