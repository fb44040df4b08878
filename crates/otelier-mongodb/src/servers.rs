//! The servers that a client has connection pools to.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, Weak};

use mongodb::event::cmap::CmapEvent;
use mongodb::options::ServerAddress;
use opentelemetry::StringValue;
use otelier_instrument::semconv::db::{DbPool, DbPoolSource, DbPools, DbSystem};

use crate::connections::Connections;

/// A server: its address as it is reported, and its connections.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: ServerAddress,
    pub(crate) host: Option<StringValue>,
    pub(crate) port: Option<u16>,
    connections: Arc<Connections>,
    pool: DbPool,
}

impl Server {
    /// How many pools there are to it: several where clients were made from clones of the same options.
    pub(crate) fn pools(&self) -> usize {
        self.connections.pools() as usize
    }
}

/// The servers of a client, for as long as the driver keeps a pool to each.
#[derive(Debug)]
pub(crate) struct Servers {
    pools: DbPools,
    /// What the pools' names end with.
    database: String,
    known: RwLock<HashMap<ServerAddress, Arc<Server>>>,
}

impl Servers {
    pub(crate) fn new(pools: DbPools, database: Option<&str>) -> Self {
        let database = database.map_or_else(String::new, |database| format!("/{database}"));
        Self { pools, database, known: RwLock::default() }
    }

    /// The server at `address`. One without a pool is made up for the occasion and not kept.
    pub(crate) fn of(&self, address: &ServerAddress) -> Arc<Server> {
        let known = self.read().get(address).cloned();
        known.unwrap_or_else(|| Arc::new(self.make(address)))
    }

    /// How many pools there are to the server at `address`.
    pub(crate) fn pools_of(&self, address: &ServerAddress) -> usize {
        self.read().get(address).map_or(0, |server| server.pools())
    }

    pub(crate) fn on_event(&self, event: &CmapEvent) {
        let of = |address: &ServerAddress| self.read().get(address).cloned();
        match event {
            CmapEvent::PoolCreated(event) => {
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                let server =
                    known.entry(event.address.clone()).or_insert_with(|| Arc::new(self.make(&event.address)));
                let options = event.options.as_ref();
                let max = options.and_then(|options| options.max_pool_size);
                server.connections.pool_created(max, options.and_then(|options| options.min_pool_size));
            }
            CmapEvent::PoolClosed(event) => {
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                if known.get(&event.address).is_some_and(|server| server.connections.pool_closed() == 0) {
                    known.remove(&event.address);
                }
            }
            CmapEvent::ConnectionCreated(event) => {
                if let Some(server) = of(&event.address) {
                    server.connections.created(event.connection_id);
                }
            }
            CmapEvent::ConnectionReady(event) => {
                if let Some(server) = of(&event.address) {
                    server.connections.ready(event.connection_id);
                    server.pool.record_create_time(event.duration);
                }
            }
            CmapEvent::ConnectionClosed(event) => {
                if let Some(server) = of(&event.address) {
                    server.connections.closed(event.connection_id);
                }
            }
            CmapEvent::ConnectionCheckoutStarted(event) => {
                if let Some(server) = of(&event.address) {
                    server.connections.wait_started();
                }
            }
            CmapEvent::ConnectionCheckoutFailed(event) => {
                if let Some(server) = of(&event.address) {
                    server.connections.wait_failed(event.duration);
                    if event.reason == mongodb::event::cmap::ConnectionCheckoutFailedReason::Timeout {
                        server.pool.record_timeout();
                    }
                }
            }
            CmapEvent::ConnectionCheckedOut(event) => {
                if let Some(server) = of(&event.address) {
                    server.connections.checked_out(event.connection_id, event.duration);
                    server.pool.record_wait_time(event.duration);
                }
            }
            CmapEvent::ConnectionCheckedIn(event) => {
                if let Some(server) = of(&event.address)
                    && let Some(used) = server.connections.checked_in(event.connection_id)
                {
                    server.pool.record_use_time(used);
                }
            }
            // A pool that is ready or cleared is told by what happens to its connections.
            _ => {}
        }
    }

    fn make(&self, address: &ServerAddress) -> Server {
        let connections = Arc::new(Connections::default());
        let source = Arc::downgrade(&connections) as Weak<dyn DbPoolSource>;
        let pool = self.pools.add(format!("{address}{}", self.database), source);
        let (host, port) = match address {
            ServerAddress::Tcp { host, port } => {
                (Some(Arc::from(host.as_str())), Some(port.unwrap_or(DbSystem::MongoDb.default_port())))
            }
            #[cfg(unix)]
            ServerAddress::Unix { path } => (Some(Arc::from(path.to_string_lossy())), None),
            _ => (None, None),
        };
        Server {
            address: address.clone(),
            host: host.map(|host: Arc<str>| host.into()),
            port,
            connections,
            pool,
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<ServerAddress, Arc<Server>>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}
