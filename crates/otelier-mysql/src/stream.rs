//! The rows of one result set as a stream.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::stream::FusedStream;
use mysql_async::prelude::{FromRow, Protocol};
use mysql_async::{Column, OkPacket, Result};

use crate::lease::Lease;
use crate::live::Live;

/// The rows of one result set, as [`mysql_async::ResultSetStream`].
pub struct ResultSetStream<'r, 'a, 't, T, P> {
    inner: mysql_async::ResultSetStream<'r, 'a, 't, T, P>,
    live: Owner<'r>,
}

/// Who ends the operation: the stream itself, or the result that it was made of.
#[expect(clippy::large_enum_variant, reason = "a box would cost each stream an allocation")]
enum Owner<'r> {
    /// The lease is held until the connection is given back, which is when the stream is dropped.
    Stream(Live, #[expect(dead_code, reason = "for its drop")] Option<Lease>),
    Result(&'r mut Live),
}

impl<'r, 'a: 'r, 't: 'a, T, P> ResultSetStream<'r, 'a, 't, T, P> {
    pub(crate) fn borrowing(
        inner: mysql_async::ResultSetStream<'r, 'a, 't, T, P>,
        live: &'r mut Live,
    ) -> Self {
        Self { inner, live: Owner::Result(live) }
    }

    pub(crate) fn owning(
        inner: mysql_async::ResultSetStream<'r, 'a, 't, T, P>,
        live: Live,
        lease: Option<Lease>,
    ) -> Self {
        Self { inner, live: Owner::Stream(live, lease) }
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
        let Self { inner, live: owner } = self.get_mut();
        let (live, ends) = match owner {
            Owner::Stream(live, _) => (live, true),
            Owner::Result(live) => {
                let single = live.is_single();
                (&mut **live, single)
            }
        };
        let polled = live.poll(|| Pin::new(inner).poll_next(cx), Poll::is_pending);
        match &polled {
            Poll::Ready(Some(row)) => {
                live.add_rows(usize::from(row.is_ok()));
                live.check(row);
            }
            Poll::Ready(None) if ends => live.succeed(),
            Poll::Ready(None) => {}
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
