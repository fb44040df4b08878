//! Choices about the handlers, in code.

use opentelemetry::logs::LoggerProvider;
use otelier_instrument::{Providers, provider_setters};

use super::DriverOptions;
use super::handlers::OtelEventHandlers;
use crate::recorder::{RecorderOptions, Recorders};

/// Made by [`OtelEventHandlers::builder`]. What is not chosen here comes from the process-wide
/// settings.
///
/// ```
#[doc = line_use!("builder")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> mongodb::error::Result<()> {
/// use mongodb::{Client, options::ClientOptions};
/// use opentelemetry::metrics::noop::NoopMeterProvider;
///
/// let options = ClientOptions::parse("mongodb://localhost:27017/shop").await?;
/// let options = builder()
///     .with_query_text(true)
///     .with_meter_provider(NoopMeterProvider::new()) // no metrics of this client
///     .instrument(options);
/// let client = Client::with_options(options)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OtelEventHandlersBuilder {
    /// Those that are not set are the global ones.
    providers: Providers,
    /// What the methods below change; the rest is left to the process-wide settings.
    options: RecorderOptions,
}

impl OtelEventHandlersBuilder {
    provider_setters!();

    /// Writes log records, of servers that do not answer, to `provider` instead of that of the
    /// process.
    pub fn with_logger_provider<P>(mut self, provider: P) -> Self
    where
        P: LoggerProvider + Send + Sync + 'static,
    {
        self.providers.set_logger_provider(provider);
        self
    }

    /// Whether to record `db.query.text`; off by default.
    ///
    /// It is the command as JSON with every value replaced by `?`: the names of fields and
    /// operators and the name of the collection stay. Equal neighbors in an array are written
    /// once, and long texts are cut.
    ///
    /// If documents use data as names of fields, as in `{"visits.john@example.com": 1}`, parts
    /// that do not look like a name are replaced too: `visits.?.com`. But a person's name looks
    /// like any other name: leave this off if people's names are keys.
    pub fn with_query_text(mut self, enabled: bool) -> Self {
        self.options.query_text = enabled;
        self
    }

    /// Whether commands that say nothing about your work are left out: `hello`, `isMaster`,
    /// `ping`, `endSessions`, `refreshSessions`, `buildInfo` and those that authenticate. On by
    /// default.
    pub fn with_noise_filter(mut self, enabled: bool) -> Self {
        self.options.filters_noise = Some(enabled);
        self
    }

    /// Whether to record commands and replies as `db.request.body` and `db.response.body`, failures
    /// too: as relaxed Extended JSON, masked, and cut to the limit of attribute values. Off by
    /// default; the variable is `OTELIER_CAPTURE_PAYLOADS`.
    ///
    /// Of commands that the driver hides, such as `createUser`, nothing is recorded.
    pub fn with_payload_capture(mut self, enabled: bool) -> Self {
        self.options.captures_payloads = Some(enabled);
        self
    }

    /// Builds the handlers, to be used for any number of clients.
    #[must_use]
    pub fn build(self) -> OtelEventHandlers {
        OtelEventHandlers::from_recorders(Recorders::new(self.providers, self.options))
    }

    /// Builds the handlers and puts them into the `options` of one client.
    #[must_use]
    pub fn instrument<O: DriverOptions>(self, options: O) -> O {
        self.build().instrument(options)
    }
}
