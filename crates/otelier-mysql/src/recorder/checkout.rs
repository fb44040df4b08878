//! How long a connection is out of its pool.

use std::time::Instant;

use otelier_instrument::semconv::db::DbPool;

/// Records `db.client.connection.use_time` when it is dropped, which is when its connection is.
#[derive(Debug)]
pub struct CheckoutTimer {
    pool: DbPool,
    since: Instant,
}

impl CheckoutTimer {
    pub(super) fn new(pool: DbPool) -> Self {
        Self { pool, since: Instant::now() }
    }
}

impl Drop for CheckoutTimer {
    fn drop(&mut self) {
        self.pool.record_use_time(self.since.elapsed());
    }
}
