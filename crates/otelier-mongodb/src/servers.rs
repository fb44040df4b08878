//! The servers that a client sends commands to, and its connection pools to them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use mongodb::event::cmap::{CmapEvent, ConnectionCheckoutFailedReason};
use mongodb::options::ServerAddress;
use opentelemetry::StringValue;
use otelier_instrument::semconv::db::{DbPool, DbPoolSource, DbPools, DbSystem};

use crate::connections::Connections;

/// A server: its address, and how that is reported.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: ServerAddress,
    pub(crate) host: Option<StringValue>,
    pub(crate) port: Option<u16>,
}

/// The connections to a server, and their metrics.
#[derive(Debug)]
struct Pool {
    server: Arc<Server>,
    connections: Arc<Connections>,
    metrics: DbPool,
}

/// The servers of a client, for as long as the driver keeps a pool to each.
#[derive(Debug)]
pub(crate) struct Servers {
    metrics: DbPools,
    /// What the pools' names end with.
    database: String,
    pools: RwLock<HashMap<ServerAddress, Arc<Pool>>>,
}

impl Servers {
    pub(crate) fn new(metrics: DbPools, database: Option<&str>) -> Self {
        let database = database.map_or_else(String::new, |database| format!("/{database}"));
        Self { metrics, database, pools: RwLock::default() }
    }

    /// The server at `address`, and how many pools there are to it: several where clients were made from clones of the
    /// same options. A server without a pool is made up for the occasion and not kept.
    pub(crate) fn of(&self, address: &ServerAddress) -> (Arc<Server>, usize) {
        match self.pool(address) {
            Some(pool) => (Arc::clone(&pool.server), pool.connections.pools()),
            None => (Arc::new(Server::new(address)), 0),
        }
    }

    /// How many pools there are to the server at `address`.
    pub(crate) fn pools_of(&self, address: &ServerAddress) -> usize {
        self.pool(address).map_or(0, |pool| pool.connections.pools())
    }

    pub(crate) fn on_event(&self, event: &CmapEvent) {
        match event {
            CmapEvent::PoolCreated(event) => {
                let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
                let pool = pools
                    .entry(event.address.clone())
                    .or_insert_with(|| Arc::new(self.make(&event.address)));
                let options = event.options.as_ref();
                let max = options.and_then(|options| options.max_pool_size);
                pool.connections
                    .pool_created(max, options.and_then(|options| options.min_pool_size));
            }
            CmapEvent::PoolClosed(event) => {
                let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
                if pools.get(&event.address).is_some_and(|pool| pool.connections.pool_closed() == 0)
                {
                    pools.remove(&event.address);
                }
            }
            CmapEvent::ConnectionCreated(event) => {
                if let Some(pool) = self.pool(&event.address) {
                    pool.connections.created(event.connection_id);
                }
            }
            CmapEvent::ConnectionReady(event) => {
                if let Some(pool) = self.pool(&event.address) {
                    pool.connections.ready(event.connection_id);
                    pool.metrics.record_create_time(event.duration);
                }
            }
            CmapEvent::ConnectionClosed(event) => {
                if let Some(pool) = self.pool(&event.address) {
                    pool.connections.closed(event.connection_id);
                }
            }
            CmapEvent::ConnectionCheckoutStarted(event) => {
                if let Some(pool) = self.pool(&event.address) {
                    pool.connections.wait_started();
                }
            }
            CmapEvent::ConnectionCheckoutFailed(event) => {
                if let Some(pool) = self.pool(&event.address) {
                    pool.connections.wait_failed(event.duration);
                    if event.reason == ConnectionCheckoutFailedReason::Timeout {
                        pool.metrics.record_timeout();
                    }
                }
            }
            CmapEvent::ConnectionCheckedOut(event) => {
                if let Some(pool) = self.pool(&event.address) {
                    pool.connections.checked_out(event.connection_id, event.duration);
                    pool.metrics.record_wait_time(event.duration);
                }
            }
            CmapEvent::ConnectionCheckedIn(event) => {
                if let Some(pool) = self.pool(&event.address)
                    && let Some(used) = pool.connections.checked_in(event.connection_id)
                {
                    pool.metrics.record_use_time(used);
                }
            }
            // A pool that is ready or cleared is told by what happens to its connections.
            _ => {}
        }
    }

    fn pool(&self, address: &ServerAddress) -> Option<Arc<Pool>> {
        self.pools.read().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }

    fn make(&self, address: &ServerAddress) -> Pool {
        let connections = Arc::new(Connections::default());
        let source = Arc::downgrade(&connections) as Weak<dyn DbPoolSource>;
        let metrics = self.metrics.add(format!("{address}{}", self.database), source);
        Pool { server: Arc::new(Server::new(address)), connections, metrics }
    }
}

impl Server {
    fn new(address: &ServerAddress) -> Self {
        let (host, port) = match address {
            ServerAddress::Tcp { host, port } => (
                Some(Arc::from(host.as_str())),
                Some(port.unwrap_or(DbSystem::MongoDb.default_port())),
            ),
            #[cfg(unix)]
            ServerAddress::Unix { path } => (Some(Arc::from(path.to_string_lossy())), None),
            _ => (None, None),
        };
        Self { address: address.clone(), host: host.map(|host: Arc<str>| host.into()), port }
    }
}
