//! The rows of one result set as a stream.
//!
//! A stream that owns its recording ends the operation with its last row. One that borrows it
//! leaves the end to the result, which may have more result sets, unless the statement has one set
//! only.
//!
//! Each poll runs inside the operation, so that what happens in it belongs to the operation's span.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::error::check;
use super::mysql_async;
use super::mysql_async::prelude::{FromRow, Protocol};
use super::mysql_async::{Column, OkPacket, Result};
use crate::recorder::CheckoutTimer;
use crate::recorder::Recording;
use futures_util::Stream;
use futures_util::stream::FusedStream;

/// The rows of one result set, as [`mysql_async::ResultSetStream`].
pub struct ResultSetStream<'r, 'a, 't, T, P> {
    /// Reads and converts the rows.
    inner: mysql_async::ResultSetStream<'r, 'a, 't, T, P>,
    /// The operation, its own or borrowed.
    recording: Owner<'r>,
}

/// Who ends the operation: the stream itself, or the result that it was made of.
#[expect(clippy::large_enum_variant, reason = "a box would cost each stream an allocation")]
enum Owner<'r> {
    /// The checkout is held until the connection is given back, which is when the stream is
    /// dropped.
    Stream(Recording, #[expect(dead_code, reason = "for its drop")] Option<CheckoutTimer>),
    /// The result has the checkout, too.
    Result(&'r mut Recording),
}

impl<'r, 'a: 'r, 't: 'a, T, P> ResultSetStream<'r, 'a, 't, T, P> {
    /// For a result that is used again after the stream.
    pub(crate) fn borrowing(
        inner: mysql_async::ResultSetStream<'r, 'a, 't, T, P>,
        recording: &'r mut Recording,
    ) -> Self {
        Self { inner, recording: Owner::Result(recording) }
    }

    /// For a result that was consumed by the stream.
    pub(crate) fn owning(
        inner: mysql_async::ResultSetStream<'r, 'a, 't, T, P>,
        recording: Recording,
        checkout: Option<CheckoutTimer>,
    ) -> Self {
        Self { inner, recording: Owner::Stream(recording, checkout) }
    }

    /// The id that the last `INSERT` generated, if any.
    pub fn last_insert_id(&self) -> Option<u64> {
        self.inner.last_insert_id()
    }

    /// The number of affected rows that the server reports.
    pub fn affected_rows(&self) -> u64 {
        self.inner.affected_rows()
    }

    /// The columns of the result set.
    pub fn columns_ref(&self) -> &[Column] {
        self.inner.columns_ref()
    }

    /// A copy of the columns of the result set.
    pub fn columns(&self) -> Arc<[Column]> {
        self.inner.columns()
    }

    /// Text information that the server reports.
    pub fn info(&self) -> Cow<'_, str> {
        self.inner.info()
    }

    /// The number of warnings that the server reports.
    pub fn get_warnings(&self) -> u16 {
        self.inner.get_warnings()
    }

    /// The OK packet of the result set, unless it holds an error.
    pub fn ok_packet(&self) -> Option<&OkPacket<'static>> {
        self.inner.ok_packet()
    }
}

impl<'r, 'a: 'r, 't: 'a, T, P> Stream for ResultSetStream<'r, 'a, 't, T, P>
where
    P: Protocol + Unpin,
    T: FromRow + Unpin + Send + 'static,
{
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { inner, recording: owner } = self.get_mut();
        let (recording, ends) = match owner {
            Owner::Stream(recording, _) => (recording, true),
            Owner::Result(recording) => {
                let single = recording.is_single();
                (&mut **recording, single)
            }
        };
        let polled = recording.poll(|| Pin::new(inner).poll_next(cx), Poll::is_pending);
        match &polled {
            Poll::Ready(Some(row)) => {
                recording.add_rows(usize::from(row.is_ok()));
                check(recording, row);
            }
            Poll::Ready(None) if ends => recording.end(),
            Poll::Ready(None) => recording.reached_result(),
            Poll::Pending => {}
        }
        polled
    }
}

impl<'r, 'a: 'r, 't: 'a, T, P> FusedStream for ResultSetStream<'r, 'a, 't, T, P>
where
    P: Protocol + Unpin,
    T: FromRow + Unpin + Send + 'static,
{
    fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }
}

impl<'r, 'a: 'r, 't: 'a, T, P> fmt::Debug for ResultSetStream<'r, 'a, 't, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResultSetStream").finish_non_exhaustive()
    }
}
