//! The pool: hands out traced connections, and is what the pool metrics are about.
//!
//! A wait for a connection is timed here. How many connections there are is read from the driver's
//! gauges when metrics are collected. The recorder holds that source weakly, so the pool must keep
//! it alive: when the last clone of the pool is dropped, its metrics end.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use otelier_instrument::semconv::db::{DbPoolSource, DbPoolState};

use super::acquire::acquire;
use super::builder::PoolBuilder;
use super::conn::Conn;
use super::line;
use super::mysql_async;
use super::mysql_async::{Metrics, Opts, PoolOpts, Result, TxOpts};
use super::session;
use super::transaction::Transaction;
use crate::recorder::Server;
use crate::recorder::Telemetry;
use crate::recorder::{PoolCounts, PoolRecorder, begin_statement};

/// A pool of traced connections, as [`mysql_async::Pool`]. Clones are the same pool.
///
/// # What is emitted
///
/// What its [connections](super::Queryable) emit, and of the pool itself, by
/// `db.client.connection.pool.name` (`{server.address}:{server.port}/{db.namespace}` unless it was
/// [named](PoolBuilder::with_pool_name)):
///
/// | metric | from |
/// |---|---|
/// | `db.client.connection.count` by `db.client.connection.state` (`idle`, `used`) | [`Pool::metrics`](mysql_async::Pool::metrics), at each collection |
/// | `db.client.connection.pending_requests` | the same |
/// | `db.client.connection.max`, `.idle.max`, `.idle.min` | [`PoolOpts`] |
/// | `db.client.connection.wait_time` (s) | how long [`get_conn`](Self::get_conn) took |
/// | `db.client.connection.use_time` (s) | how long a connection was out of the pool |
///
/// Getting a connection is no span, unless it fails or is cancelled: then it is one named
/// `connect`.
///
/// Source:
/// <https://opentelemetry.io/docs/specs/semconv/database/database-metrics/#connection-pools>.
#[derive(Clone)]
pub struct Pool {
    inner: mysql_async::Pool,
    shared: Arc<Shared>,
}

/// What all clones of a pool have in common.
struct Shared {
    /// Also given to each connection that the pool hands out.
    server: Arc<Server>,
    /// The times of waits and of uses.
    recorder: PoolRecorder,
    /// Alive for as long as the pool is.
    source: Arc<Source>,
}

impl Pool {
    /// A pool for `opts`, with the global providers and the default options.
    ///
    /// # Panics
    ///
    /// If `opts` cannot be converted to [`Opts`], as the driver's own does.
    #[must_use]
    pub fn new<O>(opts: O) -> Self
    where
        Opts: TryFrom<O>,
        <Opts as TryFrom<O>>::Error: std::error::Error,
    {
        Self::with_telemetry(opts, &Telemetry::shared())
    }

    /// A pool for the connection string `url`.
    ///
    /// # Errors
    ///
    /// If the URL is not one of a MySQL server.
    pub fn from_url<T: AsRef<str>>(url: T) -> Result<Self> {
        Ok(Self::new(Opts::from_url(url.as_ref())?))
    }

    /// To choose providers and options.
    pub fn builder() -> PoolBuilder {
        PoolBuilder::default()
    }

    /// Panics for options that are not valid, as the driver's constructor does.
    pub(crate) fn with_telemetry<O>(opts: O, telemetry: &Arc<Telemetry>) -> Self
    where
        Opts: TryFrom<O>,
        <Opts as TryFrom<O>>::Error: std::error::Error,
    {
        match Opts::try_from(opts) {
            Ok(opts) => Self::with_opts(&opts, telemetry),
            Err(error) => panic!("invalid options for a pool: {error:?}"),
        }
    }

    fn with_opts(opts: &Opts, telemetry: &Arc<Telemetry>) -> Self {
        let server = session::server(Arc::clone(telemetry), opts);
        let opened = Arc::clone(&server);
        // The server gives its numbers again after a restart.
        let opts_of_pool = line::with_opened(opts, move |connection| opened.opened(connection));
        let inner = mysql_async::Pool::new(opts_of_pool);
        let counts = Arc::<PoolCounts>::default();
        let source = Arc::new(Source {
            metrics: inner.metrics(),
            counts: Arc::clone(&counts),
            bounds: bounds(opts.pool_opts()),
        });
        let recorder = PoolRecorder::new(&server, &source, counts);
        Self { inner, shared: Arc::new(Shared { server, recorder, source }) }
    }

