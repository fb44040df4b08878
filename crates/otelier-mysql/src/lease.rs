//! How long a connection is out of its pool.

use std::time::Instant;

use otelier_instrument::semconv::db::DbPool;

/// Records `db.client.connection.use_time` when it is dropped, which is when its connection is.
#[derive(Debug)]
pub(crate) struct Lease {
    pool: DbPool,
    since: Instant,
}

impl Lease {
    pub(crate) fn new(pool: DbPool) -> Self {
        Self { pool, since: Instant::now() }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.record_use_time(self.since.elapsed());
    }
}
