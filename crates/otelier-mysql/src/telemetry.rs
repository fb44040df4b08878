//! Where telemetry goes, and what a user wants to have in it.

use std::sync::{Arc, LazyLock};

use otelier_instrument::semconv::db::{DbClient, DbPools};
use otelier_instrument::{Providers, integration};
use otelier_sql::{Analysis, Analyzer};

/// One for the process: results depend on nothing but text and options.
static ANALYZER: LazyLock<Analyzer> = LazyLock::new(Analyzer::new);

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
        let client = DbClient::new(integration!("mysql"), providers.clone());
        Arc::new(Self { client, pools: DbPools::new(integration!("mysql"), providers), options })
    }

    /// The global providers and the default options. Shared, so that a program may make pools and connections as it
    /// likes without leaving instruments behind.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: LazyLock<Arc<Telemetry>> =
            LazyLock::new(|| Telemetry::new(Providers::default(), Options::default()));
        Arc::clone(&SHARED)
    }

    pub(crate) fn analyze(&self, text: &[u8]) -> Arc<Analysis> {
        ANALYZER
            .analyze(text, otelier_sql::Options::mysql().with_ansi_quotes(self.options.ansi_quotes))
    }
}
