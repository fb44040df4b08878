//! What the connections of a pool have in common: where telemetry goes, what to record, and which server it is about.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Instant;

use mysql_async::{Opts, Params};
use opentelemetry::StringValue;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::trace::noop::NoopTracerProvider;
use otelier_instrument::semconv::db::{DbClient, DbPools, DbRequest, DbSystem};
use otelier_instrument::sql::{self, Analyser, Analysis};
use otelier_instrument::{Providers, scope};

use crate::live::Live;
use crate::parameters;

/// One for the process: results depend on nothing but text and options.
static ANALYSER: LazyLock<Analyser> = LazyLock::new(Analyser::new);

/// What a user may choose.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) query_text: bool,
    pub(crate) query_parameters: bool,
    pub(crate) returned_rows: bool,
    pub(crate) sql_commenter: bool,
    pub(crate) ansi_quotes: bool,
    pub(crate) pool_name: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            query_text: true,
            query_parameters: false,
            returned_rows: false,
            sql_commenter: false,
            ansi_quotes: false,
            pool_name: None,
        }
    }
}

/// Where telemetry goes, and what of it.
pub(crate) struct Telemetry {
    pub(crate) client: DbClient,
    pub(crate) pools: DbPools,
    pub(crate) options: Options,
}

impl Telemetry {
    pub(crate) fn new(providers: Providers, options: Options) -> Arc<Self> {
        let client = DbClient::new(scope!(), providers.clone());
        Arc::new(Self { client, pools: DbPools::new(scope!(), providers), options })
    }

    /// The global providers and the default options. Shared, so that a program may make pools and connections as it
    /// likes without leaving instruments behind.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: LazyLock<Arc<Telemetry>> =
            LazyLock::new(|| Telemetry::new(Providers::default(), Options::default()));
        Arc::clone(&SHARED)
    }

    fn analyse(&self, text: &[u8]) -> Arc<Analysis> {
        ANALYSER.analyse(text, sql::Options::mysql().with_ansi_quotes(self.options.ansi_quotes))
    }
}

/// A server as the user named it, and the database that was asked for.
pub(crate) struct Endpoint {
    pub(crate) telemetry: Arc<Telemetry>,
    address: Arc<str>,
    port: Option<u16>,
    database: Option<Arc<str>>,
    /// What the last connection found the server to be.
    mariadb: AtomicBool,
    switched: Switched,
}

impl Endpoint {
    pub(crate) fn new(telemetry: Arc<Telemetry>, opts: &Opts) -> Arc<Self> {
        let (address, port) = match opts.socket() {
            Some(socket) => (socket, None),
            None => (opts.ip_or_hostname(), Some(opts.tcp_port())),
        };
        Arc::new(Self {
            telemetry,
            address: Arc::from(address),
            port,
            database: opts.db_name().map(Arc::from),
            mariadb: AtomicBool::new(false),
            switched: Switched::default(),
        })
    }

