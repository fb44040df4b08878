//! mysql_async 0.36: the same types for this line of the driver.
//!
//! ```
//! # mod otelier { pub use otelier_mysql::mysql_0_36; }
//! use otelier::mysql_0_36::{Pool, prelude::*};
//!
//! # async fn run() -> otelier::mysql_0_36::Result<()> {
//! let pool = Pool::new("mysql://shop:secret@db.example/shop");
//! let songs: Vec<(u64, String)> = "SELECT id, title FROM songs".fetch(&pool).await?;
//! # Ok(()) }
//! ```
//!
//! What is emitted is the same as for mysql_async 0.37, with one exception. This line does not say
//! when a pool opens a connection, and a server that was restarted gives the numbers of connections
//! again. So after a `USE` on a connection of a pool, `db.namespace` is left out for connections of
//! the same number once the pool has lost one, until the next `USE`.

use mysql_async_0_36 as mysql_async;

/// How an example uses `$name` of this line.
macro_rules! line_use {
    ($name:literal) => {
        concat!(
            "# mod otelier { pub use otelier_mysql::mysql_0_36; }\nuse otelier::mysql_0_36::",
            $name,
            ";"
        )
    };
}

/// How an example uses the driver's own trait.
macro_rules! line_driver_queryable {
    () => {
        "use mysql_async_0_36::prelude::Queryable;"
    };
}

/// A driver of another line, as `other_driver`.
macro_rules! line_other_driver {
    () => {
        "# use mysql_async as other_driver;"
    };
}

/// What differs between the lines of the driver's versions.
mod line {
    use std::borrow::Cow;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use otelier_instrument::semconv::db::DbPoolState;

    use super::BoxFuture;
    use super::mysql_async::prelude::{Queryable, StatementLike};
    use super::mysql_async::{
        BinaryProtocol, DriverError, Metrics, Opts, Params, QueryResult, Statement,
    };
    use crate::recorder::{PoolCounts, Server};

    /// The options as they are: there is no callback for a new connection.
    ///
    /// The callback is never called. `handed_out` stands in for it.
    pub(super) fn with_opened(opts: &Opts, _: impl Fn(u32) + Send + Sync + 'static) -> Opts {
        opts.clone()
    }

    /// Says how many connections the pool has lost, one of which this may take the place of.
    ///
    /// The sum only grows, so that the recorder sees a loss as a change of it. A pool may lose a
    /// connection without a replacement: then a database counts as unknown although it is known.
    pub(super) fn handed_out(server: &Server, metrics: &Metrics, connection: u32) {
        let lost = [
            &metrics.create_failed,
            &metrics.discarded_superfluous_connection,
            &metrics.discarded_unestablished_connection,
            &metrics.discarded_expired_connection,
            &metrics.discarded_error_during_cleanup,
        ];
        let lost = lost.map(|counter| counter.load(Ordering::Relaxed)).iter().sum();
        server.handed_out(connection, lost);
    }

    /// What of the driver's gauges can be relied on: connections that are taken out of the pool and
    /// requests that were served are still counted, so that ours are the limit.
    pub(super) fn state(
        metrics: &Metrics,
        counts: &PoolCounts,
        bounds: DbPoolState,
    ) -> DbPoolState {
        let gauge = |gauge: &AtomicUsize| gauge.load(Ordering::Relaxed) as u64;
        let used = counts.checked_out();
        let not_used = gauge(&metrics.connection_count).saturating_sub(used);
        let mut state = bounds;
        state.idle = gauge(&metrics.connections_in_pool).min(not_used);
        state.used = used;
        state.pending_requests = gauge(&metrics.active_wait_requests).min(counts.waiting());
        state
    }

    /// What the driver executes like a statement. Its own method asks that a text lives as long as
    /// the connection is borrowed, so a text is prepared first, as that method does too.
    pub trait Executable: StatementLike {
        /// Executes it.
        ///
        /// The result borrows `driver` until it is read or dropped.
        fn exec_iter<'a: 's, 's, C: Queryable>(
            self,
            driver: &'a mut C,
            params: Params,
        ) -> BoxFuture<'s, QueryResult<'a, 'static, BinaryProtocol>>
        where
            Self: 's;
    }

    impl Executable for Statement {
        fn exec_iter<'a: 's, 's, C: Queryable>(
            self,
            driver: &'a mut C,
            params: Params,
        ) -> BoxFuture<'s, QueryResult<'a, 'static, BinaryProtocol>>
        where
            Self: 's,
        {
            driver.exec_iter(self, params)
        }
    }

    /// Implements it for the texts that can be a statement. A blanket implementation would conflict
    /// with that for `Statement`.
    macro_rules! texts {
        ($($type:ty),* $(,)?) => {$(
            impl Executable for $type {
                fn exec_iter<'a: 's, 's, C: Queryable>(
                    self,
                    driver: &'a mut C,
                    params: Params,
                ) -> BoxFuture<'s, QueryResult<'a, 'static, BinaryProtocol>>
                where
                    Self: 's,
                {
                    Box::pin(async move {
                        let statement = driver.prep(self).await?;
                        driver.exec_iter(statement, params).await
                    })
                }
            }
        )*};
    }

    texts!(
        &str,
        String,
        Box<str>,
        Arc<str>,
        Cow<'_, str>,
        &[u8],
        Vec<u8>,
        Box<[u8]>,
        Arc<[u8]>,
        Cow<'_, [u8]>,
    );

    /// The name of a kind of error that only this line has, as the next line calls it.
    pub(super) fn driver_error(error: &DriverError) -> &'static str {
        match error {
            DriverError::MissingNamedParam { .. } | DriverError::NamedParamsForPositionalQuery => {
                "Params"
            }
            _ => "DriverError",
        }
    }
}

#[path = "adapter/modules.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for every version of the driver")]
mod adapter;

#[doc(inline)]
pub use adapter::{
    BoxFuture, Conn, Connection, Pool, PoolBuilder, QueryResult, QueryWithParams, Queryable,
    ResultSetStream, Statement, ToConnectionResult, Transaction, prelude,
};
// The driver's own, of which the items of the same name above take the place.
#[doc(no_inline)]
pub use mysql_async::*;
