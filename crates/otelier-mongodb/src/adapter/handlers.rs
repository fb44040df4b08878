//! The handlers of the driver's events, and how they get into a client's options.

use std::sync::{Arc, LazyLock};

use mongodb::options::ClientOptions;

use super::builder::OtelEventHandlersBuilder;
use super::chain::chain;
use super::{events, own_instrumentation};
use crate::recorder::Recorders;

/// Handlers of a client's command and connection pool events that record spans and metrics.
///
/// Cheap to clone, and used for any number of clients. The
/// [documentation of the crate](crate) lists what is recorded.
///
/// ```
/// # mod otelier { pub use otelier_mongodb as mongodb; }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mongodb::error::Result<()> {
/// use mongodb::{Client, options::ClientOptions};
/// use otelier::mongodb::OtelEventHandlers;
///
/// let handlers = OtelEventHandlers::new();
/// let options = ClientOptions::parse("mongodb://localhost:27017/shop").await?;
/// let client = Client::with_options(handlers.instrument(options))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OtelEventHandlers(Recorders);

/// What [`OtelEventHandlers::new`] returns, so that the providers are looked up once per process.
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
    /// Handlers that `options` have already are called after ours, with the same events and in the
    /// way the driver would call them; if one panics, the panic is caught. A handler that you set
    /// afterwards replaces ours. Call this once for each client: clients made from clones of the
    /// result share the state of their connections, although each numbers its own from 1.
    #[must_use]
    pub fn instrument(&self, mut options: ClientOptions) -> ClientOptions {
        own_instrumentation::warn_about_double_instrumentation();
        let recorder = Arc::new(self.0.client(options.default_database.as_deref()));
        let pool_recorder = Arc::clone(&recorder);
        let command_handler = options.command_event_handler.take();
        options.command_event_handler =
            Some(chain(command_handler, move |event| events::on_command_event(&recorder, event)));
        let pool_handler = options.cmap_event_handler.take();
        options.cmap_event_handler =
            Some(chain(pool_handler, move |event| events::on_pool_event(&pool_recorder, event)));
        options
    }

    pub(super) fn from_recorders(recorders: Recorders) -> Self {
        Self(recorders)
    }
}

impl Default for OtelEventHandlers {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes a client of these options report its commands as spans and its connection pools as
/// metrics.
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