    /// That of connections of which nothing is reported.
    pub(crate) fn unobserved() -> &'static Arc<Self> {
        static UNOBSERVED: LazyLock<Arc<Endpoint>> = LazyLock::new(|| {
            let mut providers = Providers::default();
            providers.set_tracer_provider(NoopTracerProvider::new());
            providers.set_meter_provider(NoopMeterProvider::new());
            Endpoint::new(Telemetry::new(providers, Options::default()), &Opts::default())
        });
        &UNOBSERVED
    }

    /// The name that the conventions give to a pool without one: `{server.address}:{server.port}/{db.namespace}`.
    pub(crate) fn default_pool_name(&self) -> String {
        let mut name = self.address.to_string();
        if let Some(port) = self.port {
            name += &format!(":{port}");
        }
        if let Some(database) = &self.database {
            name += &format!("/{database}");
        }
        name
    }

    pub(crate) fn options(&self) -> &Options {
        &self.telemetry.options
    }

    pub(crate) fn is_observed(&self) -> bool {
        self.telemetry.client.is_observed()
    }

    /// What a text is, for a statement that will be executed later.
    pub(crate) fn analyse_ahead(&self, text: &[u8]) -> Option<Arc<Analysis>> {
        self.is_observed().then(|| self.telemetry.analyse(text))
    }

    /// Takes note of what a new connection tells of the server.
    pub(crate) fn learn(&self, conn: &mysql_async::Conn) {
        self.mariadb.store(is_mariadb(conn), Ordering::Relaxed);
    }

    /// Takes note that a connection's current database is that of its options again.
    pub(crate) fn forget_switch(&self, conn: &mysql_async::Conn) {
        self.switched.remove(conn.id());
    }

    /// Starts the operation of `call` on `conn`; without a connection it is the operation of getting one.
    pub(crate) fn start(self: &Arc<Self>, conn: Option<&mysql_async::Conn>, call: Call<'_>) -> Live {
        let mariadb = conn.map_or_else(|| self.mariadb.load(Ordering::Relaxed), is_mariadb);
        let system = if mariadb { DbSystem::MariaDb } else { DbSystem::MySql };
        let (mut switch, mut single) = (None, false);
        let operation = self.telemetry.client.start(|| {
            let analysis = match call.subject {
                Subject::Text(text) => Some(self.telemetry.analyse(&text)),
                Subject::Analysed(analysis) => Some(Arc::clone(analysis)),
                Subject::Unknown => None,
            };
            let analysis = analysis.as_deref();
            let summary = analysis.and_then(Analysis::summary);
            single = analysis.is_some_and(has_one_result_set);
            if let (Some(conn), Some(database)) = (conn, summary.and_then(|summary| used_database(summary))) {
                switch = Some(Switch { endpoint: Arc::clone(self), connection: conn.id(), database });
            }
            let options = self.options();
            DbRequest {
                server_address: Some(StringValue::from(Arc::clone(&self.address))),
                server_port: self.port,
                namespace: self.namespace(conn),
                operation: call.operation.map(StringValue::from),
                query_summary: match (call.operation, call.batch) {
                    // The summary tells what runs, and a statement that is prepared does not run.
                    (Some(_), _) => None,
                    (None, None | Some(Some(1))) => summary.cloned().map(StringValue::from),
                    (None, Some(_)) => Some(StringValue::from(match summary {
                        Some(summary) => Cow::Owned(format!("BATCH {summary}")),
                        None => Cow::Borrowed("BATCH"),
                    })),
                },
                query_text: analysis
                    .filter(|_| options.query_text)
                    .map(|analysis| StringValue::from(Arc::clone(analysis.text()))),
                stored_procedure: analysis
                    .and_then(Analysis::stored_procedure)
                    .cloned()
                    .map(StringValue::from),
                batch_size: call.batch.flatten(),
                parameters: match call.parameters.filter(|_| options.query_parameters) {
                    Some(parameters) => parameters::texts(parameters),
                    None => Vec::new(),
                },
                started: call.started,
                ..DbRequest::new(system)
            }
        });
        Live::new(Some(operation), mariadb)
            .with_single(single)
            .with_switch(switch)
            .with_row_count(self.options().returned_rows)
    }

    fn namespace(&self, conn: Option<&mysql_async::Conn>) -> Option<StringValue> {
        let database = || self.database.clone().map(StringValue::from);
        let Some(conn) = conn else { return database() };
        if let Some(switched) = self.switched.get(conn.id()) {
            return Some(StringValue::from(switched));
        }
        match conn.opts().db_name() {
            // `Conn::change_user` changes the options of one connection.
            now if now != self.database.as_deref() => now.map(|now| StringValue::from(now.to_owned())),
            _ => database(),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("address", &self.address)
            .field("port", &self.port)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

/// What is to be done, for the operation that reports it.
#[derive(Default)]
pub(crate) struct Call<'a> {
    pub(crate) subject: Subject<'a>,
    /// The driver's own command, where it runs no statement.
    pub(crate) operation: Option<&'static str>,
    /// That it is a batch, and of how many if that is known.
    pub(crate) batch: Option<Option<usize>>,
    pub(crate) parameters: Option<&'a Params>,
    /// When the user called, if that was before there was a connection.
    pub(crate) started: Option<Instant>,
}

/// What is known of a statement.
#[derive(Debug, Default)]
pub enum Subject<'a> {
    /// Its text.
    Text(Cow<'a, [u8]>),
    /// What its text was found to be.
    Analysed(&'a Arc<Analysis>),
    /// Nothing.
    #[default]
    Unknown,
}

impl<'a> From<&'a str> for Subject<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text.as_bytes()))
    }
}

