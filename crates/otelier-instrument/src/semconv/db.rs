//! Databases: the operation of a client, and the metrics of its connection pool.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/database/>.

mod client;
mod pool;
#[cfg(test)]
mod tests;

pub use client::{DbClient, DbOperation, DbRequest};
pub use pool::{DbPool, DbPoolSource, DbPoolState, DbPools};

/// The database product, as its server tells it.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DbSystem {
    /// MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
    /// MongoDB.
    MongoDb,
}

impl DbSystem {
    /// The value of `db.system.name`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::MariaDb => "mariadb",
            Self::MongoDb => "mongodb",
        }
    }

    /// The port that goes without saying: `server.port` is left out for it.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::MySql | Self::MariaDb => 3306,
            Self::MongoDb => 27017,
        }
    }
}