    /// A connection, as soon as there is one.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub fn get_conn(&self) -> impl Future<Output = Result<Conn>> + Send + use<> {
        let Self { inner, shared } = self.clone();
        async move {
            let wait = shared.recorder.wait();
            let inner = acquire(&shared.server, None, inner.get_conn(), |conn| conn).await?;
            line::handed_out(&shared.server, &shared.source.metrics, inner.id());
            let checkout = shared.recorder.checked_out(wait);
            Ok(Conn::with_checkout(inner, Arc::clone(&shared.server), checkout))
        }
    }

    /// Starts a transaction on a connection of its own.
    ///
    /// Its span includes the wait for the connection, which cannot be separated, so that it does
    /// not count in `db.client.connection.wait_time`.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn start_transaction(&self, options: TxOpts) -> Result<Transaction<'static>> {
        let Shared { server, recorder, source } = &*self.shared;
        let statement = begin_statement(options.consistent_snapshot());
        let begin = self.inner.start_transaction(options);
        let inner = acquire(server, Some(statement), begin, |transaction| transaction).await?;
        line::handed_out(server, &source.metrics, inner.id());
        let checkout = recorder.checked_out_untimed();
        Ok(Transaction::new(inner, Arc::clone(server), checkout))
    }

    /// Closes the pool, once all connections are back.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub async fn disconnect(self) -> Result<()> {
        self.inner.disconnect().await
    }

    /// The counters that the driver keeps.
    #[must_use]
    pub fn metrics(&self) -> Arc<Metrics> {
        self.inner.metrics()
    }

    /// The driver's pool. What is executed on its connections is not traced.
    #[must_use]
    pub fn inner(&self) -> &mysql_async::Pool {
        &self.inner
    }

    /// The driver's pool, which is not traced.
    #[must_use]
    pub fn into_inner(self) -> mysql_async::Pool {
        self.inner
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("server", &self.shared.server).finish_non_exhaustive()
    }
}

/// Reads the gauges that the driver keeps.
struct Source {
    /// The driver's own, which it updates.
    metrics: Arc<Metrics>,
    /// What the recorder has counted itself, for a line whose gauges do not suffice.
    counts: Arc<PoolCounts>,
    /// Fixed when the pool is made. The other fields of it are zero.
    bounds: DbPoolState,
}

impl DbPoolSource for Source {
    fn state(&self) -> DbPoolState {
        line::state(&self.metrics, &self.counts, self.bounds)
    }
}

/// How many connections the pool may have, and may keep idle.
fn bounds(opts: &PoolOpts) -> DbPoolState {
    let (min, max) = (opts.constraints().min() as u64, opts.constraints().max() as u64);
    // Without a time that an idle connection may stay, the pool keeps no more than its least.
    let idle_max = if opts.inactive_connection_ttl() > Duration::ZERO { max } else { min };
    let mut bounds = DbPoolState::default();
    bounds.idle_max = Some(idle_max);
    bounds.idle_min = Some(min);
    bounds.max = Some(max);
    bounds
}

#[cfg(test)]
mod tests {
    use super::super::mysql_async::PoolConstraints;

    use super::*;

    #[test]
    fn bounds_are_those_of_the_options() {
        let constraints = PoolConstraints::new(2, 5).unwrap();
        let opts = PoolOpts::new().with_constraints(constraints);
        let mut expected = DbPoolState::default();
        (expected.idle_max, expected.idle_min, expected.max) = (Some(2), Some(2), Some(5));
        assert_eq!(bounds(&opts), expected);
        let opts = opts.with_inactive_connection_ttl(Duration::from_secs(1));
        expected.idle_max = Some(5);
        assert_eq!(bounds(&opts), expected);
    }

    #[test]
    fn debug_holds_no_credentials() {
        let pool = Pool::new("mysql://user:hunter2@db.example/shop");
        assert!(!format!("{pool:?}").contains("hunter2"));
    }

    #[test]
    #[should_panic(expected = "invalid options")]
    fn a_bad_url_panics_as_the_driver_does() {
        let _ = Pool::new("http://db.example");
    }
}
