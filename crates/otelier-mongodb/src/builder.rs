//! Choices about the handlers, in code.

use mongodb::options::ClientOptions;
use otelier_instrument::{Providers, provider_setters};

use crate::handlers::{Options, OtelEventHandlers};

/// Made by [`OtelEventHandlers::builder`]. What is not chosen here comes from the process-wide settings.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OtelEventHandlersBuilder {
    providers: Providers,
    options: Options,
}

impl OtelEventHandlersBuilder {
    provider_setters!();

    /// Whether to record `db.query.text`; off by default.
    ///
    /// It is the command as JSON with every value replaced by `?`: names of fields and operators stay, and so does the
    /// name of the collection. Equal neighbours in an array are told once, and long texts are cut.
    ///
    /// Where documents have data for names of fields, as in `{"visits.john@example.com": 1}`, what does not look like a
    /// name is replaced too: `visits.?.com`. But a person's name looks like any other: leave this off where people's
    /// names are keys.
    pub fn with_query_text(mut self, enabled: bool) -> Self {
        self.options.query_text = enabled;
        self
    }

    /// Whether commands that say nothing about your work are left out: `hello`, `isMaster`, `ping`, `endSessions`,
    /// `refreshSessions`, `buildInfo` and those that authenticate. On by default.
    pub fn with_noise_filter(mut self, enabled: bool) -> Self {
        self.options.filters_noise = Some(enabled);
        self
    }

    /// Builds the handlers, to be used for any number of clients.
    #[must_use]
    pub fn build(self) -> OtelEventHandlers {
        OtelEventHandlers::of(self.providers, self.options)
    }

    /// Builds the handlers and puts them into the `options` of one client.
    #[must_use]
    pub fn instrument(self, options: ClientOptions) -> ClientOptions {
        self.build().instrument(options)
    }
}
