//! How long a connection is out of its pool.
//!
//! A connection of a pool has one, if metrics are recorded. When the connection becomes part of a
//! result or a stream, its timer goes with it.

use std::sync::Arc;
use std::time::Instant;

use otelier_instrument::semconv::db::DbPool;

use super::PoolCounts;

/// Records `db.client.connection.use_time` when it is dropped, which is when its connection is.
#[derive(Debug)]
pub struct CheckoutTimer {
    pool: DbPool,
    counts: Arc<PoolCounts>,
    since: Instant,
}

impl CheckoutTimer {
    /// The time starts now, and the connection counts as out of the pool.
    pub(super) fn new(pool: DbPool, counts: Arc<PoolCounts>) -> Self {
        counts.check_out();
        Self { pool, counts, since: Instant::now() }
    }
}

impl Drop for CheckoutTimer {
    fn drop(&mut self) {
        self.counts.give_back();
        self.pool.record_use_time(self.since.elapsed());
    }
}
