//! The servers that a client sends commands to, and its connection pools to them.
//!
//! A pool is known from the event of its creation to that of its closing. Commands may come without
//! a pool, if a user's handler of pool events replaced ours: they are recorded all the same.

use std::sync::{Arc, PoisonError, RwLock, Weak};

use opentelemetry::StringValue;
use otelier_instrument::semconv::db::{DbPool, DbPoolSource, DbPools};

use super::connections::Connections;
use super::event::{PoolEvent, PoolEventKind, ServerAddress};

/// A server, by its address as it is recorded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// The host, or the path of a Unix socket.
    pub(super) host: Option<StringValue>,
    /// `None` for a socket, and for an address of an unknown kind.
    pub(super) port: Option<u16>,
}

/// The connections to a server, and their metrics.
#[derive(Debug)]
struct Pool {
    /// Shared with the commands in flight to it.
    server: Arc<Server>,
    /// The metrics hold it weakly, so that they end with the pool.
    connections: Arc<Connections>,
    metrics: DbPool,
}

/// The pools of a client, one for each server: they are few.
#[derive(Debug)]
pub(super) struct Pools {
    metrics: DbPools,
    /// What the pools' names end with.
    name_suffix: String,
    pools: RwLock<Vec<Arc<Pool>>>,
}

impl Pools {
    pub(super) fn new(metrics: DbPools, default_database: Option<&str>) -> Self {
        let name_suffix = default_database.map_or_else(String::new, |name| format!("/{name}"));
        Self { metrics, name_suffix, pools: RwLock::default() }
    }

    /// The server at `address`, and how many pools there are to it: several if clients were made
    /// from clones of the same options. A server without a pool is created and not kept.
    pub(super) fn server(&self, address: &ServerAddress<'_>) -> (Arc<Server>, usize) {
        match self.pool(address) {
            Some(pool) => (Arc::clone(&pool.server), pool.connections.pools()),
            None => (Arc::new(Server::new(address)), 0),
        }
    }

    /// How many pools there are to the server at `address`.
    pub(super) fn count(&self, address: &ServerAddress<'_>) -> usize {
        self.pool(address).map_or(0, |pool| pool.connections.pools())
    }

    /// Events of a pool that is not known are ignored. The last pool to a server takes its state
    /// along.
    pub(super) fn on_event(&self, event: &PoolEvent<'_>) {
        match event.kind {
            PoolEventKind::PoolCreated { max, min } => self.created(&event.server, max, min),
            PoolEventKind::PoolClosed => {
                let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
                pools.retain(|pool| {
                    !pool.server.is_at(&event.server) || pool.connections.pool_closed() > 0
                });
            }
            kind => {
                if let Some(pool) = self.pool(&event.server) {
                    pool.on_event(kind);
                }
            }
        }
    }

    /// A second pool to a known server joins the first one.
    fn created(&self, address: &ServerAddress<'_>, max: Option<u32>, min: Option<u32>) {
        let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
        let known = pools.iter().find(|pool| pool.server.is_at(address)).cloned();
        let pool = known.unwrap_or_else(|| {
            let pool = Arc::new(self.new_pool(address));
            pools.push(Arc::clone(&pool));
            pool
        });
        pool.connections.pool_created(max, min);
    }

    /// Servers are compared one by one: a client knows few of them.
    fn pool(&self, address: &ServerAddress<'_>) -> Option<Arc<Pool>> {
        let pools = self.pools.read().unwrap_or_else(PoisonError::into_inner);
        pools.iter().find(|pool| pool.server.is_at(address)).cloned()
    }

    /// Its metrics are reported from now on.
    fn new_pool(&self, address: &ServerAddress<'_>) -> Pool {
        let connections = Arc::new(Connections::default());
        let source = Arc::downgrade(&connections) as Weak<dyn DbPoolSource>;
        let metrics = self.metrics.add(format!("{address}{}", self.name_suffix), source);
        Pool { server: Arc::new(Server::new(address)), connections, metrics }
    }
}

impl Pool {
    fn on_event(&self, kind: PoolEventKind) {
        match kind {
            // Both are about the pool itself.
            PoolEventKind::PoolCreated { .. } | PoolEventKind::PoolClosed => {}
            PoolEventKind::ConnectionCreated { connection } => self.connections.created(connection),
            PoolEventKind::ConnectionReady { connection, duration } => {
                self.connections.ready(connection);
                self.metrics.record_create_time(duration);
            }
            PoolEventKind::ConnectionClosed { connection, .. } => {
                self.connections.closed(connection);
            }
            PoolEventKind::CheckoutStarted => self.connections.wait_started(),
            PoolEventKind::CheckoutFailed { duration, is_timeout } => {
                self.connections.wait_failed(duration);
                if is_timeout {
                    self.metrics.record_timeout();
                }
            }
            PoolEventKind::CheckedOut { connection, duration } => {
                self.connections.checked_out(connection, duration);
                self.metrics.record_wait_time(duration);
            }
            PoolEventKind::CheckedIn { connection } => {
                if let Some(used) = self.connections.checked_in(connection) {
                    self.metrics.record_use_time(used);
                }
            }
        }
    }
}

impl Server {
    fn new(address: &ServerAddress<'_>) -> Self {
        let (host, port) = parts(address);
        // Shared, since each operation has a copy.
        Self { host: host.map(|host| Arc::<str>::from(host).into()), port }
    }

    /// Compares without making a `Server` of the address.
    pub(super) fn is_at(&self, address: &ServerAddress<'_>) -> bool {
        let (host, port) = parts(address);
        self.port == port && self.host.as_ref().map(StringValue::as_str) == host
    }
}

/// What is recorded of an address: host or path, and port.
pub(super) fn parts<'a>(address: &ServerAddress<'a>) -> (Option<&'a str>, Option<u16>) {
    match *address {
        ServerAddress::Tcp { host, port } => (Some(host), Some(port)),
        ServerAddress::Unix { path } => (Some(path), None),
        ServerAddress::Unknown => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use otelier_instrument::{Providers, scope};

    use super::*;

    #[test]
    fn the_last_pool_to_a_server_takes_its_state_along() {
        let [a, b] = ["a", "b"].map(|host| ServerAddress::Tcp { host, port: 27017 });
        let pools = Pools::new(DbPools::new(scope!(), Providers::default()), None);
        let on_event = |server, kind| pools.on_event(&PoolEvent { server, kind });
        let counts = || (pools.count(&a), pools.count(&b), pools.pools.read().unwrap().len());
        let created = PoolEventKind::PoolCreated { max: None, min: None };
        on_event(a, created);
        on_event(a, created);
        on_event(b, created);
        assert_eq!(counts(), (2, 1, 2));
        on_event(a, PoolEventKind::PoolClosed);
        assert_eq!(counts(), (1, 1, 2));
        on_event(a, PoolEventKind::PoolClosed);
        assert_eq!(counts(), (0, 1, 1));
        on_event(a, PoolEventKind::PoolClosed);
        on_event(b, PoolEventKind::PoolClosed);
        assert_eq!(counts(), (0, 0, 0));
    }
}
