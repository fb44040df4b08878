//! A result whose rows may still be to come, and the operation that lasts as long.
//!
//! Each method lets the driver read and tells the recording what came: rows, the end of a result
//! set, an error. The methods that read a whole set are made of `fold`.
//!
//! When an operation is over is not simple. A text may hold several statements, each with a result
//! set, and an error of a later one shows only when the driver is asked for it. So the operation of
//! a single statement ends with its last row, and that of several ends when the driver was asked
//! and there was nothing more. A result that is dropped between two rows ends its operation without
//! an error: the caller has read what it wanted.

use std::borrow::Cow;
use std::fmt;
use std::result::Result as StdResult;
use std::sync::Arc;

use super::BoxFuture;
use super::connection::Connection;
use super::error::{check, finish};
use super::mysql_async;
use super::mysql_async::prelude::{FromRow, Protocol};
use super::mysql_async::{Column, FromRowError, Result, Row, from_row, from_row_opt};
use super::stream::ResultSetStream;
use crate::recorder::CheckoutTimer;
use crate::recorder::Recording;

/// The result of a query or of a statement, as [`mysql_async::QueryResult`].
///
/// The operation that it is the result of ends when the last row of the last result set was read,
/// when reading fails, or when this is dropped.
pub struct QueryResult<'a, 't, P> {
    /// Holds the connection, or borrows it.
    inner: mysql_async::QueryResult<'a, 't, P>,
    /// Ended, but still there, after the last row.
    recording: Recording,
    /// `None` if the connection is borrowed or of no pool.
    checkout: Option<CheckoutTimer>,
}

impl<'a, 't: 'a, P: Protocol> QueryResult<'a, 't, P> {
    /// What is still to be read on `conn`. It is not known whose result that is, so it has no
    /// operation.
    pub fn new<T: Into<Connection<'a, 't>>>(conn: T) -> Self {
        let Connection { inner, server: _, checkout } = conn.into();
        Self { inner: mysql_async::QueryResult::new(inner), recording: Recording::noop(), checkout }
    }

    /// Runs `open` as the work of `recording`, which then belongs to the result.
    pub(crate) async fn open<F>(
        mut recording: Recording,
        checkout: Option<CheckoutTimer>,
        open: F,
    ) -> Result<Self>
    where
        F: Future<Output = Result<mysql_async::QueryResult<'a, 't, P>>>,
    {
        let result = recording.drive(open).await;
        check(&mut recording, &result);
        let mut result = Self { inner: result?, recording, checkout };
        result.recording.reached_result();
        result.end_if_done(false);
        Ok(result)
    }

    /// Ends the operation if there is nothing more to come.
    ///
    /// A result with several sets claims to be empty also when the next of them is an error that is
    /// still to come: it is done for certain only once it was `asked` again.
    fn end_if_done(&mut self, asked: bool) {
        if self.inner.is_empty() && (asked || self.recording.is_single()) {
            self.recording.end();
        }
    }

    /// `true` if there are no more rows and no more result sets.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    #[doc(hidden)]
    pub async fn next(&mut self) -> Result<Option<Row>> {
        let asked = self.inner.is_empty();
        let row = self.recording.drive(self.inner.next()).await;
        check(&mut self.recording, &row);
        match row {
            Ok(Some(_)) => self.recording.add_rows(1),
            // The driver has asked for the next result set by then.
            Ok(None) => self.recording.reached_result(),
            Err(_) => {}
        }
        self.end_if_done(asked);
        row
    }

    /// The id that the last `INSERT` generated, if any.
    pub fn last_insert_id(&self) -> Option<u64> {
        self.inner.last_insert_id()
    }

    /// The number of affected rows that the server reports.
    pub fn affected_rows(&self) -> u64 {
        self.inner.affected_rows()
    }

    /// Text information that the server reports.
    pub fn info(&self) -> Cow<'_, str> {
        self.inner.info()
    }

    /// The number of warnings that the server reports.
    pub fn warnings(&self) -> u16 {
        self.inner.warnings()
    }

    /// The columns of the current result set; none if it was never meant to have rows.
    pub fn columns_ref(&self) -> &[Column] {
        self.inner.columns_ref()
    }

    /// A copy of the columns of the current result set.
    pub fn columns(&self) -> Option<Arc<[Column]>> {
        self.inner.columns()
    }

    /// Collects the current result set.
    ///
    /// # Panics
    ///
    /// If a row is not convertible to `R`, as the driver's own method does.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn collect<R: FromRow + Send + 'static>(&mut self) -> Result<Vec<R>> {
        self.fold(Vec::new(), |mut rows, row| {
            rows.push(R::from_row(row));
            rows
        })
        .await
    }

    /// Like [`collect`](Self::collect), without its panic.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn try_collect<R>(&mut self) -> Result<Vec<StdResult<R, FromRowError>>>
    where
        R: FromRow + Send + 'static,
    {
        self.fold(Vec::new(), |mut rows, row| {
            rows.push(from_row_opt(row));
            rows
        })
        .await
    }

    /// Collects the current result set and drops everything else.
    ///
    /// # Panics
    ///
    /// If a row is not convertible to `R`, as the driver's own method does.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn collect_and_drop<R: FromRow + Send + 'static>(mut self) -> Result<Vec<R>> {
        let rows = self.collect().await?;
        self.drop_result().await?;
        Ok(rows)
    }

    /// Like [`collect_and_drop`](Self::collect_and_drop), without its panic.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn try_collect_and_drop<R>(mut self) -> Result<Vec<StdResult<R, FromRowError>>>
    where
        R: FromRow + Send + 'static,
    {
        let rows = self.try_collect().await?;
        self.drop_result().await?;
        Ok(rows)
    }

    /// Calls `fun` with each row of the current result set.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn for_each<F: FnMut(Row)>(&mut self, mut fun: F) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        self.fold((), |(), row| fun(row)).await
    }

    /// Calls `fun` with each row of the current result set and drops everything else.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn for_each_and_drop<F: FnMut(Row)>(mut self, fun: F) -> Result<()> {
        self.for_each(fun).await?;
        self.drop_result().await
    }

    /// Maps each row of the current result set.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn map<F: FnMut(Row) -> U, U>(&mut self, mut fun: F) -> Result<Vec<U>> {
        self.fold(Vec::new(), |mut values, row| {
            values.push(fun(row));
            values
        })
        .await
    }

    /// Maps each row of the current result set and drops everything else.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn map_and_drop<F: FnMut(Row) -> U, U>(mut self, fun: F) -> Result<Vec<U>> {
        let values = self.map(fun).await?;
        self.drop_result().await?;
        Ok(values)
    }

    /// Folds the rows of the current result set.
    ///
    /// # Panics
    ///
    /// If a row is not convertible to `T`, as the driver's own method does.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn reduce<T, F, U>(&mut self, init: U, mut fun: F) -> Result<U>
    where
        F: FnMut(U, T) -> U,
        T: FromRow + Send + 'static,
    {
        self.fold(init, |value, row| fun(value, from_row(row))).await
    }

    /// Folds the rows of the current result set and drops everything else.
    ///
    /// # Panics
    ///
    /// If a row is not convertible to `T`, as the driver's own method does.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn reduce_and_drop<T, F, U>(mut self, init: U, fun: F) -> Result<U>
    where
        F: FnMut(U, T) -> U,
        T: FromRow + Send + 'static,
    {
        let value = self.reduce(init, fun).await?;
        self.drop_result().await?;
        Ok(value)
    }

    /// Reads whatever is left, and drops it.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn drop_result(self) -> Result<()> {
        let Self { inner, mut recording, checkout: _checkout } = self;
        recording.skip_results();
        let result = recording.drive(inner.drop_result()).await;
        finish(recording, &result);
        result
    }

    /// The first row of the first result set. Drops everything else.
    pub(crate) async fn first_and_drop<R: FromRow + Send + 'static>(mut self) -> Result<Option<R>> {
        let first = if self.is_empty() { None } else { self.next().await?.map(from_row) };
        self.drop_result().await?;
        Ok(first)
    }

    /// Reads the current result set to its end. Rows are counted also if reading fails before.
    async fn fold<U>(&mut self, init: U, mut fun: impl FnMut(U, Row) -> U) -> Result<U> {
        let asked = self.inner.is_empty();
        let mut rows = 0;
        let fold = self.inner.reduce(init, |value, row: Row| {
            rows += 1;
            fun(value, row)
        });
        let result = self.recording.drive(fold).await;
        self.recording.add_rows(rows);
        check(&mut self.recording, &result);
        if result.is_ok() {
            self.recording.reached_result();
        }
        self.end_if_done(asked);
        result
    }
}