/// The driver keeps this to itself, but MariaDB's versions started where MySQL's have not got.
fn is_mariadb(conn: &mysql_async::Conn) -> bool {
    conn.server_version() >= (10, 0, 0)
}

/// Whether a text is one statement that is no call of a procedure, which may return any number of result sets.
fn has_one_result_set(analysis: &Analysis) -> bool {
    let text = analysis.text().trim_ascii_end();
    let text = text.strip_suffix(';').unwrap_or(text);
    analysis.stored_procedure().is_none() && !text.contains(';')
}

/// The database that a `USE` makes the current one.
fn used_database(summary: &str) -> Option<Arc<str>> {
    let (operation, database) = summary.split_once(' ')?;
    let alone = operation.eq_ignore_ascii_case("USE") && !database.contains(' ');
    alone.then(|| Arc::from(database.trim_matches('`')))
}

/// The current databases of connections on which a user said `USE`: the driver does not track them, and a pool gives
/// such a connection to the next caller as it is.
#[derive(Default)]
struct Switched {
    any: AtomicBool,
    by_connection: Mutex<HashMap<u32, Arc<str>>>,
}

impl Switched {
    /// So many connections are known at most: after that the older ones are told by the database they asked for.
    const MOST: usize = 1024;

    fn get(&self, connection: u32) -> Option<Arc<str>> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        self.by_connection.lock().unwrap_or_else(PoisonError::into_inner).get(&connection).cloned()
    }

    fn remove(&self, connection: u32) {
        if self.any.load(Ordering::Relaxed) {
            self.by_connection.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection);
        }
    }

    fn set(&self, connection: u32, database: Arc<str>) {
        let mut known = self.by_connection.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(connection, database);
        self.any.store(true, Ordering::Relaxed);
    }
}

/// A change of the current database that takes place if the operation succeeds.
#[derive(Debug)]
pub(crate) struct Switch {
    endpoint: Arc<Endpoint>,
    connection: u32,
    database: Arc<str>,
}

impl Switch {
    pub(crate) fn take_place(self) {
        self.endpoint.switched.set(self.connection, self.database);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_tells_its_database() {
        assert_eq!(used_database("USE shop").as_deref(), Some("shop"));
        assert_eq!(used_database("use `shop`").as_deref(), Some("shop"));
        assert_eq!(used_database("USE shop SELECT t"), None);
        assert_eq!(used_database("SELECT shop"), None);
        assert_eq!(used_database("USE"), None);
    }

    #[test]
    fn tells_what_may_have_several_result_sets() {
        let one = |text: &str| has_one_result_set(&sql::analyse(text, sql::Options::mysql()));
        assert!(one("SELECT 1") && one("SELECT ';' ; ") && one("INSERT INTO t VALUES (1)"));
        assert!(!one("SELECT 1; SELECT 2") && !one("CALL p()") && !one("DO 1; DO 2;"));
    }

    #[test]
    fn switched_connections_are_bounded() {
        let switched = Switched::default();
        for connection in 0..10 * Switched::MOST as u32 {
            switched.set(connection, Arc::from("d"));
            assert_eq!(switched.get(connection).as_deref(), Some("d"));
        }
        assert!(switched.by_connection.lock().unwrap().len() <= Switched::MOST);
    }

    #[test]
    fn a_pool_is_named_after_its_server_and_database() {
        let name = |url: &str| {
            let opts = Opts::from_url(url).unwrap();
            Endpoint::new(Telemetry::shared(), &opts).default_pool_name()
        };
        assert_eq!(name("mysql://user:secret@db.example:3307/shop"), "db.example:3307/shop");
        assert_eq!(name("mysql://db.example"), "db.example:3306");
        assert_eq!(name("mysql://localhost/shop?socket=%2Ftmp%2Fs.sock"), "/tmp/s.sock/shop");
    }
}
