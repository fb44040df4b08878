//! The handlers of the driver's events, and how they get into a client's options.

use std::sync::{Arc, LazyLock};

use mongodb::options::ClientOptions;
use otelier_instrument::semconv::db::{DbClient, DbPools};
use otelier_instrument::{Providers, integration};

use crate::builder::OtelEventHandlersBuilder;
use crate::chain::chain;
use crate::driver;
use crate::monitor::Monitor;

/// Handlers of a client's command and connection pool events that make spans and metrics of them.
///
/// Made once and used for as many clients as there are; cheap to clone.
#[derive(Clone, Debug)]
pub struct OtelEventHandlers {
    pub(crate) client: DbClient,
    pub(crate) pools: DbPools,
    pub(crate) options: Options,
}

/// What a user chose for the handlers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) query_text: bool,
    /// Beats the process-wide setting.
    pub(crate) filters_noise: Option<bool>,
}

/// The pools that report to the global meter provider. Theirs is one set of instruments, however many handlers there
/// are: a second one would report pools of the same name over the first.
static GLOBAL_POOLS: LazyLock<DbPools> =
    LazyLock::new(|| DbPools::new(integration!("mongodb"), Providers::default()));

/// What [`OtelEventHandlers::new`] gives, so that the tracer is looked for once per process.
static GLOBAL: LazyLock<OtelEventHandlers> = LazyLock::new(|| OtelEventHandlers::builder().build());

impl OtelEventHandlers {
    /// Handlers with the global providers and the process-wide settings.
    #[must_use]
    pub fn new() -> Self {
        GLOBAL.clone()
    }

    /// Choices in code: providers, query text, which commands are left out.
    pub fn builder() -> OtelEventHandlersBuilder {
        OtelEventHandlersBuilder::default()
    }

    /// Puts the handlers into `options`.
    ///
    /// Handlers that are there already are called after ours, with the same events and in the way the driver would call
    /// them; one that panics is contained. One that is set afterwards takes the place of ours. Call this once for each
    /// client: clients made from clones of the result share what is remembered of their connections, which number theirs
    /// alike.
    #[must_use]
    pub fn instrument(&self, mut options: ClientOptions) -> ClientOptions {
        driver::mention_own_instrumentation();
        let monitor = Arc::new(Monitor::new(self.clone(), options.default_database.as_deref()));
        let pool_monitor = Arc::clone(&monitor);
        let command_handler = options.command_event_handler.take();
        options.command_event_handler =
            Some(chain(command_handler, move |event| monitor.on_command_event(event)));
        let pool_handler = options.cmap_event_handler.take();
        options.cmap_event_handler =
            Some(chain(pool_handler, move |event| pool_monitor.on_pool_event(event)));
        options
    }

    pub(crate) fn of(providers: Providers, options: Options) -> Self {
        let pools = match providers.has_meter_provider() {
            true => DbPools::new(integration!("mongodb"), providers.clone()),
            false => GLOBAL_POOLS.clone(),
        };
        Self { client: DbClient::new(integration!("mongodb"), providers), pools, options }
    }
}

impl Default for OtelEventHandlers {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes a client of these options report its commands as spans and its connection pools as metrics.
///
/// Short for [`OtelEventHandlers::new`] and [`OtelEventHandlers::instrument`].
#[must_use]
pub fn instrument(options: ClientOptions) -> ClientOptions {
    OtelEventHandlers::new().instrument(options)
}

/// Short for [`OtelEventHandlers::builder`].
pub fn builder() -> OtelEventHandlersBuilder {
    OtelEventHandlers::builder()
}
