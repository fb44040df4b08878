//! What the connections to a server have in common, and how a call on one becomes an operation.
//!
//! There is one `Server` for each pool and for each connection that belongs to none. It is what
//! outlives a connection: where telemetry goes, the address, and what has to be remembered of
//! connections by their numbers, which are the databases that `USE` changed and the statements that
//! were prepared.
//!
//! `start` is the one place where a call becomes an operation. It first asks whether anything is
//! recorded, and analyzes and describes the statement only then.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use opentelemetry::StringValue;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::trace::noop::NoopTracerProvider;
use otelier_instrument::Providers;
use otelier_instrument::semconv::db::{DbRequest, DbSystem};
use otelier_sql::Analysis;

use super::prepared::PreparedStatements;
use super::query::{Query, Subject, has_one_result_set};
use super::recording::Recording;
use super::session::{SessionDatabase, SessionDatabases};
use super::telemetry::{Options, Telemetry, max_chars};

/// A server as the user named it, and the database that was asked for.
pub struct Server {
    /// Shared with other servers, unless a builder made it for this one.
    telemetry: Arc<Telemetry>,
    /// A host as the user wrote it, or the path of a socket.
    address: Arc<str>,
    /// `None` for a socket.
    port: Option<u16>,
    /// `None` if the connections ask for none.
    database: Option<Arc<str>>,
    /// What the last connection found the server to be.
    ///
    /// It stands in where there is no session: for connections that cannot be had. `false` until
    /// the first one was made.
    mariadb: AtomicBool,
    /// Which connections are on another database than the one that they asked for.
    pub(super) sessions: SessionDatabases,
    /// The statements whose ids the driver's own handles refer to.
    prepared: PreparedStatements,
}

/// A connection, as its driver knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session<'a> {
    /// The server's number for it, which is used again after the server was restarted.
    pub id: u32,
    /// The version of the server.
    pub version: (u16, u16, u16),
    /// The database that was asked for.
    pub database: Option<&'a str>,
}

impl Server {
    /// The server at `address`: a host, or without a `port` the path of a socket.
    #[must_use]
    pub fn new(
        telemetry: Arc<Telemetry>,
        address: &str,
        port: Option<u16>,
        database: Option<&str>,
    ) -> Arc<Self> {
        Arc::new(Self {
            telemetry,
            address: Arc::from(address),
            port,
            database: database.map(Arc::from),
            mariadb: AtomicBool::new(false),
            sessions: SessionDatabases::default(),
            prepared: PreparedStatements::default(),
        })
    }

