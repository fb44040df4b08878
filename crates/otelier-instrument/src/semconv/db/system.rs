//! The database products that the conventions know, and any other.

/// A database product, as its client knows it: `db.system.name` and the default port.
///
/// There is a constant for each system that the conventions list. Others are made by
/// [`new`](Self::new):
///
/// ```
/// use otelier_instrument::semconv::db::DbSystem;
///
/// const TINY: DbSystem = DbSystem::new("tinydb", Some(7070));
///
/// assert_eq!(TINY.name(), "tinydb");
/// assert_eq!(DbSystem::POSTGRESQL.default_port(), Some(5432));
/// ```
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/#db-system-name>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DbSystem {
    name: &'static str,
    default_port: Option<u16>,
    numbered_namespaces: bool,
}

impl DbSystem {
    /// A system that is not listed. Without a default port, `server.port` is always recorded.
    #[must_use]
    pub const fn new(name: &'static str, default_port: Option<u16>) -> Self {
        Self { name, default_port, numbered_namespaces: false }
    }

    /// The namespaces of the system are numbers, which say nothing in the name of a span.
    ///
    /// ```
    /// use otelier_instrument::semconv::db::DbSystem;
    ///
    /// // `GET`, or `GET cache.example:7070`, and not `GET 0`.
    /// const CACHE: DbSystem = DbSystem::new("cache", None).with_numbered_namespaces();
    /// # assert_ne!(CACHE, DbSystem::new("cache", None));
    /// ```
    ///
    /// Source: <https://opentelemetry.io/docs/specs/semconv/db/redis/>.
    #[must_use]
    pub const fn with_numbered_namespaces(self) -> Self {
        Self { numbered_namespaces: true, ..self }
    }

    /// The value of `db.system.name`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The port for which `server.port` is left out.
    #[must_use]
    pub const fn default_port(self) -> Option<u16> {
        self.default_port
    }

    /// Whether a namespace is left out of the name of a span.
    pub(super) const fn numbers_namespaces(self) -> bool {
        self.numbered_namespaces
    }

    /// Redis. Its namespaces are numbers.
    pub const REDIS: Self = Self::new("redis", Some(6379)).with_numbered_namespaces();
}

macro_rules! systems {
    ($($(#[$doc:meta])* $constant:ident = $name:literal $(: $port:literal)?,)*) => {
        impl DbSystem {
            $(
                $(#[$doc])*
                pub const $constant: Self = Self::new($name, systems!(@port $($port)?));
            )*
        }
    };
    (@port) => { None };
    (@port $port:literal) => { Some($port) };
}

systems! {
    /// Actian Ingres.
    ACTIAN_INGRES = "actian.ingres",
    /// Amazon DynamoDB.
    AWS_DYNAMODB = "aws.dynamodb": 443,
    /// Amazon Redshift.
    AWS_REDSHIFT = "aws.redshift": 5439,
    /// Azure Cosmos DB.
    AZURE_COSMOSDB = "azure.cosmosdb": 443,
    /// Apache Cassandra.
    CASSANDRA = "cassandra": 9042,
    /// ClickHouse.
    CLICKHOUSE = "clickhouse",
    /// CockroachDB.
    COCKROACHDB = "cockroachdb": 26257,
    /// Couchbase.
    COUCHBASE = "couchbase",
    /// Apache CouchDB.
    COUCHDB = "couchdb": 5984,
    /// Apache Derby.
    DERBY = "derby": 1527,
    /// Elasticsearch.
    ELASTICSEARCH = "elasticsearch": 9200,
    /// Firebird.
    FIREBIRDSQL = "firebirdsql": 3050,
    /// Google Cloud Spanner.
    GCP_SPANNER = "gcp.spanner": 443,
    /// Apache Geode.
    GEODE = "geode",
    /// H2.
    H2DATABASE = "h2database": 9092,
    /// Apache HBase.
    HBASE = "hbase",
    /// Apache Hive.
    HIVE = "hive": 10000,
    /// HyperSQL.
    HSQLDB = "hsqldb": 9001,
    /// IBM Db2.
    IBM_DB2 = "ibm.db2": 50000,
    /// IBM Informix.
    IBM_INFORMIX = "ibm.informix": 9088,
    /// IBM Netezza.
    IBM_NETEZZA = "ibm.netezza": 5480,
    /// InfluxDB.
    INFLUXDB = "influxdb": 8086,
    /// InstantDB.
    INSTANTDB = "instantdb",
    /// InterSystems Caché.
    INTERSYSTEMS_CACHE = "intersystems.cache": 1972,
    /// MariaDB.
    MARIADB = "mariadb": 3306,
    /// Memcached.
    MEMCACHED = "memcached": 11211,
    /// Microsoft SQL Server.
    MICROSOFT_SQL_SERVER = "microsoft.sql_server": 1433,
    /// MongoDB.
    MONGODB = "mongodb": 27017,
    /// MySQL.
    MYSQL = "mysql": 3306,
    /// Neo4j.
    NEO4J = "neo4j": 7687,
    /// OpenSearch.
    OPENSEARCH = "opensearch": 9200,
    /// Oracle Database.
    ORACLE_DB = "oracle.db": 1521,
    /// Some other database that speaks SQL, as a fallback.
    OTHER_SQL = "other_sql",
    /// PostgreSQL.
    POSTGRESQL = "postgresql": 5432,
    /// SAP HANA.
    SAP_HANA = "sap.hana",
    /// SAP MaxDB.
    SAP_MAXDB = "sap.maxdb": 7210,
    /// Adabas.
    SOFTWAREAG_ADABAS = "softwareag.adabas",
    /// SQLite.
    SQLITE = "sqlite",
    /// Teradata.
    TERADATA = "teradata": 1025,
    /// Trino.
    TRINO = "trino": 8080,
}
