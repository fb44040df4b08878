//! What the recorders of all clients share.

use std::sync::{Arc, LazyLock};

use otelier_instrument::kit::FromSettings;
use otelier_instrument::payload::PayloadSettings;
use otelier_instrument::semconv::db::{DbClient, DbPools};
use otelier_instrument::{Providers, integration};

use super::client::ClientRecorder;
use super::unreachable::UnreachableServers;

/// What the user chose. `None` and `false` leave it to the process-wide settings.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecorderOptions {
    /// Whether to record `db.query.text`.
    pub query_text: bool,
    /// Whether to leave out commands that say nothing about the user's work.
    pub filters_noise: Option<bool>,
    /// Whether to record commands and replies.
    pub captures_payloads: Option<bool>,
}

/// Makes recorders for any number of clients. Cheap to clone; the clones are the same.
#[derive(Clone, Debug)]
pub struct Recorders {
    /// Starts the operations of commands.
    pub(super) client: DbClient,
    /// Those of the global meter provider, or those of the provider that the user chose.
    pub(super) pools: DbPools,
    pub(super) options: RecorderOptions,
    /// Worked out from the settings, and again whenever these change.
    pub(super) payloads: Arc<FromSettings<PayloadSettings>>,
    pub(super) unreachable: UnreachableServers,
}

/// The pools that report to the global meter provider. They share one set of instruments: with a
/// second one, pools of the same name would replace each other.
static GLOBAL_POOLS: LazyLock<DbPools> =
    LazyLock::new(|| DbPools::new(integration!("mongodb"), Providers::default()));

impl Recorders {
    /// Recorders for `providers`, as `options` say.
    #[must_use]
    pub fn new(providers: Providers, options: RecorderOptions) -> Self {
        let pools = match providers.has_meter_provider() {
            true => DbPools::new(integration!("mongodb"), providers.clone()),
            false => GLOBAL_POOLS.clone(),
        };
        let payloads = FromSettings::new(move |settings| {
            PayloadSettings::resolve(options.captures_payloads, &["mongodb"], settings)
        });
        Self {
            client: DbClient::new(integration!("mongodb"), providers),
            pools,
            options,
            payloads: Arc::new(payloads),
            unreachable: UnreachableServers::default(),
        }
    }

    /// The recorder of one client, whose connection string names `default_database`.
    #[must_use]
    pub fn client(&self, default_database: Option<&str>) -> ClientRecorder {
        ClientRecorder::new(self.clone(), default_database)
    }
}