    /// The server of connections of which nothing is recorded.
    #[must_use]
    pub fn noop() -> &'static Arc<Self> {
        static NOOP: LazyLock<Arc<Server>> = LazyLock::new(|| {
            let mut providers = Providers::default();
            providers.set_tracer_provider(NoopTracerProvider::new());
            providers.set_meter_provider(NoopMeterProvider::new());
            Server::new(Telemetry::new(providers, Options::default()), "", None, None)
        });
        &NOOP
    }

    /// For the metrics of a pool, which go where its operations go.
    pub(super) fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// The name that the conventions give to a pool without one:
    /// `{server.address}:{server.port}/{db.namespace}`.
    pub(super) fn default_pool_name(&self) -> String {
        let mut name = self.address.to_string();
        if let Some(port) = self.port {
            name += &format!(":{port}");
        }
        if let Some(database) = &self.database {
            name += &format!("/{database}");
        }
        name
    }

    /// Whether operations are recorded, so that it makes sense to describe them.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.telemetry.client.enabled()
    }

    /// What a text is, for a statement that will be executed later.
    #[must_use]
    pub fn analyze_ahead(&self, text: &[u8]) -> Option<Arc<Analysis>> {
        self.enabled().then(|| self.telemetry.analyze(text))
    }

    /// A connection with this number was opened: what is known of an earlier one is over.
    pub fn opened(&self, connection: u32) {
        self.reset_user(connection);
    }

    /// A pool, which has lost `lost` connections by now, handed out this one. For drivers that do
    /// not say when a connection is opened: one with a number that is known may be another one that
    /// was opened in the place of one that was lost.
    pub fn handed_out(&self, connection: u32, lost: usize) {
        self.sessions.handed_out(connection, lost);
    }

    /// The connection logged in anew: its database is that of its options, and its statements are
    /// gone.
    pub fn reset_user(&self, connection: u32) {
        self.sessions.forget(connection);
        self.prepared.forget(connection);
    }

    /// The statement `id` was prepared on the connection.
    pub fn prepared(&self, connection: u32, id: u32, analysis: Option<&Arc<Analysis>>) {
        if let Some(analysis) = analysis {
            self.prepared.insert(connection, id, Arc::clone(analysis));
        }
    }

    /// The statement `id` of the connection was closed.
    pub fn closed(&self, connection: u32, id: u32) {
        self.prepared.remove(connection, id);
    }

    /// Takes note of what a new connection says of the server.
    pub(super) fn learn(&self, session: Session<'_>) {
        self.mariadb.store(session.is_mariadb(), Ordering::Relaxed);
    }

    /// Starts the operation of `query`; without a session it is the operation of getting one.
    pub fn start(self: &Arc<Self>, session: Option<Session<'_>>, query: Query<'_>) -> Recording {
        let mariadb =
            session.map_or_else(|| self.mariadb.load(Ordering::Relaxed), Session::is_mariadb);
        let options = &self.telemetry.options;
        let mut statement = None;
        let operation = self.telemetry.client.start(|| {
            let analysis = self.analysis(session, query.subject);
            let mut request = self.describe(
                session,
                mariadb,
                analysis.as_ref(),
                Described {
                    operation: query.operation,
                    batch: query.batch,
                    parameters: match query.parameters.filter(|_| options.query_parameters) {
                        Some(parameters) => parameters(max_chars()),
                        None => Vec::new(),
                    },
                },
            );
            statement = analysis;
            request.started = query.started;
            request
        });
        let statement = statement.as_ref();
        // What is only prepared changes nothing.
        let changes = statement
            .filter(|it| query.operation.is_none() && !it.used_databases().is_empty())
            .zip(session)
            .map(|(analysis, session)| (Arc::clone(self), session.id, Arc::clone(analysis)));
        Recording::new(operation)
            .with_single(statement.is_some_and(|analysis| has_one_result_set(analysis)))
            .with_comment(options.sql_commenter && statement.is_some_and(|it| !it.may_be_kept()))
            .with_row_count(options.returned_rows)
            .with_changes(changes)
    }

    /// What is known of the statement. `None` if that is nothing, as for a statement of the
    /// driver's own that was prepared elsewhere or was forgotten.
    fn analysis(
        &self,
        session: Option<Session<'_>>,
        subject: Subject<'_>,
    ) -> Option<Arc<Analysis>> {
        match subject {
            Subject::Text(text) => Some(self.telemetry.analyze(&text)),
            Subject::Analyzed(analysis) => Some(Arc::clone(analysis)),
            Subject::Prepared(id) => self.prepared.get(session?.id, id),
            Subject::Unknown => None,
        }
    }

    /// What the operation starts with. Nothing here waits or fails: what is not known is left out.
    fn describe(
        &self,
        session: Option<Session<'_>>,
        mariadb: bool,
        analysis: Option<&Arc<Analysis>>,
        call: Described,
    ) -> DbRequest {
        let summary = analysis.and_then(|analysis| analysis.summary());
        let system = if mariadb { DbSystem::MARIADB } else { DbSystem::MYSQL };
        let mut request = DbRequest::new(system);
        request.server_address = Some(StringValue::from(Arc::clone(&self.address)));
        request.server_port = self.port;
        request.namespace = self.namespace(session);
        request.operation = call.operation.map(StringValue::from);
        request.query_summary = match (call.operation, call.batch) {
            // The summary says what is executed, and a statement that is prepared is not.
            (Some(_), _) => None,
            (None, None | Some(Some(1))) => summary.cloned().map(StringValue::from),
            (None, Some(_)) => Some(StringValue::from(match summary {
                Some(summary) => Cow::Owned(format!("BATCH {summary}")),
                None => Cow::Borrowed("BATCH"),
            })),
        };
        request.query_text = analysis
            .filter(|_| self.telemetry.options.query_text)
            .map(|analysis| StringValue::from(Arc::clone(analysis.text())));
        request.stored_procedure = analysis
            .and_then(|analysis| analysis.stored_procedure())
            .cloned()
            .map(StringValue::from);
        request.batch_size = call.batch.flatten();
        request.parameters = call.parameters;
        request
    }

    /// The database that the statement runs on: the one of the last `USE`, or else the one that the
    /// session asked for. `None` if there is none, or if it cannot be known.
    fn namespace(&self, session: Option<Session<'_>>) -> Option<StringValue> {
        let database = || self.database.clone().map(StringValue::from);
        let Some(session) = session else { return database() };
        match self.sessions.get(session.id) {
            Some(SessionDatabase::Named(database)) => return Some(StringValue::from(database)),
            Some(SessionDatabase::Unknown) => return None,
            None => {}
        }
        match session.database {
            // A change of the user changes the options of one connection.
            now if now != self.database.as_deref() => {
                now.map(|now| StringValue::from(now.to_owned()))
            }
            _ => database(),
        }
    }
}

/// What a call adds to what is known of its statement.
struct Described {
    /// As in the `Query`.
    operation: Option<&'static str>,
    /// As in the `Query`: whether it is a batch, and of what size.
    batch: Option<Option<usize>>,
    /// Keys and values; empty unless the user wants them.
    parameters: Vec<(String, String)>,
}

impl Session<'_> {
    /// MariaDB's versions started at 10, where MySQL's have not got to.
    fn is_mariadb(self) -> bool {
        self.version >= (10, 0, 0)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("port", &self.port)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_are_named_after_server_and_database() {
        let name = |address, port, database| {
            Server::new(Telemetry::shared(), address, port, database).default_pool_name()
        };
        assert_eq!(name("db.example", Some(3307), Some("shop")), "db.example:3307/shop");
        assert_eq!(name("db.example", Some(3306), None), "db.example:3306");
        assert_eq!(name("/tmp/s.sock", None, Some("shop")), "/tmp/s.sock/shop");
    }
}
