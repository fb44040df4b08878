//! mysql_async 0.37.
//!
//! The crate has the text of the adapter once, in the files of the directory `adapter`, and
//! compiles it for each line of the driver: the module of a line names its version of the driver
//! `mysql_async`, and the text finds it by `super::`. So a type of one line is never confused with
//! the type of the same name of another, and two lines can be used in one program. What a line does
//! in its own way is in its `line` module, with the same names in each.
//!
//! The adapter's items replace those of the driver with the same name. Everything else of the
//! driver is exported as it is, so that a program changes only the name of the crate in its
//! imports.

use ::mysql_async;

/// How an example uses `$name` of this line.
macro_rules! line_use {
    ($name:literal) => {
        concat!(
            "# mod otelier { pub use otelier_mysql as mysql; }\nuse otelier::mysql::",
            $name,
            ";"
        )
    };
}

/// How an example uses the driver's own trait.
macro_rules! line_driver_queryable {
    () => {
        "use mysql_async::prelude::Queryable;"
    };
}

/// A driver of another line, as `other_driver`.
macro_rules! line_other_driver {
    () => {
        "# use mysql_async_0_36 as other_driver;"
    };
}

/// What differs between the lines of the driver's versions.
mod line {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use otelier_instrument::semconv::db::DbPoolState;

    use super::BoxFuture;
    use super::mysql_async::prelude::{Queryable, StatementLike};
    use super::mysql_async::{
        BinaryProtocol, DriverError, Metrics, Opts, OptsBuilder, Params, QueryResult,
    };
    use crate::recorder::{PoolCounts, Server};

    /// Options that say so when a connection was opened, by the server's number for it, before the
    /// user's own callback.
    pub(super) fn with_opened(opts: &Opts, opened: impl Fn(u32) + Send + Sync + 'static) -> Opts {
        let users = opts.after_connect();
        let opts = OptsBuilder::from_opts(opts.clone()).after_connect(move |conn| {
            opened(conn.id());
            match &users {
                Some(callback) => callback(conn),
                None => Box::pin(async { Ok(()) }),
            }
        });
        opts.into()
    }

    /// Nothing: a new connection was noticed when it was opened.
    pub(super) fn handed_out(_: &Server, _: &Metrics, _: u32) {}

    /// The gauges that the driver keeps, and the bounds of the options.
    ///
    /// The counts of the recorder are not needed: this line keeps a gauge of connections in use.
    pub(super) fn state(metrics: &Metrics, _: &PoolCounts, bounds: DbPoolState) -> DbPoolState {
        // Driver versions have let a gauge drop below zero, which an unsigned one wraps.
        let gauge = |gauge: &AtomicUsize| {
            u64::try_from(gauge.load(Ordering::Relaxed) as isize).unwrap_or(0)
        };
        let mut state = bounds;
        state.idle = gauge(&metrics.connections_in_pool);
        state.used = gauge(&metrics.connections_in_use);
        state.pending_requests = gauge(&metrics.active_wait_requests);
        state
    }

    /// What the driver executes like a statement.
    ///
    /// For this line that is everything that the driver itself takes.
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

    impl<S: StatementLike> Executable for S {
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

    /// The name of a kind of error that only this line has, or that has no name of its own.
    pub(super) fn driver_error(error: &DriverError) -> &'static str {
        match error {
            DriverError::BulkExecute(_) => "BulkExecute",
            DriverError::Params(_) => "Params",
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
