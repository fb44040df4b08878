//! The metrics of one pool.
//!
//! There are two sources. What a pool can be asked for, such as how many connections are idle, is
//! read from its `DbPoolSource` when metrics are collected. What is an event, such as the time of a
//! wait, is recorded here when it happens.
//!
//! `PoolWait` and `CheckoutTimer` count down when they are dropped. So a caller that gives up, or a
//! connection that is dropped anywhere in the program, is counted right.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Instant;

use otelier_instrument::semconv::db::{DbPool, DbPoolSource};

use super::{CheckoutTimer, Server};

/// Records what a pool does that it cannot be asked for.
#[derive(Clone, Debug)]
pub struct PoolRecorder {
    /// Holds the source weakly: a pool that is gone is not reported any more.
    metrics: DbPool,
    counts: Arc<PoolCounts>,
}

/// How many callers wait for a connection of a pool, and how many have one, as far as they were
/// recorded. For pools of drivers that do not keep these gauges.
#[derive(Debug, Default)]
pub struct PoolCounts {
    waiting: AtomicU64,
    checked_out: AtomicU64,
}

impl PoolCounts {
    /// The callers that wait.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// The connections that are out of the pool.
    #[must_use]
    pub fn checked_out(&self) -> u64 {
        self.checked_out.load(Ordering::Relaxed)
    }

    /// Called once for each connection that leaves the pool.
    pub(super) fn check_out(&self) {
        self.checked_out.fetch_add(1, Ordering::Relaxed);
    }

    /// Called once for each `check_out`, so that the count cannot go below zero.
    pub(super) fn give_back(&self) {
        self.checked_out.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A caller that waits for a connection, until it is dropped.
#[derive(Debug)]
pub struct PoolWait {
    since: Instant,
    counts: Arc<PoolCounts>,
}

impl PoolWait {
    fn new(counts: &Arc<PoolCounts>) -> Self {
        counts.waiting.fetch_add(1, Ordering::Relaxed);
        Self { since: Instant::now(), counts: Arc::clone(counts) }
    }
}

impl Drop for PoolWait {
    fn drop(&mut self) {
        self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl PoolRecorder {
    /// The pool of connections to `server`, which `source` is asked about for as long as it lives,
    /// and whose callers are counted in `counts`.
    #[must_use]
    pub fn new(server: &Server, source: &Arc<impl DbPoolSource>, counts: Arc<PoolCounts>) -> Self {
        let telemetry = server.telemetry();
        let named = telemetry.options.pool_name.clone();
        let name = named.unwrap_or_else(|| server.default_pool_name());
        let source: Weak<dyn DbPoolSource> = Arc::downgrade(source) as _;
        Self { metrics: telemetry.pools.add(name, source), counts }
    }

    /// A caller starts to wait for a connection. `None` where that is not recorded.
    #[must_use]
    pub fn wait(&self) -> Option<PoolWait> {
        self.metrics.enabled().then(|| PoolWait::new(&self.counts))
    }

    /// Records that the connection is there, and how long it is out from now on.
    #[must_use]
    pub fn checked_out(&self, wait: Option<PoolWait>) -> Option<CheckoutTimer> {
        self.metrics.record_wait_time(wait?.since.elapsed());
        Some(CheckoutTimer::new(self.metrics.clone(), Arc::clone(&self.counts)))
    }

    /// How long a connection is out from now on, where it is not known how long it was waited for.
    #[must_use]
    pub fn checked_out_untimed(&self) -> Option<CheckoutTimer> {
        let timer = || CheckoutTimer::new(self.metrics.clone(), Arc::clone(&self.counts));
        self.metrics.enabled().then(timer)
    }
}
