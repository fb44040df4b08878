//! What the connections of a pool have in common, and how a call on one becomes an operation.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use mysql_async::Opts;
use opentelemetry::StringValue;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::trace::noop::NoopTracerProvider;
use otelier_instrument::Providers;
use otelier_instrument::semconv::db::{DbRequest, DbSystem};
use otelier_sql::Analysis;

use crate::call::{Call, Subject, has_one_result_set};
use crate::live::Live;
use crate::parameters;
use crate::switched::{Switched, used_database};
use crate::telemetry::{Options, Telemetry};

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

    pub(crate) fn enabled(&self) -> bool {
        self.telemetry.client.enabled()
    }

    /// What a text is, for a statement that will be executed later.
    pub(crate) fn analyze_ahead(&self, text: &[u8]) -> Option<Arc<Analysis>> {
        self.enabled().then(|| self.telemetry.analyze(text))
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
    pub(crate) fn start(
        self: &Arc<Self>,
        conn: Option<&mysql_async::Conn>,
        call: Call<'_>,
    ) -> Live {
        let mariadb = conn.map_or_else(|| self.mariadb.load(Ordering::Relaxed), is_mariadb);
        let system = if mariadb { DbSystem::MariaDb } else { DbSystem::MySql };
        let (mut switch, mut single) = (None, false);
        let operation = self.telemetry.client.start(|| {
            let analysis = match call.subject {
                Subject::Text(text) => Some(self.telemetry.analyze(&text)),
                Subject::Analyzed(analysis) => Some(Arc::clone(analysis)),
                Subject::Unknown => None,
            };
            let analysis = analysis.as_deref();
            let summary = analysis.and_then(Analysis::summary);
            single = analysis.is_some_and(has_one_result_set);
            if let (Some(conn), Some(database)) =
                (conn, summary.and_then(|summary| used_database(summary)))
            {
                switch =
                    Some(Switch { endpoint: Arc::clone(self), connection: conn.id(), database });
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
            now if now != self.database.as_deref() => {
                now.map(|now| StringValue::from(now.to_owned()))
            }
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

/// The driver keeps this to itself, but MariaDB's versions started where MySQL's have not got.
fn is_mariadb(conn: &mysql_async::Conn) -> bool {
    conn.server_version() >= (10, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
