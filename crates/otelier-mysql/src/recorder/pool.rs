//! The metrics of one pool.

use std::sync::{Arc, Weak};
use std::time::Instant;

use otelier_instrument::semconv::db::{DbPool, DbPoolSource};

use super::{CheckoutTimer, Server};

/// Records what a pool does that it cannot be asked for.
#[derive(Clone, Debug)]
pub struct PoolRecorder {
    metrics: DbPool,
}

impl PoolRecorder {
    /// The pool of connections to `server`, which `source` is asked about for as long as it lives.
    #[must_use]
    pub fn new(server: &Server, source: &Arc<impl DbPoolSource>) -> Self {
        let telemetry = server.telemetry();
        let named = telemetry.options.pool_name.clone();
        let name = named.unwrap_or_else(|| server.default_pool_name());
        let source: Weak<dyn DbPoolSource> = Arc::downgrade(source) as _;
        Self { metrics: telemetry.pools.add(name, source) }
    }

    /// When a caller starts to wait for a connection. `None` where that is not recorded.
    #[must_use]
    pub fn wait(&self) -> Option<Instant> {
        self.metrics.enabled().then(Instant::now)
    }

    /// Records that the connection is there, and how long it is out from now on.
    #[must_use]
    pub fn checked_out(&self, waiting_since: Option<Instant>) -> Option<CheckoutTimer> {
        let since = waiting_since?;
        self.metrics.record_wait_time(since.elapsed());
        Some(CheckoutTimer::new(self.metrics.clone()))
    }

    /// How long a connection is out from now on, where it is not known how long it was waited for.
    #[must_use]
    pub fn checked_out_untimed(&self) -> Option<CheckoutTimer> {
        self.metrics.enabled().then(|| CheckoutTimer::new(self.metrics.clone()))
    }
}