impl<'a, 't: 'a, P: Protocol + Unpin> QueryResult<'a, 't, P> {
    /// A stream of the current result set. The operation goes on after it, with the next result
    /// set.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub fn stream<'r, T>(&'r mut self) -> BoxFuture<'r, Option<ResultSetStream<'r, 'a, 't, T, P>>>
    where
        T: Unpin + FromRow + Send + 'static,
    {
        Box::pin(async move {
            let stream = self.recording.drive(self.inner.stream::<T>()).await;
            check(&mut self.recording, &stream);
            let recording = &mut self.recording;
            Ok(stream?.map(|stream| ResultSetStream::borrowing(stream, recording)))
        })
    }

    /// A stream of the first result set, which there has to be.
    pub(crate) async fn first_stream<T>(self) -> Result<ResultSetStream<'a, 'a, 't, T, P>>
    where
        T: Unpin + FromRow + Send + 'static,
    {
        match self.stream_and_drop().await.transpose() {
            Some(stream) => stream,
            None => panic!("At least one result set is expected"),
        }
    }

    /// A stream of the current result set, whose end ends the operation.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub fn stream_and_drop<T>(self) -> BoxFuture<'a, Option<ResultSetStream<'a, 'a, 't, T, P>>>
    where
        T: Unpin + FromRow + Send + 'static,
    {
        Box::pin(async move {
            let Self { inner, mut recording, checkout } = self;
            recording.skip_results();
            let stream = recording.drive(inner.stream_and_drop::<T>()).await;
            check(&mut recording, &stream);
            Ok(stream?.map(|stream| ResultSetStream::owning(stream, recording, checkout)))
        })
    }
}

impl<'a, 't: 'a, P> fmt::Debug for QueryResult<'a, 't, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryResult").field("recording", &self.recording).finish_non_exhaustive()
    }
}
