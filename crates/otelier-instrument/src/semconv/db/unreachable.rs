//! The log record that says that a database server does not answer.
//!
//! The conventions have no event for it. So its name is Otelier's own; its attributes are theirs.

use opentelemetry::Context;
use opentelemetry::logs::{AnyValue, Severity};

use crate::kit::{Entry, ErrorType, value};
use crate::semconv::attribute;

use super::{DbClient, DbSystem};

/// The name of the record.
pub const SERVER_UNREACHABLE: &str = "otelier.db.server_unreachable";

impl DbClient {
    /// Writes a log record (WARN) which says that a server does not answer, for drivers that watch
    /// their servers apart from the user's calls.
    ///
    /// Its name is [`SERVER_UNREACHABLE`], its attributes are `db.system.name`, `error.type`,
    /// `server.address` and `server.port`, the latter unless it is the
    /// [default](DbSystem::default_port). It belongs to no span. How often it is written is up to
    /// the caller.
    ///
    /// ```
    /// use otelier_instrument::semconv::db::{DbClient, DbSystem};
    /// use otelier_instrument::{ErrorType, Providers, integration};
    ///
    /// let client = DbClient::new(integration!("my-database"), Providers::default());
    /// let error = ErrorType::from_static("ConnectionRefused");
    /// client.record_unreachable(DbSystem::POSTGRESQL, Some("db.example"), Some(5433), &error);
    /// ```
    pub fn record_unreachable(
        &self,
        system: DbSystem,
        address: Option<&str>,
        port: Option<u16>,
        error: &ErrorType,
    ) {
        let mut attributes = vec![
            (attribute::DB_SYSTEM_NAME, AnyValue::from(system.name())),
            (attribute::ERROR_TYPE, AnyValue::from(error.as_str().to_owned())),
        ];
        if let Some(address) = address {
            let address = value::truncate(address).to_owned();
            attributes.push((attribute::SERVER_ADDRESS, address.into()));
            let port = port.filter(|port| Some(*port) != system.default_port());
            attributes.extend(port.map(|it| (attribute::SERVER_PORT, i64::from(it).into())));
        }
        self.0.emit(Entry {
            name: SERVER_UNREACHABLE,
            severity: Severity::Warn,
            body: Some("the server does not answer".to_owned()),
            attributes,
            cx: &Context::new(),
        });
    }
}
