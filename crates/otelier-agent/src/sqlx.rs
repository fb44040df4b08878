//! The statements that sqlx sends, whatever the database.
//!
//! The drivers of sqlx are crates of their own with one way to run a statement each, which a hook
//! drives through a [`Recording`]. What is recorded of a statement does not depend on the driver,
//! so all of them have this one recorder.

mod recording;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use opentelemetry::StringValue;
use otelier_instrument::semconv::db::{DbClient, DbOperation, DbRequest, DbSystem};
use otelier_instrument::{Providers, catch_panic, settings};
use otelier_sql::{Analysis, Analyzer, Backslash, Options};

pub use self::recording::Recording;
use crate::integration::integration;
use crate::process;
pub use otelier_instrument::semconv::db::DbFailure as Failure;

/// One for the process: results depend on nothing but text and options.
static ANALYZER: LazyLock<Analyzer> = LazyLock::new(Analyzer::new);

/// The database product at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// MariaDB.
    MariaDb,
    /// MySQL.
    MySql,
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

/// Where a connection leads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Address<'a> {
    /// A host, or without a port the path of a socket.
    pub host: Option<&'a str>,
    /// The port.
    pub port: Option<u16>,
    /// The database that was asked for.
    pub database: Option<&'a str>,
}

/// What is kept with a connection. Its clones are about the same one.
#[derive(Clone, Debug, Default)]
pub struct Connection(Option<Arc<Opened>>);

#[derive(Debug)]
struct Opened {
    system: System,
    host: Option<Arc<str>>,
    port: Option<u16>,
    /// The current database: another one after a `USE`, and nothing if it cannot be known.
    database: Mutex<Option<Arc<str>>>,
}

impl Connection {
    /// A connection that is still being opened: none of its statements is recorded, because the
    /// driver's own prepare it for the program.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// The connection is the program's from now on.
    #[must_use]
    pub fn opened(system: System, address: Address<'_>) -> Self {
        Self(Some(Arc::new(Opened {
            system,
            host: address.host.map(Arc::from),
            port: address.port,
            database: Mutex::new(address.database.map(Arc::from)),
        })))
    }

    /// Starts the operation of a statement.
    ///
    /// `None` where nothing is to be done: also for what the driver asks the server while it works
    /// on a statement, such as for the description of a type.
    #[must_use]
    pub fn start(&self, text: &str) -> Option<Recording> {
        self.record(text, Call::Execute)
    }

    /// Starts the operation of preparing a statement that is not executed yet.
    #[must_use]
    pub fn prepare(&self, text: &str) -> Option<Recording> {
        self.record(text, Call::Prepare)
    }

    fn record(&self, text: &str, call: Call) -> Option<Recording> {
        let opened = self.0.as_ref()?;
        if !process::is_on() || recording::is_driver_at_work() {
            return None;
        }
        catch_panic(|| Opened::start(opened, client(), text, call)).flatten()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Execute,
    Prepare,
}

fn client() -> &'static DbClient {
    static CLIENT: OnceLock<DbClient> = OnceLock::new();
    CLIENT.get_or_init(|| {
        DbClient::new(integration("sqlx", env!("CARGO_PKG_NAME")), Providers::default())
    })
}

impl Opened {
    fn start(this: &Arc<Self>, client: &DbClient, text: &str, call: Call) -> Option<Recording> {
        let mut statement = None;
        let operation = client.start(|| {
            let analysis = ANALYZER.analyze(text, this.system.options());
            let request = this.describe(&analysis, call);
            statement = Some(analysis);
            request
        });
        // What is only prepared changes nothing.
        let changes = statement
            .filter(|it| call == Call::Execute && !it.used_databases().is_empty())
            .map(|analysis| (Arc::clone(this), analysis));
        Some(operation)
            .filter(DbOperation::is_recording)
            .map(|operation| Recording::new(operation, changes))
    }

    /// What is known of a statement before it is sent.
    fn describe(&self, analysis: &Analysis, call: Call) -> DbRequest {
        let mut request = DbRequest::new(self.system.conventional());
        request.server_address = self.host.clone().map(StringValue::from);
        request.server_port = self.port;
        request.namespace = self.database().map(StringValue::from);
        request.query_text = Some(StringValue::from(Arc::clone(analysis.text())));
        request.stored_procedure = analysis.stored_procedure().cloned().map(StringValue::from);
        match call {
            Call::Execute => {
                request.query_summary = analysis.summary().cloned().map(StringValue::from);
            }
            // The summary says what is executed.
            Call::Prepare => request.operation = Some(StringValue::from("PREPARE")),
        }
        request
    }

    fn database(&self) -> Option<Arc<str>> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_database(&self, database: Option<Arc<str>>) {
        *self.database.lock().unwrap_or_else(PoisonError::into_inner) = database;
    }

    /// Applies the `USE` statements of a text whose first `reached` statements were executed, or
    /// all of them.
    fn apply(&self, text: &Analysis, reached: Option<usize>) {
        let used = text.used_databases().iter();
        let mut executed = used.filter(|it| reached.is_none_or(|reached| it.statement() < reached));
        if let Some(last) = executed.next_back() {
            self.set_database(Some(Arc::clone(last.name())));
        }
    }
}

impl System {
    fn conventional(self) -> DbSystem {
        match self {
            Self::MariaDb => DbSystem::MARIADB,
            Self::MySql => DbSystem::MYSQL,
            Self::Postgres => DbSystem::POSTGRESQL,
            Self::Sqlite => DbSystem::SQLITE,
        }
    }

    fn options(self) -> Options {
        let options = match self {
            Self::MariaDb | Self::MySql => Options::mysql(),
            Self::Postgres => Options::standard(),
            // There are no escapes in its strings: https://sqlite.org/lang_expr.html.
            Self::Sqlite => Options::standard().with_backslash(Backslash::Plain),
        };
        let chars = settings::current().attribute_value_length_limit.unwrap_or(usize::MAX);
        options.with_max_chars(chars)
    }
}
