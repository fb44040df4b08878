//! Where telemetry goes, and what a user wants to have in it.
//!
//! A pool or a connection with a builder has a `Telemetry` of its own; all others share one. It is
//! made once, because the instruments of the metrics are made with it.

use std::fmt;
use std::sync::{Arc, LazyLock};

use otelier_instrument::semconv::db::{DbClient, DbPools};
use otelier_instrument::{Providers, integration, settings};
use otelier_sql::{Analysis, Analyzer};

/// One for the process: results depend on nothing but text and options.
static ANALYZER: LazyLock<Analyzer> = LazyLock::new(Analyzer::new);

/// How many characters of a query's text and of a parameter are recorded.
pub(super) fn max_chars() -> usize {
    settings::current().attribute_value_length_limit.unwrap_or(usize::MAX)
}

/// What a user may choose.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Whether to record `db.query.text`.
    pub query_text: bool,
    /// Whether to record `db.query.parameter.<key>`.
    pub query_parameters: bool,
    /// Whether to record `db.response.returned_rows`.
    pub returned_rows: bool,
    /// Whether to add the trace context to the text of queries.
    pub sql_commenter: bool,
    /// Whether `"` encloses an identifier.
    pub ansi_quotes: bool,
    /// `db.client.connection.pool.name`, unless it is the conventional one.
    pub pool_name: Option<String>,
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
pub struct Telemetry {
    /// Starts the operations.
    pub(super) client: DbClient,
    /// The metrics of all pools with this telemetry, each by its name.
    pub(super) pools: DbPools,
    pub(super) options: Options,
}

impl Telemetry {
    /// For `providers`.
    #[must_use]
    pub fn new(providers: Providers, options: Options) -> Arc<Self> {
        let client = DbClient::new(integration!("mysql"), providers.clone());
        Arc::new(Self { client, pools: DbPools::new(integration!("mysql"), providers), options })
    }

    /// For the global providers, with the default options. Shared, so that a program may make pools
    /// and connections as it likes without leaving instruments behind.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: LazyLock<Arc<Telemetry>> =
            LazyLock::new(|| Telemetry::new(Providers::default(), Options::default()));
        Arc::clone(&SHARED)
    }

    /// The result is cached by text and options, so that a text that is executed again is not
    /// analyzed again.
    pub(super) fn analyze(&self, text: &[u8]) -> Arc<Analysis> {
        let options = otelier_sql::Options::mysql()
            .with_ansi_quotes(self.options.ansi_quotes)
            .with_max_chars(max_chars());
        ANALYZER.analyze(text, options)
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("options", &self.options).finish_non_exhaustive()
    }
}
