//! The handlers of the driver's events, and how they get into a client's options.

use std::sync::{Arc, LazyLock};

use super::builder::OtelEventHandlersBuilder;
use super::call::{self, CallTarget};
use super::mongodb::error::Result;
use super::{DriverOptions, events, line};
use crate::recorder::Recorders;

/// Handlers of a client's events that record spans and metrics: of its commands, of its connection
/// pools, and of how it finds its servers.
///
/// Cheap to clone, and used for any number of clients. The
/// [documentation of the crate](crate) lists what is recorded.
///
/// ```
#[doc = line_use!("OtelEventHandlers")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mongodb::error::Result<()> {
/// use mongodb::{Client, options::ClientOptions};
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
    pub fn instrument<O: DriverOptions>(&self, options: O) -> O {
        line::warn_about_double_instrumentation();
        options.change(|options| {
            let recorder = Arc::new(self.0.client(options.default_database.as_deref()));
            let pool_recorder = Arc::clone(&recorder);
            let monitoring_recorder = Arc::clone(&recorder);
            line::chain_commands(&mut options.command_event_handler, move |event| {
                events::on_command_event(&recorder, event);
            });
            line::chain_pools(&mut options.cmap_event_handler, move |event| {
                events::on_pool_event(&pool_recorder, event);
            });
            line::chain_monitoring(&mut options.sdam_event_handler, move |event| {
                events::on_monitoring_event(&monitoring_recorder, event);
            });
        })
    }

    /// Short for [`traced`](super::traced), with the providers of these handlers.
    pub fn traced<T, C: CallTarget + ?Sized, A>(
        &self,
        operation: &'static str,
        target: &C,
        call: A,
    ) -> impl Future<Output = Result<T>> + use<T, C, A>
    where
        A: IntoFuture<Output = Result<T>>,
    {
        call::run(self.0.clone(), operation, target.names(), call)
    }

    /// Short for [`traced_sync`](super::traced_sync), with the providers of these handlers.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub fn traced_sync<T, C: CallTarget + ?Sized>(
        &self,
        operation: &'static str,
        target: &C,
        call: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        call::run_sync(&self.0, operation, &target.names(), call)
    }

    /// For the builder.
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
pub fn instrument<O: DriverOptions>(options: O) -> O {
    OtelEventHandlers::new().instrument(options)
}

/// Short for [`OtelEventHandlers::builder`].
pub fn builder() -> OtelEventHandlersBuilder {
    OtelEventHandlers::builder()
}
